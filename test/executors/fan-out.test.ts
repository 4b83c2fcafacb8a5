/**
 * Ranges of a kernel whose rate is known: the caller's thread takes a share of compiled ones; others that should be short are
 * given to the first worker, and the rest join in when it is longer. How fast that is, `npm run study -- latency` measures.
 */

import { threadId } from "node:worker_threads";
import { heap, jsKernel, type Kernel, ThreadExecutor, type ThreadExecutorOptions } from "allcores";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { compiled } from "../compile/sources.js";

interface Some {
  sum(begin: number, end: number, turns: Int32Array): number;
  raise(begin: number, end: number, turns: Int32Array, out: Float64Array): void;
  fail(begin: number, end: number, at: Int32Array): void;
}

/** `turns` is how long an item takes, which no rate of earlier jobs can know. */
const SOURCE = `
function spin(turns: i32): f64 { let s: f64 = 0.5; for (let i = 0; i < turns; i++) s = s * 0.99 + 0.01; return s; }
export function sum(begin: i32, end: i32, turns: Whole<i32>): i32 {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += i + (spin(turns[0]) > 2.0 ? 1 : 0);
  return sum;
}
export function raise(begin: i32, end: i32, turns: Whole<i32>, out: Ptr<f64>): void {
  for (let i = begin; i < end; i++) out[i] += spin(turns[0]) > 2.0 ? 2 : 1;
}
export function fail(begin: i32, end: i32, at: Whole<i32>): void { if (begin <= at[0] && at[0] < end) unreachable(); }
`;

const LIMIT = { timeout: 30_000 };
const N = 1000;
const SUM = (N * (N - 1)) / 2;

let kernels: { [K in keyof Some]: Kernel<Some[K]> };
beforeAll(async () => {
  kernels = await compiled<Some>(SOURCE);
}, 60_000);

function pool(workers: number, options: ThreadExecutorOptions = {}): ThreadExecutor {
  const executor = new ThreadExecutor({ workers, ...options });
  onTestFinished(() => executor.shutdown({ cancel: true }));
  return executor;
}

describe.each([1, 2, 4])("with %s workers", (workers) => {
  it("answers are the same, however many workers begin: 200 jobs, and 40 at once", LIMIT, async () => {
    const executor = pool(workers);
    const turns = heap.int32([20]);
    const out = heap.float64(N);
    onTestFinished(() => [turns, out].forEach((array) => void heap.free(array)));
    const reduce = () =>
      executor.parallelReduce(kernels.sum, N, [turns], { grain: 7, initial: 0, combine: (a, b) => a + b });
    for (let i = 0; i < 100; i++) {
      expect(await reduce()).toBe(SUM);
      await executor.parallelFor(kernels.raise, N, [turns, out]);
    }
    expect([...new Set(out)]).toEqual([100]);
    expect(await Promise.all(Array.from({ length: 40 }, reduce))).toEqual(Array.from({ length: 40 }, () => SUM));
  });

  it("a job that turns out to be long is shared with the workers", LIMIT, async () => {
    const executor = pool(workers);
    const turns = heap.int32([1]);
    const out = heap.float64(N);
    onTestFinished(() => [turns, out].forEach((array) => void heap.free(array)));
    for (let i = 1; i <= 3; i++) {
      for (let j = 0; j < 5; j++) await executor.parallelFor(kernels.raise, N, [turns, out], { grain: 10 });
      turns[0] = 20_000;
      await executor.parallelFor(kernels.raise, N, [turns, out], { grain: 10 });
      turns[0] = 1;
      expect([...new Set(out)]).toEqual([6 * i]);
    }
  });

  it("an error names its kernel and items, wherever it ran", LIMIT, async () => {
    const executor = pool(workers);
    const at = heap.int32([-1]);
    onTestFinished(() => void heap.free(at));
    for (let i = 0; i < 5; i++) await executor.parallelFor(kernels.fail, N, [at]);
    at[0] = 500;
    await expect(executor.parallelFor(kernels.fail, N, [at])).rejects.toMatchObject({
      name: "KernelError",
      message: expect.stringContaining("fail"),
    });
    at[0] = -1;
    await executor.parallelFor(kernels.fail, N, [at]);
  });
});

const fixture = new URL("../fixtures/kernels.mjs", import.meta.url);
/** Runs `[0, n)` of a kernel that tells its thread, in chunks of one item of `ms`. */
const spun = jsKernel<(begin: number, end: number, ms: number) => string>(fixture, "whoRan");
async function threadsOf(executor: ThreadExecutor, n: number, ms: number): Promise<string[]> {
  const all = await executor.parallelReduce(spun, n, [ms], { grain: 1, initial: "", combine: (a, b) => `${a} ${b}` });
  return all.trim().split(" ");
}

/** Ends a turn of the event loop: warnings are told in the next one. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** How many of 50 short ranges of a kernel whose rate is known are done while the pool's only worker is busy. */
async function doneWithoutWorker(options: ThreadExecutorOptions): Promise<number> {
  const executor = pool(1, options);
  const turns = heap.int32([1]);
  onTestFinished(() => void heap.free(turns));
  const range = () => executor.parallelReduce(kernels.sum, 10, [turns], { initial: 0, combine: (a, b) => a + b });
  for (let i = 0; i < 10; i++) expect(await range()).toBe(45);
  const long = executor.submit(jsKernel<(ms: number) => void>(fixture, "spin"), [30_000]);
  while (long.state === "pending") await turn();
  let done = 0;
  for (let i = 0; i < 50; i++) {
    const future = range();
    for (let j = 0; j < 5; j++) await turn();
    if (future.cancel()) await expect(future).rejects.toThrow("aborted");
    else {
      expect(await future).toBe(45);
      done++;
    }
  }
  long.cancel();
  await expect(long).rejects.toThrow("aborted");
  return done;
}

describe("the caller's thread", () => {
  it("computes short ranges of compiled kernels", LIMIT, async () => {
    // Another program that takes the worker's core while the last rate is measured makes the ranges look long, and one
    // that takes the caller's ends its shares: of five pools one is undisturbed.
    let done = 0;
    for (let i = 0; i < 5 && done <= 10; i++) done = await doneWithoutWorker({});
    expect(done).toBeGreaterThan(10);
  });

  it("never does with callerRuns: false", LIMIT, async () => {
    expect(await doneWithoutWorker({ callerRuns: false })).toBe(0);
  });

  it("never runs JS kernels", LIMIT, async () => {
    const executor = pool(2);
    for (let i = 0; i < 30; i++) expect(await threadsOf(executor, 4, 0)).not.toContain(`${process.pid}/${threadId}`);
  });

  it("keeps its event loop alive: 2,000 ranges one after the other, and 500 at once", LIMIT, async () => {
    const executor = pool(2);
    const turns = heap.int32([20]);
    const out = heap.float64(N);
    let seen = 0;
    let counting = true;
    onTestFinished(() => {
      counting = false;
      for (const array of [turns, out]) heap.free(array);
    });
    const raise = () => executor.parallelFor(kernels.raise, N, [turns, out]);
    for (let i = 0; i < 3; i++) await raise();
    void (async () => {
      for (; counting; seen++) await turn();
    })();
    const begin = performance.now();
    for (let i = 0; i < 2000; i++) await raise();
    // A share ends after 1 ms of a turn: this is for a machine that is busy otherwise.
    expect(seen).toBeGreaterThan((performance.now() - begin) / 50);
    await Promise.all(Array.from({ length: 500 }, raise));
    expect([...new Set(out)]).toEqual([2503]);
  });

  it(
    "is closed to a kernel whose calls have held it, with one warning that names the kernel and the option",
    LIMIT,
    async () => {
      const heard: string[] = [];
      const hear = ({ message }: Error) => heard.push(message);
      process.on("warning", hear);
      onTestFinished(() => void process.off("warning", hear));
      const executor = pool(2);
      const turns = heap.int32([1]);
      onTestFinished(() => void heap.free(turns));
      const sum = () => executor.parallelFor(kernels.sum, 4, [turns], { grain: 1 });
      // On a busy machine the system may take the core from a call, which then does not count.
      for (let i = 0; i < 200 && heard.length === 0; i++) {
        turns[0] = 1;
        for (let j = 0; j < 3; j++) await sum();
        turns[0] = 1_000_000; // some ms
        await sum();
        await turn();
      }
      expect(heard).toEqual([expect.stringMatching(/a call of sum .*callerRuns: false/)]);
    },
  );
});

describe("a range that should be short by its rate", () => {
  it("starts the workers that it needs when it turns out to be long", LIMIT, async () => {
    const executor = pool(2);
    await executor.ready(1);
    for (let i = 0; i < 3; i++) await threadsOf(executor, 1, 0);
    const ran = await threadsOf(executor, 2, 1000); // longer than a start
    expect(new Set(ran).size).toBe(2);
  });

  it("is running while its first worker computes", LIMIT, async () => {
    const executor = pool(2);
    await executor.ready();
    for (let i = 0; i < 3; i++) await threadsOf(executor, 2, 0);
    const range = executor.parallelReduce(spun, 2, [500], { grain: 1, initial: "", combine: (a, b) => a + b });
    while (range.state === "pending") await new Promise((resolve) => setImmediate(resolve));
    expect(range.state).toBe("running");
    await range;
  });

  it("does not wait for busy workers that it did not need", LIMIT, async () => {
    const executor = pool(2);
    await executor.ready();
    for (let i = 0; i < 3; i++) await threadsOf(executor, 2, 0);
    const spin = jsKernel<(ms: number) => void>(fixture, "spin");
    const long = executor.submit(spin, [5000]);
    while (long.state === "pending") await new Promise((resolve) => setImmediate(resolve));
    await threadsOf(executor, 2, 0);
    expect(long.state).toBe("running");
    long.cancel();
    await expect(long).rejects.toThrow("aborted");
  });
});

describe("a call that a worker can't be given", () => {
  it("has 130,000 arguments: it goes as a message, queued or not", LIMIT, async () => {
    const executor = pool(1);
    const add = jsKernel<(...numbers: number[]) => number>(fixture, "add");
    const many = new Array<number>(130_000).fill(1);
    expect(await executor.submit(add, [1, 2])).toBe(3);
    expect(await executor.submit(add, many)).toBe(2);
    expect(await Promise.all([executor.submit(add, [2, 3]), executor.submit(add, many)])).toEqual([5, 2]);
    expect(await executor.submit(add, [3, 4])).toBe(7);
  });
});
