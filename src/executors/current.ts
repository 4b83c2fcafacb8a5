/** What a JS kernel may ask about the job that it runs in: set by whoever calls it, just before. */

let stopped: () => boolean = () => false;

/** Sets what `isCancelled` answers for the calls that follow on this thread. */
export function enterJob(isStopped: () => boolean): void {
  stopped = isStopped;
}

/**
 * For JS kernels: whether the job that this kernel runs in has been cancelled, or has failed elsewhere. A kernel that
 * takes longer than 40 ms should look now and then and return: otherwise cancelling costs its worker.
 */
export function isCancelled(): boolean {
  return stopped();
}
