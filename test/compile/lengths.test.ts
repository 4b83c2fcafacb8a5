/** Lengths of arrays in kernels, rows and blocks: on every executor, in plain and in checked builds. */
import { pathToFileURL } from "node:url";
import { heap, input, out, SerialExecutor, step, wasmKernel } from "allcores";
import { ClusterExecutor } from "allcores/cluster";
import { buildKernels, compileKernels, type Kernels } from "allcores/compile";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { localWorker } from "../cluster/site.js";
import { everyExecutor, shared } from "../executors/all.js";
import { closeRedis, hasRedis, startRedis } from "../support/redis.js";
import { compiled, newFolder, written } from "./sources.js";

const SOURCE = `
class Summer { total: f64 = 0; add(x: Whole<f64>): void { for (let i = 0; i < x.length; i++) this.total += x[i]; } }
function sumOf<T>(x: Ptr<T>): T { let sum = <T>0; for (let i = 0; i < x.length; i++) sum += x[i]; return sum; }
function longer(x: Ptr<f64>, y: Ptr<f64>): Ptr<f64> { if (x.length < y.length) return y; return x; }
function depth(x: Ptr<f64>): i32 { return x.length == 0 ? 0 : 1 + depth(x.from(1)); }
/** Numbers an item of what the arrays say of themselves. */
export function lengths(
  begin: i32, end: i32, x: Ptr<f64>, y: Ptr<f64>, table: Whole<f64>, rows: Rows<f32>, bytes: Blocks<u8>, told: Rows<i32>,
): void {
  const summer = new Summer();
  summer.add(table);
  let last = x;
  for (let i = 0; i < 3; i++) last = last.from(1);
  for (let i = begin; i < end; i++) {
    const mine = told.row(i);
    mine[0] = x.length; mine[1] = table.length; mine[2] = rows.length; mine[3] = rows.width; mine[4] = bytes.length;
    mine[5] = bytes.size; mine[6] = bytes.block(i).length; mine[7] = rows.row(i).length; mine[8] = <i32>summer.total;
    mine[9] = <i32>sumOf(rows.row(i)); mine[10] = longer(x, y).length; mine[11] = last.length; mine[12] = depth(y.from(2));
    mine[13] = (i % 2 == 0 ? x : y).length; mine[14] = scratch<u16>(i).length; mine[15] = told.width;
  }
}
export function shares(begin: i32, end: i32, bins: Shared<i32>): void {
  for (let i = begin; i < end; i++) bins.add(i % bins.length, 1);
}
/** A label an element, and a sum a block. */
export function labels(begin: i64, end: i64, x: Whole<f64>, label: Blocks<u32>, sums: Rows<f64>): void {
  for (let b = <i32>begin; b < <i32>end; b++) {
    const mine = label.block(b);
    for (let i = 0; i < mine.length; i++) {
      mine[i] = <u32>x[b * label.size + i] * 2 + b;
      sums.row(b)[0] += x[b * label.size + i];
    }
  }
}
export function sized(begin: f64, end: f64, x: Blocks<f64>, size: i32): void {
  for (let b = <i32>begin; b < <i32>end; b++) for (let i = b * size; i < min(x.length, (b + 1) * size); i++) x[i] = b;
}
export function tally(begin: i32, end: i32, bins: Acc<u32>): void {
  for (let i = begin; i < end; i++) bins[i % bins.length]++;
}
export function merge(into: Acc<u32>, from: Acc<u32>): void {
  for (let i = 0; i < into.length; i++) into[i] += from[i];
}
export function beyond(begin: i32, end: i32, bins: Acc<u32>): void { bins[bins.length] = 1; }
export function whole(x: Whole<f64>): i32 { return x.length; }
export function part(x: Rows<f64>): i32 { return x.length; }
`;
interface Lengths {
  lengths(begin: number, end: number, ...arrays: unknown[]): void;
  shares(begin: number, end: number, bins: Int32Array): void;
  labels(begin: number, end: number, x: Float64Array, label: Uint32Array, sums: Float64Array): void;
  sized(begin: number, end: number, x: Float64Array, size: number): void;
  tally(begin: number, end: number, bins: Uint32Array): void;
  merge(into: Uint32Array, from: Uint32Array): void;
  beyond(begin: number, end: number, bins: Uint32Array): void;
  whole(x: Float64Array): number;
  part(x: Float64Array): number;
}

const builds = ["plain", "checked"] as const;
const kernels = {} as Record<(typeof builds)[number], Kernels<Lengths>>;
beforeAll(async () => {
  for (const build of builds) kernels[build] = await compiled<Lengths>(SOURCE, { checked: build === "checked" });
}, 60_000);

/** A cluster's workers have to be given the file: below. */
const here = everyExecutor.filter(({ kind }) => kind !== "cluster");

describe.each(here)("on $kind", (row) => {
  const executor = shared(row);

  it.each(builds)(
    "a %s kernel is told the lengths of its arrays, and passes them on",
    { timeout: 30_000 },
    async (build) => {
      using scope = heap.scope();
      const [x, y, table] = [scope.float64(4), scope.float64(5), scope.float64([1, 2, 3.5])];
      const [rows, bytes, told] = [scope.float32(8).fill(3), scope.uint8(10), scope.int32(4 * 16)];
      await executor.it.parallelFor(kernels[build].lengths, 4, [x, y, table, rows, bytes, told], { grain: 1 });
      for (let i = 0; i < 4; i++)
        expect([...told.subarray(16 * i, 16 * i + 16)]).toEqual([
          ...[4, 3, 8, 2, 10, 3, i < 3 ? 3 : 1, 2, 6, 6, 5, 1, 3, i % 2 === 0 ? 4 : 5, i, 16],
        ]);
    },
  );

  it.each(builds)("in a %s build the last block may be short", { timeout: 30_000 }, async (build) => {
    using scope = heap.scope();
    for (const [length, n] of [
      [1000, 8],
      [10, 4],
      [7, 7],
      [3, 1],
    ] as const) {
      const x = scope.float64(Array.from({ length }, (_, i) => i));
      const [label, sums] = [scope.uint32(length), scope.float64(n)];
      await executor.it.parallelFor(kernels[build].labels, n, [x, label, sums], { grain: 1 });
      const size = Math.ceil(length / n);
      expect([...label]).toEqual(Array.from({ length }, (_, i) => 2 * i + Math.floor(i / size)));
      expect(sums.reduce((a, b) => a + b)).toBe((length * (length - 1)) / 2);
      await executor.it.parallelFor(kernels[build].labels, n, [input(x), out(label), out(sums)], { grain: 1 });
      const z = scope.float64(length).fill(-1);
      await executor.it.parallelFor(kernels[build].sized, Math.ceil(length / 3), [z, 3], { grain: 1 });
      expect([...z]).toEqual(Array.from({ length }, (_, i) => Math.floor(i / 3)));
    }
  });

  it.each(builds)("a %s kernel is told the length of its accumulator", { timeout: 30_000 }, async (build) => {
    using scope = heap.scope();
    const { tally, merge } = kernels[build];
    for (const combine of ["sum", merge] as const) {
      const bins = await executor.it.parallelReduce(tally, 1000, [], { out: scope.uint32(7), combine, grain: 10 });
      expect([...bins]).toEqual([143, 143, 143, 143, 143, 143, 142]);
    }
  });

  it.each(builds)("a %s kernel is told lengths as a step, too", { timeout: 30_000 }, async (build) => {
    using scope = heap.scope();
    const { labels, sized } = kernels[build];
    const x = scope.float64(10);
    const [label, sums] = [scope.uint32(10), scope.float64(4)];
    await executor.it.runSteps([step(sized, 2, [x, 5]), step(labels, 4, [x, label, sums], { grain: 1 })]);
    expect([...sums]).toEqual([0, 1, 3, 1]);
    expect([...label]).toEqual([0, 0, 0, 1, 1, 3, 4, 4, 4, 5]);
    const n = scope.uint32([4]);
    await expect(executor.it.runSteps([step(labels, n, [x, label, sums])])).rejects.toThrow(
      new TypeError("steps[0]: n must be a number for labels (kernels.ts), whose label is Blocks<u32>, got an array"),
    );
  });

  it("a checked build looks at an accumulator's index", { timeout: 30_000 }, async () => {
    using scope = heap.scope();
    const running = executor.it.parallelReduce(kernels.checked.beyond, 1, [], { out: scope.uint32(3), combine: "sum" });
    await expect(running).rejects.toThrow("RangeError: index 3 is outside bins, which has 3 elements");
  });

  it.each(builds)("in a %s build there may be no items", { timeout: 30_000 }, async (build) => {
    using scope = heap.scope();
    const [x, y] = [scope.float64(0), scope.float64(7)];
    await executor.it.parallelFor(kernels[build].labels, 0, [y, scope.uint32(0), y]);
    await executor.it.parallelFor(kernels[build].sized, 0, [x, 3]);
  });

  it("names an array whose length does not fit the items", { timeout: 30_000 }, async () => {
    using scope = heap.scope();
    const { labels, sized } = kernels.plain;
    const [x, label] = [scope.float64(12), scope.uint32(12)];
    const run = (n: number, sums: number, of = label) =>
      executor.it.parallelFor(labels, n, [x, of, scope.float64(sums)]);
    await expect(run(3, 4)).rejects.toThrow(
      new RangeError("args[2] (sums) must have as many elements for each of the n = 3 items (Rows<f64>), got 4"),
    );
    await expect(run(7, 7)).rejects.toThrow(
      new RangeError("args[1] (label) must be n = 7 blocks of one size (Blocks<u32>), got 12, which are 6"),
    );
    await expect(run(1, 1, label.subarray(0, 0))).rejects.toThrow(RangeError);
    await expect(executor.it.parallelFor(sized, 3, [x, 5])).resolves.toBeUndefined();
    await expect(executor.it.parallelFor(sized, 2, [x, 5])).rejects.toThrow(
      new RangeError("args[0] (x) must be n = 2 blocks of 5 elements (Blocks<f64>), got 12, which are 3"),
    );
    await expect(executor.it.parallelFor(sized, 3, [x, 0])).rejects.toThrow(
      /size must be 1 or more elements a block, got 0/,
    );
    await expect(executor.it.parallelFor(sized, 3, { size: 7, x })).rejects.toThrow(
      /^args\.x must be n = 3 blocks of 7/,
    );
  });
});

describe.each(here.filter(({ shares }) => shares))("on $kind, which shares memory", (row) => {
  const executor = shared(row);
  it.each(builds)("a %s kernel is told the lengths of a Shared and in a plain call", async (build) => {
    using scope = heap.scope();
    const bins = scope.int32(3);
    await executor.it.parallelFor(kernels[build].shares, 100, [bins]);
    expect([...bins]).toEqual([34, 33, 33]);
    expect(await executor.it.submit(kernels[build].whole, [scope.float64(4).subarray(1, 3)])).toBe(2);
    await expect(executor.it.submit(kernels[build].part, [scope.float64(4)])).rejects.toThrow(
      new TypeError("args[0] (x) has parts for the items of a range (Rows<f64>): call it with parallelFor"),
    );
  });
});

it.each(builds)(
  "in a %s build a length that can't be followed is an error with its line",
  { timeout: 30_000 },
  async (build) => {
    const imports = 'import { Ptr, Whole } from "allcores/assembly";\n';
    const sources = {
      "a field":
        "class Holder { constructor(public x: Ptr<f64>) {} }\nexport function f(x: Ptr<f64>): i32 {\n  return new Holder(x).x.length;\n}",
      "an address":
        "export function f(x: usize): i32 {\n  return 1;\n}\nexport function g(x: usize): i32 {\n  return changetype<Ptr<f64>>(x).length; }",
      "a function by a pointer":
        "function size(x: Ptr<f64>): i32 {\n  return x.length; }\nexport function f(x: Ptr<f64>): i32 { const g = [size]; return g[x.length & 0](x); }",
    };
    for (const [name, source] of Object.entries(sources)) {
      const url = written({ "kernels.ts": imports + source });
      await expect(compileKernels(url, { cache: false, checked: build === "checked" }), name).rejects.toThrow(
        /kernels\.ts:\d:\d+: which array this is can't be followed to here [^\n]*: pass x\.length along with it\n[^\n]*\n> \d \|.*\.length/,
      );
    }
  },
);

it("files that ask for no length are as they were", { timeout: 30_000 }, async () => {
  const plain = await compiled<{ f(begin: number, end: number, x: Float64Array): void }>(
    "export function f(begin: i32, end: i32, x: Ptr<f64>): void { for (let i = begin; i < end; i++) x[i] = i; }",
  );
  const text = new TextDecoder().decode((plain.f as unknown as { source: Uint8Array }).source);
  expect(text).toContain('"version":2');
  expect(text).not.toContain('"hidden"');
  await new SerialExecutor().parallelFor(plain.f, 0, [heap.float64(0)]);
});

describe.runIf(hasRedis).each(builds)("on a cluster, in a %s build", (build) => {
  it("the last block may be short", { timeout: 30_000 }, async () => {
    const source = `import { Acc, Blocks, Rows, Whole, scratch, Ptr, Shared } from "allcores/assembly";\n${SOURCE}`;
    const outDir = newFolder();
    await buildKernels(written({ "kernels.ts": source }), { outDir, checked: build === "checked" });
    const url = pathToFileURL(`${outDir}/kernels.wasm`);
    const redis = await startRedis();
    onTestFinished(closeRedis);
    await localWorker(redis, { kernels: [url] });
    await using cluster = new ClusterExecutor({ connection: redis.url });
    using scope = heap.scope();
    const x = scope.float64(Array.from({ length: 10 }, (_, i) => i));
    const [label, sums] = [scope.uint32(10), scope.float64(4)];
    await cluster.parallelFor(wasmKernel<Lengths["labels"]>(url, "labels"), 4, [x, label, sums], { grain: 1 });
    expect([...label]).toEqual(Array.from(x, (_, i) => 2 * i + Math.floor(i / 3)));
    expect([...sums]).toEqual([3, 12, 21, 9]);
  });
});
