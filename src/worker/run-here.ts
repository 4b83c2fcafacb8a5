/** Runs a job on this very thread, in slices: the whole of SerialExecutor, and small jobs everywhere. */

import { failureOf, isFault, KernelFault, rebuildFailure } from "../job/failure.js";
import type { Task } from "../job/future.js";
import type { PreparedJob, WireJob } from "../job/job.js";
import { allocateInternal, freeInternal } from "../memory/heap.js";
import { performance, setImmediate } from "../timers.js";
import { alone, type BoundKernel, bindKernel, NOT_SENT } from "./bind.js";
import { asCall } from "./current-call.js";
import { isRefusal } from "./load.js";
import { isThenable, Slicer } from "./slicer.js";

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
    kernel = await bindKernel(wire, { scratch, isLocal: true });
    const bound = kernel.call;
    const isStopped = () => task.cause !== undefined;
    task.isRunning = () => true;
    if (wire.range === undefined) {
      const call = () => {
        const value = copied(bound());
        return isThenable(value) ? unlessStopped(value, wire, task) : value;
      };
      const { result, left } = await asCall(wire.kernel, isStopped, call);
      if (left) throw left; // in a kernel that runs jobs itself
      return { sum: 0n, values: [result] };
    }
    // Elsewhere values cross to another thread: here they are copied, so that the answer is the same.
    const call = wire.range.partial === "value" ? (begin: number, end: number) => copied(bound(begin, end)) : bound;
    const slices = new Slicer(call, wire.range, kernel.lastUse);
    slicer = slices;
    slices.claim(0, chunks);
    let done = 0;
    task.itemsDone = () => done;
    const { left } = await asCall(wire.kernel, isStopped, async () => {
      let lastTurn = performance.now();
      while (slices.begin < slices.end && !isStopped()) {
        const step = slices.step();
        done += typeof step === "number" ? step : await step;
        if (slices.ended - lastTurn < yieldMs) continue;
        await new Promise<void>((resolve) => setImmediate(resolve));
        lastTurn = performance.now();
      }
    });
    if (left) throw left;
    return { sum: slices.sum, values: slices.chunks.flatMap(({ values }) => values) };
  } catch (thrown) {
    if (isFault(thrown) && isRefusal(thrown.cause)) throw thrown.cause;
    throw rebuildFailure(failureOf(wire.kernel, thrown, slicer?.slice));
  } finally {
    kernel?.release();
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
    const part = alone(value);
    return part === value ? structuredClone(value) : part;
  } catch (cause) {
    throw new KernelFault(NOT_SENT, cause);
  }
}
