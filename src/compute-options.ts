/** Where ready-made computations run: what all of them are asked with. */
import { defaultExecutor } from "./executors/default.js";
import type { Executor } from "./executors/executor.js";
import type { RunOptions } from "./run-options.js";
import { show } from "./validate.js";

/** Where and how to compute. */
export interface ComputeOptions extends RunOptions {
  /** Default: `defaultExecutor()`, the shared pool of threads. */
  readonly executor?: Executor | undefined;
}

/** @throws TypeError for what is no executor */
export function executorOf({ executor }: ComputeOptions): Executor {
  if (executor === undefined) return defaultExecutor();
  if (typeof executor === "object" && executor !== null && typeof executor.run === "function") return executor;
  throw new TypeError(`executor must be an executor such as new ThreadExecutor(), got ${show(executor)}`);
}
