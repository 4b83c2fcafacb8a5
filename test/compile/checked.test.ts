/** Checked builds: wrong indices are found, named by array, index, length and line, and nothing else changes. */
import { heap, KernelError, SerialExecutor } from "allcores";
import { buildKernels, compileKernels } from "allcores/compile";
import { beforeAll, describe, expect, it } from "vitest";
import { everyExecutor, shared } from "../executors/all.js";
import { root } from "../package/consumer.js";
import { compiled, newFolder, written } from "./sources.js";

type Run = (begin: number, end: number, ...args: unknown[]) => void;

/** Arrays of five elements for items of one, but for Rows and Blocks: by type, how each way to element i is written. */
const WAYS = {
  Ptr: {
    read: "sink(x[i])",
    write: "x[i] = 1",
    from: "sink(x.from(2)[i - 2])",
    "write from": "x.from(2)[i - 2] = 1",
    load: "sink(load<f64>(x.at(i)))",
    store: "store<f64>(x.at(i), 1)",
    vector: "sink(f64x2.extract_lane(v128.load(x.at(i - 1)), 1))",
    step: "let p = x; for (let k = 0; k < 2; k++) p = p.from(1); sink(p[i - 2])",
    address: "let p = x.at(0); p += i * 8; sink(load<f64>(p))",
    field: "new Box(x).set(i)",
    copy: "memory.copy(x.at(0), x.at(i), 8)",
    fill: "memory.fill(x.at(i), 0, 8)",
    generic: "set<Ptr<f64>>(x, i)",
    returned: "same(x, i == 77)[i] = 1",
  },
  Whole: { read: "sink(x[i])", from: "sink(x.from(2)[i - 2])", load: "sink(load<f64>(x.at(i)))" },
  Shared: { load: "sink(x.load(i))", store: "x.store(i, 1)", add: "x.add(i, 1)", max: "x.max(i, 1)" },
  Rows: { read: "sink(x[i])", write: "x[i] = 1", from: "sink(x.from(2)[i - 2])", store: "store<f64>(x.at(i), 1)" },
  Blocks: { read: "sink(x[i])", write: "x[i] = 1", from: "sink(x.from(2)[i - 2])", store: "store<f64>(x.at(i), 1)" },
  scratch: { read: "sink(x[i])", write: "x[i] = 1", from: "sink(x.from(2)[i - 2])" },
} as const;

const cases = Object.entries(WAYS).flatMap(([type, ways]) =>
  Object.entries(ways).map(([way, code]) => ({ type, way, code, name: `${type}_${way.replace(" ", "_")}` })),
);

const HEAD = `
class Box { constructor(public x: Ptr<f64>) {} set(i: i32): void { this.x[i] = 1; } }
function set<A>(x: A, i: i32): void { x[i] = 1; }
function same(x: Ptr<f64>, other: bool): Ptr<f64> { if (other) return x.from(1); return x; }
function sink(value: f64): void { if (value == 12345) throw new Error("not there"); }
`;
const LINE = HEAD.split("\n").length;
/** A kernel a line. */
const SOURCE = `${HEAD}${cases
  .map(({ type, name, code }) => {
    const x = type === "scratch" ? "" : `x: ${type}<f64>, `;
    const made = type === "scratch" ? "const x = scratch<f64>(5); " : "";
    return `export function ${name}(begin: i32, end: i32, ${x}i: i32): void { ${made}${code}; }`;
  })
  .join("\n")}`;

let plain: Record<string, never>;
let checked: Record<string, never>;
let optimised: Record<string, never>;
beforeAll(async () => {
  plain = (await compiled(SOURCE)) as typeof plain;
  checked = (await compiled(SOURCE, { checked: true, optimize: 0 })) as typeof plain;
  optimised = (await compiled(SOURCE, { checked: true })) as typeof plain;
}, 60_000);

describe.each(cases)("$type, $way", ({ type, name, way }) => {
  /** One item has all five elements, and its grain makes it one call. */
  const run = (kernels: Record<string, never>, i: number, x = heap.float64(5)) =>
    new SerialExecutor().parallelFor(kernels[name] as never, 1, [...(type === "scratch" ? [] : [x]), i] as never);

  // An address of the kernel's own arithmetic has lost what it was computed from.
  it.each(way === "address" ? [5, -1] : [5, 8, -1, -100_000, 2 ** 29 + 1, 2 - 2 ** 31])(
    "index %d is found, and named",
    async (i) => {
      for (const kernels of [checked, optimised]) {
        const error = await run(kernels, i).catch((error) => error);
        expect(error).toBeInstanceOf(KernelError);
        const line = LINE + cases.findIndex((one) => one.name === name);
        const place = `kernels\\.ts:${["field", "generic"].includes(way) ? (way === "field" ? 2 : 3) : line}:\\d+`;
        const array = type === "scratch" ? "scratch<f64>" : "x";
        const index = way === "vector" && i !== 5 ? i - 1 : i;
        expect(error.message).toMatch(
          new RegExp(
            `^${name} \\(kernels\\.ts\\) failed on items \\[0, 1\\) at ${place}: RangeError: index ${index} is outside ${array}, which has 5 elements$`,
          ),
        );
      }
    },
  );

  it("right ones do what they did", async () => {
    for (const i of [0, 2, 4]) {
      const outcomes = [];
      for (const kernels of [plain, checked, optimised]) {
        const x = heap.float64([0, 0, 0, 0, 0]);
        await run(kernels, i, x).catch((error) => error);
        outcomes.push([...x]);
      }
      expect(outcomes[1]).toEqual(outcomes[0]);
      expect(outcomes[2]).toEqual(outcomes[0]);
    }
  });
});

const ITEMS = `
export function beside(begin: i32, end: i32, x: Ptr<f64>, d: i32): void { for (let i = begin; i < end; i++) x[i + d] = 1; }
export function beyond(begin: u32, end: u32, x: Ptr<f64>): f64 { let sum: f64 = 0; for (let i = <i32>begin; i <= <i32>end; i++) sum += x[i]; return sum; }
export function wide(begin: i64, end: i64, x: Ptr<f64>): void { for (let i = <i32>begin; i < <i32>end; i += 2) v128.store(x.at(i), f64x2.splat(1)); }
export function rows(begin: f64, end: f64, x: Rows<f64>, d: i32): void { for (let i = <i32>begin; i < <i32>end; i++) x[i * x.width + d] = 1; }
export function row(begin: i32, end: i32, x: Rows<f64>, d: i32): void { for (let i = begin; i < end; i++) x.row(i)[d] = 1; }
export function blocks(begin: i32, end: i32, x: Blocks<f64>, d: i32): void { for (let b = begin; b < end; b++) x[b * x.size + d] = 1; }
export function block(begin: i32, end: i32, x: Blocks<f64>, d: i32): void { for (let b = begin; b < end; b++) x.block(b)[d] = 1; }
export function own(begin: i32, end: i32, size: i32, x: Ptr<f64>): void {
  for (let b = begin; b < end; b++) for (let i = b * size; i < min(x.length, (b + 1) * size); i++) x[i] = 1;
}
export function described(begin: i32, end: i32, x: Blocks<f64>, out: Ptr<f64>): void {
  for (let b = begin; b < end; b++) { const mine = out.from(b * 4); mine[0] = x.block(b).length; mine[3] = 1; }
}
`;
interface Items {
  beside: Run;
  beyond(begin: number, end: number, x: Float64Array): number;
  wide: Run;
  rows: Run;
  row: Run;
  blocks: Run;
  block: Run;
  own: Run;
  described: Run;
}

describe("on every executor", () => {
  let kernels: Awaited<ReturnType<typeof compiled<Items>>>;
  beforeAll(async () => {
    kernels = await compiled<Items>(ITEMS, { checked: true });
  }, 60_000);

  describe.each(everyExecutor.filter(({ kind }) => kind !== "cluster"))("on $kind", (row) => {
    const executor = shared(row);
    const fails = async (running: PromiseLike<unknown>) => {
      const error = (await Promise.resolve(running).catch((error) => error)) as Error;
      expect(error).toBeInstanceOf(KernelError);
      expect(error.cause).toMatchObject({ name: "RangeError" });
      expect(error.message).not.toContain("checked build");
      return error.message
        .replace(/^.*?\) failed on items \[\d+, \d+\) at kernels\.ts/, "")
        .replace(/:\d+: RangeError:/, "");
    };
    const run = (kernel: keyof Items, n: number, length: number, ...args: number[]) => {
      const x = heap.float64(length);
      return executor.it.parallelFor(kernels[kernel] as never, n, [x, ...args] as never, { grain: 1 });
    };

    it("an index beyond the array, and one of another call's item", { timeout: 30_000 }, async () => {
      const summed = executor.it.parallelReduce(kernels.beyond, 6, [heap.float64(6)], {
        combine: (a, b) => a + b,
        initial: 0,
      });
      expect(await fails(summed)).toBe(":3 index 6 is outside x, which has 6 elements");
      expect(await fails(run("beside", 1, 1, 1))).toBe(":2 index 1 is outside x, which has 1 element");
      expect(await fails(run("beside", 1, 1, -1))).toBe(":2 index -1 is outside x, which has 1 element");
      expect(await fails(run("beside", 3, 3, 1))).toMatch(
        /^:2 index (?:[12] of x is stored by a call whose items have the elements \[[01], [12]\) of it|3 is outside x, which has 3 elements)$/,
      );
      expect(await fails(run("wide", 3, 3))).toMatch(/^:4 index [12] of x is stored by a call|:4 index 3 is outside x/);
    });

    it("rows and blocks", { timeout: 30_000 }, async () => {
      expect(await fails(run("row", 1, 4, 4))).toBe(":6 index 4 is outside this part of x, which has 4 elements");
      expect(await fails(run("rows", 1, 4, 4))).toBe(":5 index 4 is outside x, which has 4 elements");
      expect(await fails(run("rows", 2, 8, -1))).toMatch(
        /^:5 index (?:-1 is outside x, which has 8 elements|3 of x is stored by)/,
      );
      expect(await fails(run("block", 1, 4, -1))).toBe(":8 index -1 is outside this part of x, which has 4 elements");
      expect(await fails(run("block", 2, 7, 3))).toBe(":8 index 3 is outside this part of x, which has 3 elements");
      expect(await fails(run("blocks", 2, 7, 3))).toBe(":7 index 7 is outside x, which has 7 elements");
      expect(await fails(run("blocks", 2, 7, 4))).toMatch(/^:7 index (?:4 of x is stored by|8 is outside x)/);
      await run("row", 3, 12, 3);
      await run("block", 3, 12, 3);
    });

    it("what used to overwrite the array behind", { timeout: 30_000 }, async () => {
      const [x, out] = [heap.float64(30), heap.float64(4)];
      expect(await fails(executor.it.parallelFor(kernels.described, 3, [x, out], { grain: 3 }))).toBe(
        ":13 index 4 is outside out, which has 4 elements",
      );
    });

    it("blocks that a kernel cuts by itself may be any", { timeout: 30_000 }, async () => {
      if (!row.shares) return; // there the parts of a Ptr are what it says
      const x = heap.float64(1000);
      await executor.it.parallelFor(kernels.own, 8, [128, x], { grain: 1 });
      expect(x.every((value) => value === 1)).toBe(true);
    });
  });
});

/** The examples and the template's kernels, with arguments: by kernel, its file, items and arguments. */
const numbers = (type: "float32" | "float64", length: number) =>
  heap[type](Array.from({ length }, (_, i) => 1 + ((i * 7919) % 1009) / 1009));
const EXAMPLES: Readonly<Record<string, readonly [file: string, n: number, args: () => unknown[]]>> = {
  blackScholes: [
    "examples/kernels/assembly/black-scholes.ts",
    101,
    () => [0.02, 0.3, ...[1, 2, 3, 4, 5].map(() => numbers("float64", 101))],
  ],
  convolve: [
    "examples/kernels/assembly/convolution.ts",
    19,
    () => [21, numbers("float32", 25 * 23), numbers("float32", 25), heap.float32(21 * 19)],
  ],
  multiply: [
    "examples/kernels/assembly/matrix.ts",
    9,
    () => [7, 5, numbers("float64", 63), numbers("float64", 35), heap.float64(45)],
  ],
  accelerations: [
    "examples/kernels/assembly/n-body.ts",
    33,
    () => [33, ...[1, 2, 3, 4, 5, 6, 7].map(() => numbers("float64", 33))],
  ],
  iterate: ["templates/kernel/assembly/kernels.ts", 77, () => [3.7, 100, heap.float64(77).fill(0.3)]],
};

it.each(Object.entries(EXAMPLES))("%s gives the same bits", { timeout: 30_000 }, async (name, [file, n, args]) => {
  const outcomes = [];
  for (const checked of [false, true]) {
    const kernels = await compileKernels(new URL(file, `file://${root}/`), { checked, cache: false });
    const given = args();
    await new SerialExecutor().parallelFor(kernels[name] as never, n, given as never, { grain: 7 });
    outcomes.push(
      given.map((arg) =>
        ArrayBuffer.isView(arg)
          ? Buffer.from(new Uint8Array(arg.buffer, arg.byteOffset, arg.byteLength)).toString("hex")
          : arg,
      ),
    );
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
});

describe("the option", () => {
  const text =
    'import { Ptr } from "allcores/assembly";\nexport function f(begin: i32, end: i32, x: Ptr<f64>): void { x[end] = 1; }';

  it("makes another module of the same file, in memory, in the cache and by a build", { timeout: 30_000 }, async () => {
    const url = written({ "f.ts": text });
    const x = heap.float64(2);
    const y = heap.float64(2);
    const run = async (checked: boolean) => {
      const { f } = await compileKernels(url, { checked });
      return new SerialExecutor().parallelFor(f as never, 1, [x.subarray(0, 1)] as never);
    };
    for (let turn = 0; turn < 2; turn++) {
      await run(false);
      await expect(run(true)).rejects.toThrow("index 1 is outside x, which has 1 element");
    }
    const outDir = newFolder();
    for (const checked of [true, false]) {
      await buildKernels(url, { outDir, checked });
      const { wasmKernel } = await import("allcores");
      const { readFile } = await import("node:fs/promises");
      const f = wasmKernel(new Uint8Array(await readFile(`${outDir}/f.wasm`)), "f");
      const running = new SerialExecutor().parallelFor(f as never, 1, [y.subarray(0, 1)] as never);
      if (checked) await expect(running).rejects.toThrow("f (f.ts) failed on items [0, 1) at f.ts:2:");
      else await running;
    }
    await expect(compileKernels(url, { checked: 1 as never })).rejects.toThrow(
      new TypeError("checked must be a boolean, got 1"),
    );
  });
});
