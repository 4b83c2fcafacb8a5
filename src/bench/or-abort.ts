/** Waits for work until a signal is aborted. */
import { onAbort } from "../abort.js";

/**
 * The work's outcome, or a rejection with the signal's reason as soon as the signal is aborted. The abort does not stop the
 * work itself: a case that takes long should listen to the same signal.
 */
export function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const withdraw = onAbort(signal, () => reject(signal.reason));
    void work.then(resolve, reject).finally(withdraw);
    if (signal.aborted) reject(signal.reason);
  });
}
