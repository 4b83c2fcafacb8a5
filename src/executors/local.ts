/** Runs a job on this very thread, in slices: the whole of SerialExecutor, and small jobs everywhere. */
import { allocateInternal, freeInternal, isOnHeap } from "../memory/heap.js";
import { type BoundKernel, bindKernel, ownCopy } from "./bind.js";
import { enterJob } from "./current.js";
import { failureOf, KernelFault, rebuildFailure } from "./failure.js";
import type { Task } from "./future.js";
import type { PreparedJob, WireJob } from "./job.js";
import { isThenable, Slicer } from "./slicer.js";
import { takeTransfers } from "./transfer.js";

/** What a job yields before it is given its caller's form. */
export interface Outcome {
  sum: bigint;
  /** Values by chunk. */
  values: unknown[];
}

/** @param yieldMs how long to work before the event loop gets a turn */
export async function runLocally({ wire, chunks }: PreparedJob, task: Task, yieldMs = Infinity): Promise<Outcome> {
  const scratch = wire.scratch > 0 ? allocateInternal(wire.scratch, "scratch memory") : 0;
  let slicer: Slicer | undefined;
  let kernel: BoundKernel | undefined;
  try {
    kernel = await bindKernel(wire, { scratch });
    const bound = kernel.call;
    const isStopped = () => task.cause !== undefined;
    task.isRunning = () => true;
    if (wire.range === undefined) {
      enterJob(isStopped);
      const value = copied(bound());
      return { sum: 0n, values: [isThenable(value) ? await unlessStopped(value, wire, task) : value] };
    }
    // Elsewhere values cross to another thread: here they are copied, so that the answer is the same.
    const call = wire.range.partial === "value" ? (begin: number, end: number) => copied(bound(begin, end)) : bound;
    slicer = new Slicer(call, wire.range, kernel.lastUse);
    slicer.claim(0, chunks);
    let done = 0;
    task.itemsDone = () => done;
    let lastTurn = performance.now();
    while (slicer.begin < slicer.end && !isStopped()) {
      enterJob(isStopped);
      const step = slicer.step();
      done += typeof step === "number" ? step : await step;
      if (slicer.ended - lastTurn < yieldMs) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      lastTurn = performance.now();
    }
    return { sum: slicer.sum, values: slicer.chunks.flatMap(({ values }) => values) };
  } catch (thrown) {
    throw rebuildFailure(failureOf(wire.kernel, thrown, slicer?.slice));
  } finally {
    kernel?.release();
    takeTransfers(); // here results are copied
    if (scratch > 0) freeInternal(scratch);
  }
}

/**
 * A promise here can't be ended, and may never settle. A call that was given no shared memory need not be waited for.
 */
function unlessStopped(value: PromiseLike<unknown>, wire: WireJob, task: Task): PromiseLike<unknown> {
  if (wire.arrays.length > 0 || wire.scratch > 0) return value;
  return Promise.race([value, new Promise<void>((resolve) => task.onStop(resolve))]);
}

function copied(value: unknown): unknown {
  if (isThenable(value)) return Promise.resolve(value).then(copied);
  if (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol") return value;
  try {
    return isOnHeap(value) ? ownCopy(value) : structuredClone(value);
  } catch (cause) {
    throw new KernelFault("returned a value that can't be sent back", cause);
  }
}
