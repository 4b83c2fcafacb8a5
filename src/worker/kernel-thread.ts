/** Whether this is a thread or process for kernels: a file that is program and kernel at once asks for it. */
import { UnsupportedError } from "../errors.js";
import { GUARD, ownsHeap } from "../memory/heap.js";

/**
 * Whether this thread or process was started by an executor, `toThread` or a `Thread`, to run kernels: from its first
 * import on. false where the program runs, and so in kernels of a SerialExecutor there. In a file that is program and
 * kernel, `if (!isKernelThread())` is the guard of the program.
 */
export function isKernelThread(): boolean {
  return !ownsHeap();
}

/** @throws UnsupportedError in a thread for kernels */
export function refusePools(): void {
  if (!isKernelThread()) return;
  throw new UnsupportedError(`workers can't have pools of their own: inside a kernel, use a SerialExecutor; ${GUARD}`);
}
