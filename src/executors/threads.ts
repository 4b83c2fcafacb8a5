/** A pool of worker threads over the shared heap, which tinypool starts and ends. */
import { packageFile } from "../locate.js";
import { type WorkerOptions, workerCount } from "../pool/cores.js";
import { ExclusiveWorkers } from "../pool/exclusive.js";
import { LeasedThreads } from "../pool/leased.js";
import type { SharedReply, SharedTask } from "../worker/shared-job.js";
import { TaskShorthand } from "../worker/task-shorthand.js";
import { type CallerOptions, mayCallerRun } from "./caller-share.js";
import { type MakePool, SharedMemoryExecutor } from "./shared-memory.js";

const leased: MakePool = ({ size, onWaiting, workerData, onMessage }) => {
  const entry = packageFile("worker/entry/thread.js");
  const shorthand = () => new TaskShorthand();
  const source = new LeasedThreads<SharedTask, SharedReply>({ entry, size, workerData, onMessage, shorthand });
  return new ExclusiveWorkers({ source, size, onWaiting });
};

/** Options of a ThreadExecutor. */
export interface ThreadExecutorOptions extends WorkerOptions, CallerOptions {}

/**
 * Runs kernels in a pool of worker threads that share the heap: arrays on it are not copied, and a job costs one wake-up a worker. The executor to prefer, unless the work must be kept apart from this process.
 *
 * Workers claim chunks as they go, so uneven work ends together; several jobs share the pool fairly, by turns of 5 ms.
 * Cancelling takes about 5 ms and keeps the workers warm; a kernel that does not return within 40 ms costs its worker.
 */
export class ThreadExecutor extends SharedMemoryExecutor<"threads"> {
  constructor(options: ThreadExecutorOptions = {}) {
    const workers = workerCount(options);
    super("threads", workers, leased, mayCallerRun(options));
  }
}
