/** Compiled kernels on every executor, with two workers: how they are stopped and watched, refused, and called in calls. */
import { type Executor, heap, type Kernel, SerialExecutor, type Untyped } from "allcores";
import { buildKernels } from "allcores/compile";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { executors, opened, shared, withWorkers } from "../executors/all.js";
import { compiled, newFolder, written } from "./sources.js";

interface Some {
  loop(begin: number, end: number): void;
  fine(n: number): number;
  slow(begin: number, end: number, turns: number, out: Int32Array): void;
  filled(n: number): number;
  scale(begin: number, end: number, a: number, x: Float64Array): void;
}

const SOURCE = `
const kept = new Array<i32>();
export function loop(begin: i32, end: i32): void { const held = new Uint8Array(8); while (held.length > 0) held[0]++; }
export function fine(n: i32): i32 { return new Uint8Array(n).length; }
/** Works with an array of its own for a while, and gives back what it put there. */
export function slow(begin: i32, end: i32, turns: i32, out: Ptr<i32>): void {
  const mine = new Int32Array(100).fill(begin);
  kept.push(begin);
  for (let i = begin; i < end; i++) {
    for (let turn = 0; turn < turns; turn++) mine[turn % 100] = mine[(turn * 7) % 100];
    out[i] = mine[i % 100] + (i - begin) + (kept.length - 1);
  }
}
export function filled(n: i32): i32 { kept.push(n); return new Int32Array(100).fill(n)[50] + kept.length - 1; }
export function scale(begin: i32, end: i32, a: f64, x: Ptr<f64>): void { for (let i = begin; i < end; i++) x[i] *= a; }
`;

/** A module that counts what of its static data is not as written. */
const withTable = (mark: number) =>
  compiled<{ wrong(begin: number, end: number): number }>(`
    const table: StaticArray<i32> = [${Array.from({ length: 500 }, (_, i) => i * mark)}];
    const word = "module " + "${mark}";
    export function wrong(begin: i32, end: i32): i32 {
      let wrong = 0;
      for (let turn = 0; turn < 20; turn++) for (let i = 0; i < 500; i++) if (table[i] != i * ${mark}) wrong++;
      return wrong + (word.length == ${`module ${mark}`.length} && word.endsWith("${mark}") ? 0 : 1);
    }`);

let kernels: { [K in keyof Some]: Kernel<Some[K]> };
let modules: Awaited<ReturnType<typeof withTable>>[];
beforeAll(async () => {
  kernels = await compiled<Some>(SOURCE);
  modules = await Promise.all([3, 1000].map(withTable));
}, 60_000);

describe.each(withWorkers)("on $kind", (row) => {
  const executor = shared(row);
  /** More than there are workers: each of them is in order. */
  const works = async () => {
    const numbers = [10, 20, 30, 40, 50];
    expect(await Promise.all(numbers.map((n) => executor.it.submit(kernels.fine, [n])))).toEqual(numbers);
  };

  it("an endless loop is ended with its worker, whose arena others get", { timeout: 30_000 }, async () => {
    for (let i = 0; i < 3; i++) {
      const running = executor.it.parallelFor(kernels.loop, 2, [], { grain: 1 });
      setTimeout(() => running.cancel(), 20);
      await expect(running).rejects.toThrow(/abort/i);
      await works();
    }
  });

  it("a signal ends it, too, with its own reason", { timeout: 30_000 }, async () => {
    const signal = AbortSignal.timeout(20);
    const error = await executor.it.parallelFor(kernels.loop, 2, [], { grain: 1, signal }).catch((error) => error);
    expect(error).toBe(signal.reason);
    await works();
  });
});

describe.each(executors)("on $kind", (row) => {
  // Without `yield` nothing else would come to pass during a job of a SerialExecutor.
  const executor = opened(() =>
    row.kind === "serial" ? new SerialExecutor({ yield: true }) : row.make({ workers: 2 }),
  );

  it("progress is told while it works, and at the end", { timeout: 30_000 }, async () => {
    using scope = heap.scope();
    const out = scope.int32(100_000);
    const seen: number[] = [];
    const long: Promise<void> & { cancel(): void } = executor.it.parallelFor(kernels.slow, out.length, [1e6, out], {
      onProgress({ done, total }) {
        expect(total).toBe(out.length);
        seen.push(done);
        if (done > 0) long.cancel(); // it would take minutes
      },
    });
    await expect(long).rejects.toThrow(/abort/i);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBeLessThan(out.length);

    const done: number[] = [];
    await executor.it.parallelFor(kernels.slow, 1000, [1, out.subarray(0, 1000)], {
      onProgress: (progress) => done.push(progress.done),
    });
    expect(done.at(-1)).toBe(1000);
  });

  it("kernels that are called while another is at work do not disturb it", { timeout: 30_000 }, async () => {
    using scope = heap.scope();
    const out = scope.int32(600);
    const inner: Promise<number>[] = [];
    const expected: number[] = [];
    const yielding = new SerialExecutor({ yield: true });
    await executor.it.parallelFor(kernels.slow, out.length, [3e5, out], {
      grain: 1,
      onProgress({ done }) {
        for (const one of [executor.it, yielding, new SerialExecutor()]) {
          inner.push(one.submit(kernels.filled, [done]));
          expected.push(done);
        }
      },
    });
    expect(await Promise.all(inner)).toEqual(expected);
    expect(inner.length).toBeGreaterThan(3); // one more time than at the end
    expect([...out]).toEqual(Array.from(out, (_, i) => i));
  });

  it("arguments are checked before anything is sent", { timeout: 30_000 }, async () => {
    using scope = heap.scope();
    const x = scope.float64(10).fill(1);
    const freed = heap.float64(10);
    heap.free(freed);
    const run = (...args: unknown[]) => executor.it.parallelFor(kernels.scale as Kernel<Untyped>, 10, args as never);
    await expect(run(2)).rejects.toThrow(
      /^args must hold 2 arguments \(a: f64, x: Ptr<f64>\) for scale \(kernels\.ts\)/,
    );
    await expect(run("2", x)).rejects.toThrow(/^args\[0\] \(a\) must be a number \(f64\), got "2"/);
    await expect(run(2, scope.float32(10))).rejects.toThrow(/^args\[1\] \(x\) must be an array made by heap\.float64/);
    await expect(run(2, x.subarray(1))).rejects.toThrow(/^args\[1\] \(x\) must have at least n = 10 elements/);
    await expect(run(2, freed)).rejects.toThrow(/^args\[1\] is a heap array that has been freed/);
    await expect(executor.it.submit(kernels.fine as Kernel<Untyped>, [1.5] as never)).rejects.toThrow(
      /^args\[0\] \(n\) must be a whole number/,
    );
    await run(2, x);
    expect([...x]).toEqual(Array(10).fill(2));
  });

  it("modules at work at the same time have their own static data", { timeout: 30_000 }, async () => {
    const adding = { combine: (a: number, b: number) => a + b, initial: 0, grain: 1 };
    const jobs = Array.from({ length: 6 }, (_, i) =>
      executor.it.parallelReduce((modules[i % 2] as (typeof modules)[0]).wrong, 100, [], adding),
    );
    expect(await Promise.all(jobs)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe("of two modules that want the same slot", { timeout: 60_000 }, () => {
  const build = async (name: string, slot: number): Promise<Kernel<() => number>> => {
    const outDir = newFolder();
    const url = written({ [`${name}.ts`]: `export function get(): i32 { return "${name}".length; }` });
    await buildKernels(url, { outDir, slot, optimize: 0 });
    return ((await import(`${outDir}/${name}.js`)) as { get: Kernel<() => number> }).get;
  };

  it.each(executors.map((row, i) => [row.kind, row, 200 + i] as const))(
    "one is refused on %s",
    async (_, row, slot) => {
      const executor: Executor = row.make({ workers: 2 });
      onTestFinished(() => executor.shutdown());
      const names = ["first", "second_"];
      const handles = await Promise.all(names.map((name) => build(name, slot)));
      const outcomes = await Promise.allSettled([...handles, ...handles].map((get) => executor.submit(get)));
      const kept = outcomes.findIndex(({ status }) => status === "fulfilled") % 2;
      for (const [i, outcome] of outcomes.entries())
        if (i % 2 === kept) expect(outcome).toEqual({ status: "fulfilled", value: (names[kept] as string).length });
        else
          expect(String((outcome as PromiseRejectedResult).reason)).toMatch(
            new RegExp(`${names[1 - kept]}\\.wasm and .*${names[kept]}\\.wasm were both built for slot ${slot}`),
          );
    },
  );
});
