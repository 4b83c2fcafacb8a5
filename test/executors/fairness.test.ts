/** Many jobs on one pool: a small one does not wait for a long one, equal ones end together. */
import { defaultExecutor, type Executor, estimatePi, heap, SerialExecutor } from "allcores";
import { describe, expect, it, vi } from "vitest";
import { add, fill, spin, spinItems } from "../support/kernels.js";
import { executors, shared } from "./all.js";

/** Fixed at 50 ms; the rest is for a machine that is busy otherwise. */
const ANSWER_MS = 150;

/** A job of some CPU seconds. */
const long = (executor: Executor) => executor.parallelFor(spinItems, 20_000, [1], { grain: 1 });

describe.each(executors)("$kind", (row) => {
  const executor = shared(row);

  it.each<[string, () => Promise<unknown>]>([
    ["a call", () => executor.it.submit(add, [1, 2])],
    [
      "a job of one chunk",
      async () => {
        using scope = heap.scope();
        await executor.it.parallelFor(fill, 1, [scope.float64(1)]);
      },
    ],
    ["a small pi", () => estimatePi({ samples: 3e6, executor: executor.it })],
  ])("%s beside a long job answers soon", async (_, start) => {
    await start(); // the kernel is loaded
    const job = long(executor.it);
    await vi.waitFor(() => expect(job.state).toBe("running"), { interval: 1 });
    const times = [];
    for (let i = 0; i < 3; i++) {
      const begin = performance.now();
      await start();
      times.push(performance.now() - begin);
    }
    expect(job.state).toBe("running");
    job.cancel();
    await expect(job).rejects.toThrow("aborted");
    // One that waits for the job takes seconds, each time.
    expect(Math.min(...times)).toBeLessThan(ANSWER_MS);
  });

  it("two equal jobs end together", async () => {
    const start = () => executor.it.parallelFor(spinItems, 250, [1], { grain: 1 });
    const apart: number[] = [];
    // One after the other they would be half of the time apart, each time.
    for (let i = 0; i < 3 && !apart.some((part) => part < 0.3); i++) {
      const begin = performance.now();
      const end = async (job: Promise<unknown>) => {
        await job;
        return performance.now() - begin;
      };
      const [first, second] = await Promise.all([end(start()), end(start())]);
      apart.push(Math.abs(first - second) / Math.max(first, second));
    }
    expect(Math.min(...apart)).toBeLessThan(0.3);
  });

  // Serial: a call can't be cut.
  const soon = row.workers === "none" ? it.skip : it;
  soon("a range is done before long calls that wait behind it", async () => {
    using scope = heap.scope();
    const array = scope.float64(1000);
    const done: string[] = [];
    const job = executor.it.parallelFor(fill, 1000, [array]);
    const range = job.then(() => done.push("range"));
    // A job on processes is in the queue only when its arrays are in its file.
    await vi.waitFor(() => expect(job.state).not.toBe("pending"), { interval: 1 });
    const calls = [1, 2].map(() => executor.it.submit(spin, [250]).then(() => done.push("call")));
    await Promise.all([range, ...calls]);
    expect(done).toEqual(["range", "call", "call"]);
    expect(array[999]).toBe(1000);
  });
});

it("100 concurrent computations on the default executor give the answers of one thread", async () => {
  const serial = new SerialExecutor();
  const before = heap.stats();
  const all = await Promise.all(
    Array.from({ length: 100 }, (_, seed) => estimatePi({ samples: 1_500_001 + seed, seed })),
  );
  expect(all.map(({ seed }) => seed)).toEqual(Array.from({ length: 100 }, (_, seed) => seed));
  for (const seed of [0, 41, 99])
    expect(await estimatePi({ samples: 1_500_001 + seed, seed, executor: serial })).toEqual(all[seed]);
  expect(defaultExecutor().pending).toBe(0);
  expect(heap.stats()).toEqual(before);
  await defaultExecutor().shutdown();
  expect(await estimatePi({ samples: 5e6, seed: 1 })).toMatchObject({ samples: 5e6 }); // another one, made anew
});
