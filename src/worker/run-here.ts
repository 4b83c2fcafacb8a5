/** Runs a job on this very thread, in slices: the whole of SerialExecutor, and small jobs everywhere. */
import { byteLength } from "../job/array-argument.js";
import { failureOf, isFault, rebuildFailure } from "../job/failure.js";
import type { Task } from "../job/future.js";
import { joinPartials, type Outcome, partialsOfCall } from "../job/partials.js";
import type { PreparedJob } from "../job/prepare.js";
import type { WireAccumulation, WireJob } from "../job/wire-job.js";
import { allocateInternal, freeInternal } from "../memory/heap.js";
import { performance, setImmediate } from "../timers.js";
import { isThenable } from "../validate.js";
import { bindRange, watchedKernel } from "./accumulating.js";
import type { BoundKernel } from "./bind.js";
import { asCall } from "./current-call.js";
import { allocateTree, type TreePlace } from "./join-tree.js";
import { isRefusal } from "./load.js";
import { cloned } from "./result.js";
import { Slicer } from "./slicer.js";

/** What a job here asks of its task, and tells it. */
export type TaskHere = Pick<Task, "cause" | "onStop" | "isRunning" | "itemsDone">;

/** @param yieldMs how long to work before the event loop gets a turn */
export async function runHere({ wire, chunks }: PreparedJob, task: TaskHere, yieldMs = Infinity): Promise<Outcome> {
  // A kernel gets one of both, last.
  const scratch = wire.scratch > 0 ? allocateInternal(wire.scratch, "scratch memory") : 0;
  const tree = wire.accumulation && treeHere(wire, wire.accumulation);
  const isStopped = () => task.cause !== undefined;
  let slicer: Slicer | undefined;
  let kernel: BoundKernel | undefined;
  try {
    kernel = await bindRange(wire, { scratch, isLocal: true }, tree);
    const { call } = kernel;
    task.isRunning = () => true;
    if (wire.range === undefined) {
      const { result, left } = await asCall(wire.kernel, isStopped, () => unlessStopped(cloned(call()), wire, task));
      if (left) throw left; // in a kernel that runs jobs itself
      return joinPartials([partialsOfCall(result)]);
    }
    const slices = Slicer.of(kernel, wire.range, cloned);
    slicer = slices;
    slices.claim(0, chunks);
    let done = 0;
    task.itemsDone = () => done;
    const { left } = await asCall(watchedKernel(wire), isStopped, async () => {
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
    return joinPartials([slices]);
  } catch (thrown) {
    if (isFault(thrown) && isRefusal(thrown.cause)) throw thrown.cause;
    throw rebuildFailure(failureOf(wire.kernel, thrown, slicer?.slice));
  } finally {
    kernel?.release();
    if (scratch > 0) freeInternal(scratch);
    if (tree) freeInternal(tree.pointer);
  }
}

/** The accumulators of this thread alone. */
function treeHere({ kernel }: WireJob, accumulation: WireAccumulation): TreePlace {
  const { chunks } = accumulation;
  const bytes = byteLength(accumulation);
  return allocateTree({ slots: 1, first: 0, last: chunks, chunks, bytes }, kernel.label);
}

/**
 * A promise here can't be ended, and may never settle. A call that was given no shared memory need not be waited for.
 */
function unlessStopped(value: unknown, wire: WireJob, task: TaskHere): unknown {
  if (!isThenable(value) || wire.arrays.length > 0 || wire.scratch > 0) return value;
  return Promise.race([value, new Promise<void>((resolve) => task.onStop(resolve))]);
}
