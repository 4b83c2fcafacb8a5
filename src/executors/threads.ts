/** A tinypool pool of worker threads over the shared heap. */
import { packageFile } from "../locate.js";
import { type WorkerOptions, workerCount } from "../pool/cores.js";
import { ExclusiveWorkers } from "../pool/exclusive.js";
import { LeasedThreads } from "../pool/leased.js";
import { optionalPlain } from "../validate.js";
import type { SharedReply, SharedTask } from "../worker/shared-job.js";
import { TaskShorthand } from "../worker/task-shorthand.js";
import { type MakePool, SharedMemoryExecutor } from "./shared-memory.js";

const leased: MakePool = ({ size, onWaiting, workerData, onMessage }) => {
  const entry = packageFile("worker/entry/thread.js");
  const shorthand = () => new TaskShorthand();
  const source = new LeasedThreads<SharedTask, SharedReply>({ entry, size, workerData, onMessage, shorthand });
  return new ExclusiveWorkers({ source, size, onWaiting });
};

/** Options of a ThreadExecutor. */
export interface ThreadExecutorOptions extends WorkerOptions {
  /**
   * Whether compiled kernels may run on the caller's thread (default true): in ranges whose rate the last job has measured,
   * for at most 1 ms a job, in slices of 0.1 ms. JS kernels never do. A loop without end there could not be ended: a call
   * that takes over 1 ms is the last one of its kernel on the caller's thread, and there is a warning.
   */
  readonly callerRuns?: boolean | undefined;
}

/**
 * Runs kernels in a pool of worker threads that share the heap: arrays on it are not copied, and a job costs one message a worker
 * (30 us). The executor to prefer, unless the work must be kept apart from this process.
 *
 * Workers claim chunks as they go, so uneven work ends together; several jobs share the pool fairly, by turns of 5 ms.
 * Cancelling takes about 5 ms and keeps the workers warm; a kernel that does not return within 40 ms costs its worker.
 */
export class ThreadExecutor extends SharedMemoryExecutor<"threads"> {
  constructor(options: ThreadExecutorOptions = {}) {
    const workers = workerCount(options);
    optionalPlain("callerRuns", "boolean", options.callerRuns);
    super("threads", workers, leased, options.callerRuns ?? true);
  }
}
