/** A Future's life, and an executor's: states, cancelling, progress, shutdown. */
import { asCompleted, type Executor, heap, type Progress, SerialExecutor, ShutdownError } from "allcores";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { add, count, fill, js, type Range, span, spin, spinItems } from "../support/kernels.js";
import { everyExecutor, shared } from "./all.js";

/** Long enough to be met at work; cancelled by every test that starts it. */
const long = (executor: Executor, signal?: AbortSignal) =>
  executor.parallelFor(spinItems, 1_000_000, [1], { grain: 1, signal });
const running = (future: { state: string }) =>
  vi.waitFor(() => expect(future.state).toBe("running"), { interval: 1, timeout: 10_000 });

const unhandled = vi.fn();
beforeAll(() => void process.on("unhandledRejection", unhandled));
afterAll(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

describe.each(everyExecutor)("$kind", (row) => {
  const executor = shared(row);

  it("says what it is", () => {
    const { kind, workers, shares } = row;
    expect(executor.it).toMatchObject({
      kind,
      concurrency: workers === "none" ? 1 : 2,
      capabilities: { parallel: workers !== "none", sharedMemory: shares },
      pending: 0,
      isShutdown: false,
    });
  });

  describe("Future", () => {
    it("is a promise that goes over running to fulfilled", async () => {
      const future = executor.it.parallelFor(spinItems, 100, [1], { grain: 1 });
      expect(future).toBeInstanceOf(Promise);
      expect(executor.it.pending).toBe(1);
      await running(future);
      await future;
      expect(future.state).toBe("fulfilled");
      expect(executor.it.pending).toBe(0);
      expect(future.cancel()).toBe(false);
      expect(future.state).toBe("fulfilled");
    });

    it("is pending while all workers are busy", async () => {
      // An idle worker may begin before the caller looks. The calling thread begins when it is let go.
      const busy =
        row.workers === "none" ? [] : Array.from({ length: 4 }, () => executor.it.submit(js("untilCancelledRange")));
      const future = executor.it.submit(add, [1, 2]);
      expect(future.state).toBe("pending");
      for (const call of busy) call.cancel();
      await Promise.allSettled(busy);
      expect(await future).toBe(3);
    });

    it("is rejected when the kernel throws", async () => {
      const future = executor.it.submit(js<(message: string) => never>("fail"), ["no"]);
      await expect(future).rejects.toThrow("no");
      expect(future.state).toBe("rejected");
      expect(future.cancel()).toBe(false);
    });

    it("gives plain promises to those who chain", async () => {
      const chained = executor.it.submit(add, [1, 2]).then((sum) => sum);
      expect(chained.constructor).toBe(Promise);
      expect(await chained).toBe(3);
    });

    it.each<[string, unknown[], unknown]>([
      ["an AbortError", [], expect.objectContaining({ name: "AbortError" })],
      ["the reason", ["because"], "because"],
      ["no reason", [null], null],
    ])("is cancelled with %s, once, and nobody need listen", async (_, args, reason) => {
      const future = long(executor.it);
      const silent = long(executor.it);
      await running(future);
      expect(silent.cancel()).toBe(true);
      expect(future.cancel(...args)).toBe(true);
      expect(future.cancel("again")).toBe(false);
      expect(await future.catch((caught: unknown) => caught)).toEqual(reason);
      expect(future.state).toBe("cancelled");
      await Promise.allSettled([silent]);
      expect(executor.it.pending).toBe(0);
    });

    it("is cancelled before it has begun", async () => {
      const jobs = Array.from({ length: 5 }, () => long(executor.it));
      for (const job of jobs) job.cancel();
      const outcomes = await Promise.allSettled(jobs);
      expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill("rejected"));
      expect(await executor.it.submit(add, [1, 1])).toBe(2);
    });

    it("follows a signal: aborted before, during, and after", async () => {
      const reason = new Error("mine");
      const aborted = long(executor.it, AbortSignal.abort(reason));
      await expect(aborted).rejects.toBe(reason);
      expect(aborted.state).toBe("cancelled");

      const controller = new AbortController();
      const done = executor.it.submit(add, [1, 2], { signal: controller.signal });
      await done;
      const future = long(executor.it, controller.signal);
      await running(future);
      controller.abort(reason);
      await expect(future).rejects.toBe(reason);
      expect([done.state, future.state]).toEqual(["fulfilled", "cancelled"]);
    });

    it("keeps an array of a running job from being freed, and lets it go", async () => {
      const array = heap.int32(1_000_000);
      const future = executor.it.parallelFor(js<Range<[Int32Array]>>("untilCancelledRange"), 1_000_000, [array]);
      expect(() => heap.free(array)).toThrow(/array is used by a running job/);
      future.cancel();
      await expect(future).rejects.toThrow("aborted");
      heap.free(array);
    });
  });

  describe("asCompleted", () => {
    it("yields each outcome with its index as it settles", async () => {
      const futures = [
        executor.it.submit(spin, [100, 1]),
        executor.it.submit(js<(message: string) => number>("fail"), ["no"]),
        executor.it.submit(add, [1, 2]),
      ];
      const outcomes = [];
      for await (const outcome of asCompleted(futures)) outcomes.push(outcome);
      expect(outcomes.sort((a, b) => a.index - b.index)).toEqual([
        { index: 0, status: "fulfilled", value: 1 },
        { index: 1, status: "rejected", reason: expect.objectContaining({ name: "KernelError" }) },
        { index: 2, status: "fulfilled", value: 3 },
      ]);
    });

    it("takes any iterable of promises, and says of which item that is none", async () => {
      const outcomes = [];
      for await (const outcome of asCompleted(new Set([executor.it.submit(add, [1, 2])]))) outcomes.push(outcome);
      expect(outcomes).toEqual([{ index: 0, status: "fulfilled", value: 3 }]);
      for await (const _ of asCompleted("" as never)) expect.fail("an outcome of nothing");
      expect(() => asCompleted("ab" as never)).toThrow(/futures\[0\] must be a future or a promise, got "a"/);
      const nominal = { [Symbol.iterator]: 5 } as never;
      for (const wrong of [null as never, 5 as never, nominal])
        expect(() => asCompleted(wrong)).toThrow(/futures must be an iterable of futures or promises/);
    });
  });

  describe("onProgress", () => {
    it("tells ever more items, and all of them at the end", async () => {
      const calls: Progress[] = [];
      await executor.it.parallelFor(spinItems, 400, [1], { grain: 1, onProgress: (progress) => calls.push(progress) });
      expect(calls.length).toBeGreaterThan(1);
      expect(calls.at(-1)).toEqual({ done: 400, total: 400 });
      for (const [i, { done, total }] of calls.entries()) {
        expect(total).toBe(400);
        expect(done).toBeGreaterThanOrEqual(calls[i - 1]?.done ?? 0);
        expect(done).toBeLessThanOrEqual(400);
      }
      expect(calls.filter(({ done }) => done === 400).length).toBeLessThanOrEqual(2);
    });

    it.each([0, 1, 1000])("is called once at the end of a short job of %i items", async (n) => {
      const onProgress = vi.fn();
      await executor.it.run({ kernel: span, n }, { onProgress });
      expect(onProgress).toHaveBeenLastCalledWith({ done: n, total: n });
    });

    it("rejects the job with what it throws, in the middle and at the end", async () => {
      const failure = new Error("progress");
      const onProgress = () => {
        throw failure;
      };
      await expect(executor.it.parallelFor(spinItems, 100_000, [1], { grain: 1, onProgress })).rejects.toBe(failure);
      await expect(executor.it.run({ kernel: span, n: 10 }, { onProgress })).rejects.toBe(failure);
      expect(executor.it.pending).toBe(0);
    });

    it("falls silent when the job is cancelled", async () => {
      const onProgress = vi.fn();
      const future = executor.it.parallelFor(spinItems, 100_000, [1], { grain: 1, onProgress });
      await vi.waitFor(() => expect(onProgress).toHaveBeenCalled(), { timeout: 10_000 });
      future.cancel();
      await expect(future).rejects.toThrow("aborted");
      expect(onProgress.mock.calls.at(-1)?.[0].done).toBeLessThan(100_000);
    });
  });

  describe("shutdown", () => {
    it("waits for the jobs under way, and takes no more", async () => {
      const one = row.make({ workers: 2 });
      const hits = heap.int32(10_000);
      const job = one.parallelFor(count, 10_000, [hits]);
      const queued = Array.from({ length: 10 }, (_, i) => one.submit(add, [i, 1]));
      const closed = one.shutdown();
      expect(one.isShutdown).toBe(true);
      await expect(one.submit(add, [1, 2])).rejects.toThrow(ShutdownError);
      await expect(one.ready()).rejects.toThrow(ShutdownError);
      await closed;
      expect([job, ...queued].map(({ state }) => state)).toEqual(Array(11).fill("fulfilled"));
      expect(hits.every((value) => value === 1)).toBe(true);
      heap.free(hits);
      await one.shutdown();
      await one.shutdown({ cancel: true });
    });

    it("cancels the jobs under way when told so, also by a second call", async () => {
      const one = row.make({ workers: 2 });
      const jobs = Array.from({ length: 5 }, () => long(one));
      await running(jobs[0] as { state: string });
      const waiting = one.shutdown();
      await one.shutdown({ cancel: true });
      await waiting;
      for (const job of jobs) await expect(job).rejects.toThrow(ShutdownError);
      expect(jobs.map(({ state }) => state)).toEqual(Array(5).fill("cancelled"));
    });

    it("works on an executor that was never used, or only started", async () => {
      await row.make({ workers: 1 }).shutdown();
      const started = row.make({ workers: 1 });
      const up = started.ready();
      await started.shutdown();
      await up;
    });

    it("ends a map with a ShutdownError", async () => {
      const one = row.make({ workers: 1 });
      const endless = (function* () {
        for (;;) yield 1;
      })();
      const mapped = one.map(spin, endless);
      await mapped.next();
      await Promise.all([
        one.shutdown(),
        expect(async () => {
          for await (const _ of mapped);
        }).rejects.toThrow(ShutdownError),
      ]);
    });

    it("is what `await using` does at the end of the block", async () => {
      let job: Promise<number>;
      let left: Executor;
      {
        await using one = row.make({ workers: 1 });
        left = one;
        job = one.submit(add, [20, 22]);
      }
      expect(left.isShutdown).toBe(true);
      expect(left.pending).toBe(0);
      expect(await job).toBe(42);
    });
  });

  it("captures arrays' places, not their content: a job sees what is there when it starts", async () => {
    using scope = heap.scope();
    const array = scope.float64(10);
    const args: [Float64Array] = [array];
    const job = executor.it.parallelFor(fill, 10, args);
    args[0] = new Float64Array(0);
    await job;
    expect(array[9]).toBe(10);
  });
});

it("a kernel on the calling thread finds its future running", async () => {
  await using serial = new SerialExecutor();
  const seen = globalThis as { future?: { readonly state: string } };
  seen.future = serial.submit(js<() => string>("stateOfFuture"));
  expect(await seen.future).toBe("running");
  delete seen.future;
});
