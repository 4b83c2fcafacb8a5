/** Reductions, element functions and twins of compiled kernels; handles that were built beforehand; compare. */
import { readFileSync } from "node:fs";
import { heap, jsKernel, type Kernel, SerialExecutor, ThreadExecutor } from "allcores";
import { compare } from "allcores/bench";
import { buildKernels, compileKernels, type Kernels } from "allcores/compile";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { executors, shared } from "../executors/all.js";
import { compiled, newFolder, written } from "./sources.js";

const TWIN = `
export function harmonic(begin, end) { let sum = 0; for (let i = begin; i < end; i++) sum += 1 / (i + 1); return sum; }
export function hypotenuse(begin, end, a, b, out) { for (let i = begin; i < end; i++) out[i] = Math.sqrt(a[i] * a[i] + b[i] * b[i]); }
`;
const SOURCE = `
export function harmonic(begin: i32, end: i32): f64 { let sum: f64 = 0; for (let i = begin; i < end; i++) sum += 1 / <f64>(i + 1); return sum; }
export function count(begin: i32, end: i32): i32 { return end - begin; }
export function squares(begin: i32, end: i32): i64 { let sum: i64 = 0; for (let i = begin; i < end; i++) sum += <i64>i * i; return sum; }
/**
 * The longest side.
 * @vectorize
 */
export function hypotenuse(a: f64, b: f64): f64 { return Math.sqrt(a * a + b * b); }
/** @vectorize */ export function half(out: u8): f32 { return <f32>out / 2; }
`;
interface Forms {
  harmonic(begin: number, end: number): number;
  count(begin: number, end: number): number;
  squares(begin: number, end: number): bigint;
  hypotenuse(begin: number, end: number, a: Float64Array, b: Float64Array, out: Float64Array): void;
  half(begin: number, end: number, x: Uint8Array, out: Float32Array): void;
}

let kernels: Kernels<Forms>;
beforeAll(async () => {
  kernels = await compiled<Forms>(SOURCE);
}, 60_000);

describe.each(executors)("on $kind", { timeout: 30_000 }, (row) => {
  const executor = shared(row);

  it("values are combined in chunk order, and the twin gives the same", async () => {
    const twins = written({ "twins.mjs": TWIN });
    const adding = { combine: (a: number, b: number) => a + b, initial: 0, grain: 77 };
    const sum = await executor.it.parallelReduce(kernels.harmonic, 10_000, [], adding);
    expect(await executor.it.parallelReduce(jsKernel<Forms["harmonic"]>(twins, "harmonic"), 10_000, [], adding)).toBe(
      sum,
    );
    expect(sum).toBeCloseTo(9.787606, 6);
    expect(await executor.it.parallelReduce(kernels.count, 10_000, [], adding)).toBe(10_000);
    const big = { combine: (a: bigint, b: bigint) => a + b, initial: 0n };
    expect(await executor.it.parallelReduce(kernels.squares, 1000, [], big)).toBe(332833500n);
  });

  it("element functions take arrays, output last", async () => {
    using scope = heap.scope();
    const [a, b] = [scope.float64([3, 5, 8]), scope.float64([4, 12, 15])];
    const [out, twin] = [scope.float64(3), scope.float64(3)];
    await executor.it.parallelFor(kernels.hypotenuse, 3, [a, b, out]);
    const js = jsKernel<Forms["hypotenuse"]>(written({ "twins.mjs": TWIN }), "hypotenuse");
    await executor.it.parallelFor(js, 3, [a, b, twin]);
    expect([...out]).toEqual([5, 13, 17]);
    expect([...twin]).toEqual([5, 13, 17]);
    const [bytes, halves] = [scope.uint8([1, 2, 255]), scope.float32(3)];
    await executor.it.parallelFor(kernels.half, 3, [bytes, halves]);
    expect([...halves]).toEqual([0.5, 1, 127.5]);
  });
});

it("element functions may name their parameters as the loop around them does", { timeout: 30_000 }, async () => {
  interface Named {
    g(begin: number, end: number, i: Float64Array, out: Float64Array, result: Float64Array): void;
    f(begin: number, end: number, a: Float64Array, b: Float64Array, result: Float64Array): void;
  }
  const kernels = await compiled<Named>(
    "/** @vectorize */ export function g(i: f64, out: f64): f64 { return i - out; }\n" +
      "/** @vectorize */ export function f(begin: f64, f: f64): f64 { return begin * f; }",
  );
  using scope = heap.scope();
  const [a, b, out] = [scope.float64([5, 7]), scope.float64([2, 3]), scope.float64(2)];
  await new SerialExecutor().parallelFor(kernels.g, 2, [a, b, out]);
  expect([...out]).toEqual([3, 4]);
  await new SerialExecutor().parallelFor(kernels.f, 2, [a, b, out]);
  expect([...out]).toEqual([10, 21]);
});

it("element functions may have comments between their parts, decorators, and any names", {
  timeout: 30_000,
}, async () => {
  const source = `/**
 * The difference.
 * @vectorize
 */ // @ts-ignore: decorator
@inline
export function größe$(x$: f64 /* left (m) */, // the first, of "two
  y: f64 /* right, too */): /* in m */ f64 {
  return x$ - y;
}`;
  const { größe$: kernel } = await compiled<{
    größe$(begin: number, end: number, x: Float64Array, y: Float64Array, out: Float64Array): void;
  }>(source);
  using scope = heap.scope();
  const [x, y, out] = [scope.float64([5, 7]), scope.float64([2, 3]), scope.float64(2)];
  await new SerialExecutor().parallelFor(kernel, 2, [x, y, out]);
  expect([...out]).toEqual([3, 4]);
});

it("kernels that return nothing have nothing to combine", { timeout: 30_000 }, async () => {
  const { f } = await compiled<{ f(begin: number, end: number): number }>(
    "export function f(begin: i32, end: i32): void {}",
  );
  const running = new SerialExecutor().parallelReduce(f, 10, [], { combine: (a, b) => a + b, initial: 0 });
  await expect(running).rejects.toThrow(/^kernel must return a value to be combined, but f \(kernels\.ts\) returns/);
});

it("kernel and twin are cases of one comparison", { timeout: 30_000 }, async () => {
  const { hypotenuse } = kernels;
  const twin = jsKernel<Forms["hypotenuse"]>(written({ "twins.mjs": TWIN }), "hypotenuse");
  using scope = heap.scope();
  const [a, b, out] = [scope.float64(1000).fill(3), scope.float64(1000).fill(4), scope.float64(1000)];
  const one = new SerialExecutor();
  const report = await compare({
    name: "hypotenuse",
    cases: {
      js: () => one.parallelFor(twin, 1000, [a, b, out]),
      wasm: () => one.parallelFor(hypotenuse, 1000, [a, b, out]),
    },
    output: () => out,
    check: "equal",
    budget: 300,
  });
  expect(report.state).toBe("done");
});

describe("built beforehand", { timeout: 60_000 }, () => {
  it("modules say what they hold, and run on every executor", async () => {
    const outDir = newFolder();
    const result = await buildKernels(written({ "forms.ts": SOURCE }), { outDir });
    expect(result.kernels).toEqual(["harmonic", "count", "squares", "hypotenuse", "half"]);
    expect(result.files).toEqual(
      ["forms.wasm", "forms.wasm.map", "forms.js", "forms.d.ts"].map((file) => `${outDir}/${file}`),
    );
    const built = (await import(`${outDir}/forms.js`)) as Record<keyof Forms, Kernel<Forms["count"]>>;
    for (const { make } of executors) {
      const executor = make({ workers: 2 });
      onTestFinished(() => executor.shutdown());
      expect(await executor.parallelReduce(built.count, 1000, [], { combine: (a, b) => a + b, initial: 0 })).toBe(1000);
    }
  });

  it("errors of built kernels name the source, too", async () => {
    const outDir = newFolder();
    await buildKernels(written({ "bad.ts": "export function bad(a: i32): i32 {\n  return 1 / a;\n}" }), { outDir });
    const { bad } = (await import(`${outDir}/bad.js`)) as { bad: Kernel<(a: number) => number> };
    await using pool = new ThreadExecutor({ workers: 1 });
    await expect(pool.submit(bad, [0])).rejects.toThrow(
      /^bad \(bad\.ts\) failed at bad\.ts:2:10: RuntimeError: divide by zero$/,
    );
  });

  it("kernels may have names that JS, or the file, takes for itself", async () => {
    const outDir = newFolder();
    const taken = ["delete", "delete_", "module", "$module", "URL", "wasmKernel", "Kernel"];
    const source = `function f(a: i32): i32 { return a; }\n${taken.map((name) => `export { f as ${name} };`).join("\n")}`;
    await buildKernels(written({ "names.ts": source }), { outDir });
    const names = (await import(`${outDir}/names.js`)) as Record<string, Kernel<(a: number) => number>>;
    expect(Object.keys(names).sort()).toEqual([...taken].sort());
    for (const kernel of Object.values(names)) expect(await new SerialExecutor().submit(kernel, [3])).toBe(3);
    const types = readFileSync(`${outDir}/names.d.ts`, "utf8");
    expect(types).toContain('import type { Kernel as $Kernel } from "allcores";');
    expect(types).toContain("export declare const Kernel: $Kernel<(a: number) => number, { a: number }>;");
  });

  it("kernels of other files are exported with export *, too", async () => {
    const outDir = newFolder();
    const url = written({
      "all.ts": 'export * from "./a"; export function c(): i32 { return 3; }',
      "a.ts": 'export * from "./b"; export function a(): i32 { return 1; }',
      "b.ts": "export function b(): i32 { return 2; }",
    });
    expect([...(await buildKernels(url, { outDir })).kernels].sort()).toEqual(["a", "b", "c"]);
    const all = (await import(`${outDir}/all.js`)) as Record<string, Kernel<() => number>>;
    expect(await new SerialExecutor().submit(all.b as Kernel<() => number>)).toBe(2);
  });
});

it("abort's text, failed assertions and traps come with kernel, range and place", { timeout: 30_000 }, async () => {
  const source = `export function check(begin: i32, end: i32, what: i32): i32 {
  if (what == 0 && end > 50) throw new Error("no more than " + (50).toString() + " ä");
  assert(what != 1, "one is too few");
  const four = new Int32Array(4);
  return what == 2 ? four[begin + 4] : what == 3 ? begin / 0 : what == 4 ? load<i32>(0xffffffff) : 0;
}`;
  const { check } = await compileKernels<{ check(begin: number, end: number, what: number): number }>(
    written({ "checks.ts": source }),
    { cache: false },
  );
  const messages = [
    /^check \(checks\.ts\) failed on items \[\d+, \d+\) at checks\.ts:2:30: Abort: no more than 50 ä$/,
    /^check \(checks\.ts\) failed on items \[0, 10\) at checks\.ts:3:3: Abort: one is too few$/,
    /^check \(checks\.ts\) failed on items \[0, 10\) (at|near) checks\.ts:(4|5):\d+: Abort: Index out of range$/,
    /^check \(checks\.ts\) failed on items \[0, 10\) at checks\.ts:5:\d+: RuntimeError: divide by zero$/,
    /^check \(checks\.ts\) failed on items \[0, 10\) at checks\.ts:5:\d+: RuntimeError: memory access out of bounds\. A checked build finds wrong indices: .*$/,
  ];
  for (const { make } of executors) {
    const executor = make({ workers: 1 });
    onTestFinished(() => executor.shutdown());
    for (const [what, message] of messages.entries()) {
      const n = what === 0 ? 100 : 10;
      const running = executor.parallelReduce(check, n, [what], { combine: (a, b) => a + b, initial: 0, grain: 10 });
      await expect(running).rejects.toThrow(message);
    }
  }
});
