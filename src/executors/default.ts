/** The executor that is used when none is named. */
import { ownsHeap } from "../memory/heap.js";
import type { Executor } from "./executor.js";
import { SerialExecutor } from "./serial.js";
import { ThreadExecutor } from "./threads.js";

let shared: Executor | undefined;

/**
 * The shared executor: a ThreadExecutor, made on first use (inside a worker a SerialExecutor). It never keeps the process
 * alive and need not be shut down; after a shutdown the next call makes another.
 */
export function defaultExecutor(): Executor {
  if (shared === undefined || shared.isShutdown) shared = ownsHeap() ? new ThreadExecutor() : new SerialExecutor();
  return shared;
}
