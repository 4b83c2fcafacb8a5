/**
 * Who takes part in short ranges of a kernel whose rate is known: the caller's thread for compiled kernels, else the first
 * worker alone. How fast that is, `npm run study -- latency` measures.
 */

import { threadId } from "node:worker_threads";
import { heap, jsKernel, type Kernel, ThreadExecutor } from "allcores";
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

function pool(options: { workers: number; callerRuns?: boolean }): ThreadExecutor {
  const executor = new ThreadExecutor(options);
  onTestFinished(() => executor.shutdown({ cancel: true }));
  return executor;
}

/** What the process warns of while the test runs. */
function warnings(): string[] {
  const heard: string[] = [];
  const hear = ({ message }: Error) => heard.push(message);
  process.on("warning", hear);
  onTestFinished(() => void process.off("warning", hear));
  return heard;
}

/** Ends a turn of the event loop: warnings are told in the next one. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe.each([1, 2, 4])("with %s workers", (workers) => {
  it("answers are the same whoever computes: 200 jobs, and 40 at once", LIMIT, async () => {
    const executor = pool({ workers });
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
    const heard = warnings();
    const executor = pool({ workers });
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
    await turn();
    expect(heard).toEqual([]); // its slices were short
  });

  it("an error names its kernel and items, wherever it ran", LIMIT, async () => {
    const executor = pool({ workers });
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

describe("a kernel whose calls hold the caller's thread", () => {
  /** Jobs with calls of a few µs, so that the next one is thought to be short, and then one with calls of some ms. */
  async function alternate(executor: ThreadExecutor, times: number): Promise<void> {
    const turns = heap.int32([1]);
    for (let i = 0; i < times; i++) {
      turns[0] = 1;
      for (let j = 0; j < 3; j++) await executor.parallelFor(kernels.sum, 4, [turns], { grain: 1 });
      turns[0] = 3_000_000;
      await executor.parallelFor(kernels.sum, 4, [turns], { grain: 1 });
    }
    heap.free(turns);
    await turn();
  }

  it("loses the right to it, with one warning that names the kernel and the option", LIMIT, async () => {
    const heard = warnings();
    await alternate(pool({ workers: 2 }), 6);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toContain("sum");
    expect(heard[0]).toContain("callerRuns: false");
  });

  it("never had it with callerRuns: false", LIMIT, async () => {
    const heard = warnings();
    await alternate(pool({ workers: 2, callerRuns: false }), 6);
    expect(heard).toEqual([]);
  });
});

it("JS kernels never run on the caller's thread", LIMIT, async () => {
  const file = new URL("../fixtures/kernels.mjs", import.meta.url);
  const whoRan = jsKernel<(begin: number, end: number, ms: number) => string>(file, "whoRan");
  const executor = pool({ workers: 2 });
  for (let i = 0; i < 50; i++) {
    const ran = await executor.parallelReduce(whoRan, 4, [0], {
      grain: 1,
      initial: "",
      combine: (a, b) => `${a} ${b}`,
    });
    expect(ran.trim().split(" ")).not.toContain(`${process.pid}/${threadId}`);
  }
});
