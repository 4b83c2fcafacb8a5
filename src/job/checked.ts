/**
 * The look of ALLCORES_CHECKED=1, at the end of a job and of a process's claim: whether a kernel has stored into memory that
 * no module may write.
 */
import { isChecked, restoreDamage } from "../memory/intact.js";
import { type FailedKernel, failureOf, KernelFault, rebuildFailure, STRAY } from "./failure.js";
import type { Task } from "./future.js";

/** What a kernel fails with: a KernelFault if memory was damaged since the last look, else what it threw. */
export function orStray(thrown?: unknown): unknown {
  const found = isChecked ? restoreDamage() : [];
  if (found.length === 0) return thrown;
  const text = `${found.join("; ")}, by this kernel or one of a job that ran beside it`;
  return new KernelFault(STRAY, new Error(text, { cause: thrown }));
}

/** Runs a job on memory of this thread, and looks when it has ended. A cancelled job has its outcome: it only warns. */
export function watched<T>(kernel: FailedKernel, task: Task, run: () => Promise<T>): Promise<T> {
  return isChecked ? lookAfter(kernel, task, run) : run();
}

async function lookAfter<T>(kernel: FailedKernel, task: Task, run: () => Promise<T>): Promise<T> {
  const [settled] = await Promise.allSettled([run()]);
  const thrown = settled.status === "rejected" ? settled.reason : undefined;
  const stray = orStray(thrown);
  if (stray !== thrown) {
    const error = rebuildFailure(failureOf(kernel, stray));
    if (task.cause?.cancelled) process.emitWarning(error.message, "KernelWarning");
    throw error;
  }
  if (settled.status === "rejected") throw thrown;
  return settled.value;
}
