/** Async-wrapped workers: `toThread`, and the executor that splits a job over such calls. */

import type { Future } from "../job/future.js";
import type { AnyFunction, Kernel } from "../job/handles.js";
import { packageFile } from "../locate.js";
import { allowedCores, type WorkerOptions, workerCount } from "../pool/cores.js";
import { DedicatedThreads } from "../pool/dedicated.js";
import { ExclusiveWorkers } from "../pool/exclusive.js";
import type { SubmitOptions } from "../run-options.js";
import type { SharedReply, SharedTask } from "../worker/shared-job.js";
import type { CallArgs } from "./executor.js";
import { type MakePool, SharedMemoryExecutor } from "./shared-memory.js";

/** How long `toThread` keeps an idle worker, in ms: a start costs 25-40 ms. */
const KEEP_IDLE_MS = 5000;
/** Workers of `toThread` beyond the cores: some calls wait more than they compute. */
const SPARE_WORKERS = 4;

/** @param keepIdleMs how long an idle worker is kept; always, if undefined */
const dedicated =
  (keepIdleMs?: number): MakePool =>
  ({ size, onWaiting, workerData, onMessage }) => {
    const entry = packageFile("worker/entry/dedicated.js");
    const source = new DedicatedThreads<SharedTask, SharedReply>({ entry, workerData, onMessage });
    return new ExclusiveWorkers({ source, size, onWaiting, keepIdleMs });
  };

/**
 * Prefer ThreadExecutor for throughput: a call through its pool needs no event loop, and its idle workers cost nothing. Prefer
 * this one when a call must have its worker to itself: kernels that are asynchronous (timers, ports and streams of theirs
 * live on in a worker that runs an event loop), that wait or block, or that may be ended at any time.
 *
 * Each call runs in a `node:worker_threads` worker that it has to itself for as long as it runs, and is awaited like any
 * async function; a job over a range is split over as many such calls as there are workers. All share the heap.
 */
export class AsyncExecutor extends SharedMemoryExecutor<"async"> {
  constructor(options: WorkerOptions = {}) {
    super("async", workerCount(options), dedicated());
  }
}

let freeStanding: SharedMemoryExecutor | undefined;

/**
 * Runs one call in a worker thread that it has to itself, as `asyncio.to_thread` does: `await toThread(kernel, args)`.
 * At most cores + 4 at once, the rest wait; a few idle workers are kept for 5 s, and never keep the process alive.
 * @returns as `submit`
 */
export function toThread<F extends AnyFunction, Named extends object = never>(
  kernel: Kernel<F, Named>,
  ...rest: CallArgs<F, SubmitOptions, Named>
): Future<Awaited<ReturnType<F>>> {
  freeStanding ??= new SharedMemoryExecutor("async", allowedCores() + SPARE_WORKERS, dedicated(KEEP_IDLE_MS));
  return freeStanding.submit(kernel, ...rest);
}
