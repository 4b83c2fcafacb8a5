/** Listening to a signal, and waiting until it is aborted: one listener for all callers, since Node warns of a leak from the eleventh on. */

interface Listening {
  readonly callbacks: Set<() => void>;
  notify(): void;
}

const listenings = new WeakMap<AbortSignal, Listening>();

/** Calls `callback` when the signal is aborted. @returns how to withdraw it: a long-lived signal gathers nothing */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, notify } = listenings.get(signal) ?? listen(signal);
  if (callbacks.size === 0) signal.addEventListener("abort", notify, { once: true });
  callbacks.add(callback);
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) signal.removeEventListener("abort", notify);
  };
}

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

function listen(signal: AbortSignal): Listening {
  const callbacks = new Set<() => void>();
  const listening = {
    callbacks,
    notify: () => {
      for (const callback of callbacks) callback();
    },
  };
  listenings.set(signal, listening);
  return listening;
}
