/** What is said where a kernel fails or is refused at run time: no more than is of use, and what to do. */
import { heap, jsKernel, type Kernel, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";
import { buildKernels, type Kernels } from "allcores/compile";
import { beforeAll, describe, expect, it } from "vitest";
import { packageFile } from "../../dist/locate.js";
import { executors, shared } from "../executors/all.js";
import { start } from "../support/system.js";
import { cachedFor, compiled, newFolder, written } from "./sources.js";

/** A text that was given back, and whose length is by now 2^32 - 1. */
const DANGLING = `
  const before = mark();
  const text = "x" + memory.size().toString();
  release(before);
  const filled = new StaticArray<u64>(8);
  for (let i = 0; i < 8; i++) filled[i] = u64.MAX_VALUE;`;

describe("a text that was given back", { timeout: 30_000 }, () => {
  it("is cut off in an error", async () => {
    const { f } = await compiled<{ f(): number }>(`export function f(): i32 {${DANGLING} throw new Error(text); }`);
    using scope = heap.scope();
    scope.float64(1e6); // behind which there is something to show
    const error = await new SerialExecutor().submit(f).catch((error: Error) => error);
    expect((error as Error).message).toMatch(/^f \(kernels\.ts\) failed at kernels\.ts:\d+:\d+: Abort: [\s\S]*\.\.\.$/);
    expect((error as Error).message.length).toBeLessThan(10_100);
  });

  it("is cut off on stderr, which goes on", async () => {
    const url = written({
      "k.ts": `import { mark, release } from "allcores/assembly"; export function f(): i32 {${DANGLING} trace(text); return 7; }`,
    });
    const { stdout, stderr } = await start(
      `
      import { heap, SerialExecutor } from ${JSON.stringify(packageFile("index.js").href)};
      import { compileKernels } from ${JSON.stringify(packageFile("compile.js").href)};
      const { f } = await compileKernels(${JSON.stringify(url.href)});
      heap.float64(1e6);
      console.log(await new SerialExecutor().submit(f));`,
      { env: await cachedFor([url]) },
    ).ended;
    expect(stdout).toBe("7\n");
    expect(stderr.length).toBeLessThan(40_000); // each unit may be three bytes
    expect(stderr).toMatch(/^trace: [\s\S]*\.\.\.\n$/);
  });

  it("is nothing at an address that has none", async () => {
    const { f } = await compiled<{ f(at: number): number }>(
      "export function f(at: usize): i32 { throw new Error(changetype<string>(at)); }",
    );
    for (const at of [1, 2, 3, 2 ** 32 - 1, 2 ** 32 - 2])
      await expect(new SerialExecutor().submit(f, [at]), `${at}`).rejects.toThrow("what was thrown has no message");
  });
});

it("arenas that the heap can't hold are counted, and both ways out named", { timeout: 30_000 }, async () => {
  const { f, plain } = await compiled<{ f(n: number): number; plain(): number }>(
    "export function f(n: i32): i32 { return new Array<i32>(n).length; } export function plain(): i32 { return 3; }",
    { arena: "1GiB" },
  );
  await using pool = new ThreadExecutor({ workers: 2 });
  await expect(pool.submit(f, [1])).rejects.toThrow(
    /^f \(kernels\.ts\): 4 arenas of 1073741824 bytes, since a kernel of its file allocates \(one for each of 2 workers and 2 more; a smaller \{ arena \} or fewer workers need less\): 4\d+ bytes asked/,
  );
  await expect(pool.submit(plain)).rejects.toThrow(/^plain \(kernels\.ts\): 4 arenas/);
  expect(await new SerialExecutor().submit(f, [5])).toBe(5);
});

describe("in processes", { timeout: 30_000 }, () => {
  const SOURCE = `
    export function first(x: Ptr<f64>): f64 { return x[0]; }
    export function one(begin: i32, end: i32, a: f64, x: Ptr<f64>): void { for (let i = begin; i < end; i++) x[i] = a; }
    export function next(begin: i32, end: i32, a: f64, x: Ptr<f64>): void { for (let i = begin; i < end; i++) x[i + 1] = a; }
    export function spoil(begin: i32, end: i32, a: f64, x: Whole<f64>): void { store<f64>(x.at(0), a); }
    export function tally(begin: i32, end: i32, bins: Shared<i32>): void { bins.add(0, 1); }`;
  interface Some {
    first(x: Float64Array): number;
    one(begin: number, end: number, a: number, x: Float64Array): void;
    next(begin: number, end: number, a: number, x: Float64Array): void;
    spoil(begin: number, end: number, a: number, x: Float64Array): void;
    tally(begin: number, end: number, bins: Int32Array): void;
  }

  it("what is lost, or can't go there, is named as the kernel names it, with the reason", async () => {
    const kernels = await compiled<Some>(SOURCE);
    using scope = heap.scope();
    await using pool = new ProcessExecutor({ workers: 2 });
    const x = scope.float64(1000);
    await expect(pool.parallelFor(kernels.one, 10, [1, x])).rejects.toThrow(
      /^one \(kernels\.ts\): args\[1\] \(x\) was changed outside .* \(1000 elements for 10 items: 100 belong to each; pass x\.subarray\(0, 10\) if/,
    );
    await pool.parallelFor(kernels.one, 10, [1, x.subarray(0, 10)]);
    expect([x[0], x[9], x[10]]).toEqual([1, 1, 0]);
    await expect(pool.parallelFor(kernels.next, 300, [1, x])).rejects.toThrow(
      /^next .* \(x\) was changed .* \(1000 elements for 300 items: the first 300 belong to them, one each\)/,
    );
    await expect(pool.parallelFor(kernels.spoil, 10, [2, x])).rejects.toThrow(/^spoil .* \(x\) was .* \(it is input\)/);
    await expect(pool.parallelFor(kernels.tally, 10, [scope.int32(1)])).rejects.toThrow(
      /^args\[0\] \(bins\) is a Shared<T>/,
    );
  });

  it("a call with an array is told what does work, which a copy does for JS kernels alone", async () => {
    const { first } = await compiled<Some>(SOURCE);
    const twin = jsKernel<Some["first"]>(written({ "twin.mjs": "export const first = (x) => x[0];" }), "first");
    using scope = heap.scope();
    await using pool = new ProcessExecutor({ workers: 1 });
    const x = scope.float64([7]);
    await expect(pool.submit(first, [x])).rejects.toThrow(
      /^args\[0\] \(x\) is on the shared heap, which a process does not share; use parallelFor or a ThreadExecutor$/,
    );
    await expect(pool.submit(twin, [x])).rejects.toThrow(/pass a copy \(array\.slice\(\)\), or use parallelFor or a/);
    expect(await pool.submit(twin, [x.slice()])).toBe(7);
  });
});

describe("the stack of what went wrong", () => {
  const SOURCE = `function deep(n: i32, by: i32): i32 {
  return n == 0 ? 1 / by : deep(n - 1, by) + 1;
}
export function f(by: i32): i32 {
  if (by == 7) throw new Error("not by " + by.toString());
  return deep(2, by);
}`;
  type F = Kernel<(by: number) => number>;
  let called: Kernels<{ f(by: number): number }>;
  let built: { readonly f: F };
  beforeAll(async () => {
    called = await compiled(SOURCE, { optimize: 0 });
    const outDir = newFolder();
    await buildKernels(written({ "k.ts": SOURCE }), { outDir, optimize: 0 });
    built = await import(`${outDir}/k.js`);
  }, 60_000);

  describe.each(executors)("on $kind", (row) => {
    const executor = shared(row, 1);
    const stackOf = async (f: F, by: number): Promise<string> => {
      const error = (await executor.it.submit(f, [by]).catch((error) => error)) as Error;
      return (error.cause as Error).stack as string;
    };

    it("has the lines of the kernel", async () => {
      const { f } = called;
      expect(await stackOf(f, 0)).toMatch(
        /^RuntimeError: divide by zero\n(\s+at (\S+ \()?kernels\.ts:2:19\)?\n)(\s+at (\S+ \()?kernels\.ts:2:28\)?\n){2}\s+at (\S+ \()?kernels\.ts:6:10\)?\n/,
      );
      expect(await stackOf(f, 7)).toMatch(/^(Abort|Error): not by 7\n(.*\n)*\s+at (\S+ \()?kernels\.ts:5:\d+\)?\n/);
      expect(await stackOf(f, 7)).not.toContain("wasm://");
    });

    it("has those of kernels that were built beforehand, too", async () => {
      const { f } = built;
      expect(await stackOf(f, 0)).toMatch(/^RuntimeError: divide by zero\n\s+at (\S+ \()?k\.ts:2:19/);
    });
  });
});
