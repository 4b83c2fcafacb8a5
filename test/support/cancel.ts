/** Cancels, and what they may cost: the function for sure, the time by the best of several. */
import { type Executor, heap } from "allcores";
import { expect } from "vitest";
import { spin, whoAmI } from "./kernels.js";

/** How long a worker may take to return, in ms, before a cancel ends it. */
const GRACE_MS = 40;
const ATTEMPTS = 10;

/** `pid/threadId` of all workers: busy ones leave the next call to another. */
export async function workersOf(executor: Executor): Promise<string[]> {
  const seen = new Set<string>();
  for (let round = 0; seen.size < executor.concurrency && round < 100; round++) {
    const calls = Array.from({ length: 2 * executor.concurrency }, () => [
      executor.submit(spin, [2]),
      executor.submit(whoAmI),
    ]);
    for (const worker of await Promise.all(calls.flat())) if (typeof worker === "string") seen.add(worker);
  }
  return [...seen].sort();
}

/**
 * Cancels jobs, several times. A cancel that takes less than the grace must keep the workers: that is sure, and at least one
 * must be so quick. A busy machine may keep a worker from the processor for longer than the grace, and so cost it.
 * @param cancel starts a job, cancels it, and returns how many ms it took to reject
 */
export async function expectWorkersKept(
  executor: Executor,
  boundMs: number,
  cancel: (attempt: number) => Promise<number>,
): Promise<void> {
  let before = await workersOf(executor);
  const stats = heap.stats();
  const times: number[] = [];
  let kept = 0;
  for (let attempt = 0; attempt < ATTEMPTS && (kept === 0 || attempt < 2); attempt++) {
    const ms = await cancel(attempt);
    times.push(ms);
    const after = await workersOf(executor);
    if (ms < GRACE_MS) {
      expect(after).toEqual(before);
      kept++;
    }
    before = after;
    expect(heap.stats()).toEqual(stats);
    expect(executor.pending).toBe(0);
  }
  expect(kept, `cancels under ${GRACE_MS} ms, of ${times.map(Math.round)}`).toBeGreaterThan(0);
  expect(Math.min(...times)).toBeLessThan(boundMs);
}
