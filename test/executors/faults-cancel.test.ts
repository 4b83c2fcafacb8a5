/** Cancelling: soon, without a trace, and at no cost to workers that return when they are told. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { heap } from "allcores";
import { describe, expect, it, vi } from "vitest";
import { expectWorkersKept, workersOf } from "../support/cancel.js";
import { add, count, forever, identity, js, type Range, spin, spinItems, wasm } from "../support/kernels.js";
import { isLinux, temporaryFolder, threadCount } from "../support/system.js";
import { type ExecutorRow, executors, shared, withWorkers } from "./all.js";

/** Fixed at 50 ms on threads, where a slice is 5 ms; the rest is for a machine that is busy otherwise. */
const SOON_MS = 150;
/** A worker that does not return costs 40 ms of grace, and its end. */
const ENDED_MS = 500;

const running = (future: { state: string }) =>
  vi.waitFor(() => expect(future.state).toBe("running"), { interval: 1, timeout: 10_000 });
const exists = (path: string) =>
  vi.waitFor(() => expect(existsSync(path)).toBe(true), { interval: 2, timeout: 10_000 });

/** How long a job takes to reject after its signal is aborted. */
async function timeToReject(start: (signal: AbortSignal) => Promise<unknown> & { state?: string }): Promise<number> {
  const controller = new AbortController();
  const reason = new Error("cancelled by the test");
  const job = start(controller.signal);
  const rejected = job.then(
    () => expect.unreachable("it should not finish"),
    (caught: unknown) => caught,
  );
  await new Promise((resolve) => setTimeout(resolve, 60)); // under way: these can't tell
  const begin = performance.now();
  controller.abort(reason);
  expect(await rejected).toBe(reason);
  return performance.now() - begin;
}

const spinCounting = js<Range<[ms: number, counts: Uint32Array]>>("spinAccumulating");
const counts = heap.uint32(3);

describe.each(executors)("$kind", (row) => {
  const executor = shared(row);

  // The built-in computations are in kernels/cancel.
  it.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
    ["a range of a JS kernel", (signal) => executor.it.parallelFor(spinItems, 1e6, [0.5], { signal })],
    [
      "values of a JS kernel",
      (signal) => executor.it.run({ kernel: spinItems, n: 1e6, grain: 2, args: [1], partial: "value" }, { signal }),
    ],
    [
      "accumulators of a JS kernel",
      (signal) => executor.it.parallelReduce(spinCounting, 1e6, [1], { out: counts, combine: "sum", grain: 2, signal }),
    ],
    ["a Wasm kernel", (signal) => executor.it.parallelFor(wasm<Range>("spin"), 1e6, [], { signal })],
  ])("ends %s soon, and keeps the workers", async (_, start) => {
    await expectWorkersKept(executor.it, SOON_MS, () => timeToReject(start));
  });

  it("tells a kernel that asks", async () => {
    const future = executor.it.parallelFor(js<Range>("untilCancelledRange"), 1000, [], { grain: 1 });
    if (row.workers === "none") {
      future.cancel(); // on this very thread nobody else could
    } else {
      await running(future);
      future.cancel();
    }
    await expect(future).rejects.toThrow("aborted");
    expect(await executor.it.submit(add, [1, 2])).toBe(3);
  });

  it("leaves nothing of 2,000 jobs on one signal: no warning, no listener", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    const added = vi.spyOn(signal, "addEventListener");
    const results: number[] = [];
    for (let i = 0; i < 2; i++)
      results.push(
        ...(await Promise.all(Array.from({ length: 1000 }, (_, j) => executor.it.submit(add, [i, j], { signal })))),
      );
    expect(results).toEqual(Array.from({ length: 2000 }, (_, k) => Math.floor(k / 1000) + (k % 1000)));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", listen);
    expect(warnings).toEqual([]);
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
  });

  it.each([0, 1, 2, 3, 4, 5, 8])("ends a call that is cancelled %i microtasks after it was made", async (ticks) => {
    // On this very thread a call can't be stopped: there it is short.
    const long = row.workers === "none" ? executor.it.submit(spin, [1]) : executor.it.submit(forever, []);
    const range = executor.it.parallelFor(spinItems, 1e6, [1]);
    for (let tick = 0; tick < ticks; tick++) await null;
    const isStopped = long.cancel("enough");
    // So short a call may be over by then.
    expect(isStopped || row.workers === "none").toBe(true);
    expect(range.cancel("enough")).toBe(true);
    await (isStopped ? expect(long).rejects.toBe("enough") : long);
    await expect(range).rejects.toBe("enough");
    expect(await executor.it.submit(add, [1, 2])).toBe(3);
  });

  it("cancels 1,000 queued jobs at once by one signal", async () => {
    const controller = new AbortController();
    const reason = new Error("all of you");
    const jobs = Array.from({ length: 1000 }, () => executor.it.submit(identity, [1], { signal: controller.signal }));
    controller.abort(reason);
    const outcomes = await Promise.allSettled(jobs);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toBe(reason);
      else expect(outcome.value).toBe(1);
    expect(outcomes.at(-1)?.status).toBe("rejected");
    expect(executor.it.pending).toBe(0);
  });
});

describe.each(withWorkers)("$kind: a kernel that does not return", (row) => {
  const one = shared(row, 1);
  const two = shared(row, 2);

  it.each<
    [string, (executor: ReturnType<ExecutorRow["make"]>, mark: string) => { cancel(): boolean } & Promise<unknown>]
  >([
    ["a JS call", (it, mark) => it.submit(forever, [mark])],
    ["a promise that never settles", (it, mark) => it.submit(js<(mark: string) => Promise<void>>("never"), [mark])],
    ["a Wasm call", (it) => it.submit(wasm("forever"))],
    ["a JS range", (it, mark) => it.parallelFor(js<Range<[mark: string]>>("foreverRange"), 1, [mark])],
  ])("%s costs its own worker, and no other", async (name, start) => {
    const executor = two.it;
    const before = await workersOf(executor);
    const threads = isLinux ? threadCount() : 0;
    const mark = join(temporaryFolder(), "started");
    const future = start(executor, mark);
    const marks = name !== "a Wasm call";
    await (marks ? exists(mark) : running(future as never));
    const begin = performance.now();
    expect(future.cancel()).toBe(true);
    await expect(future).rejects.toMatchObject({ name: "AbortError" });
    expect(performance.now() - begin).toBeLessThan(ENDED_MS);
    const after = await workersOf(executor);
    const kept = after.filter((worker) => before.includes(worker));
    // A worker that had not begun must only not begin.
    if (marks) expect(kept).toHaveLength(1);
    else expect(kept).not.toHaveLength(0);
    if (isLinux) expect(threadCount()).toBe(threads);
  });

  // A call has no file through which a busy process could be told: there it costs the process.
  it.skipIf(row.kind === "processes")("is not ended when it returns in time", async () => {
    const executor = one.it;
    const before = await workersOf(executor);
    const mark = join(temporaryFolder(), "mark");
    const future = executor.submit(js<(mark: string) => void>("untilCancelled"), [mark]);
    await exists(mark);
    future.cancel();
    await expect(future).rejects.toThrow("aborted");
    expect(readFileSync(mark, "utf8")).toBe("cancelled");
    expect(await workersOf(executor)).toEqual(before);
  });

  it("does not hold up the cancelling of one that waits behind it", async () => {
    const executor = one.it;
    const first = executor.submit(forever, []);
    const second = executor.submit(add, [1, 2]);
    const third = executor.submit(add, [3, 4]);
    await running(first);
    expect(second.state).toBe("pending");
    second.cancel("no longer wanted");
    await expect(second).rejects.toBe("no longer wanted");
    expect(first.state).toBe("running");
    first.cancel();
    await expect(first).rejects.toThrow("aborted");
    expect(await third).toBe(7);
  });

  it("harms no other job when it returns in the very moment in which it is ended", async () => {
    for (let i = 0; i < 5; i++) {
      const late = one.it.submit(spin, [42 + 2 * i]);
      const queued = one.it.submit(add, [i, 0]);
      await running(late);
      late.cancel();
      await late.catch(() => {});
      expect(await Promise.all([queued, one.it.submit(add, [i, 1])])).toEqual([i, i + 1]);
    }
  });

  it("can be cancelled while the workers start, again and again", async () => {
    await using executor = row.make({ workers: 2 });
    for (let i = 0; i < 6; i++) {
      const jobs = [executor.submit(spin, [50]), executor.parallelFor(spinItems, 100, [1])];
      await new Promise((resolve) => setTimeout(resolve, i * 16)); // any moment of a start must do
      for (const job of jobs) job.cancel();
      await Promise.allSettled(jobs);
    }
    using scope = heap.scope();
    const hits = scope.int32(1000);
    await executor.parallelFor(count, 1000, [hits]);
    expect(hits.every((value) => value === 1)).toBe(true);
  });
});
