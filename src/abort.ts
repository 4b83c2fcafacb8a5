/** Listening to a signal: one listener for all callers, since Node warns of a leak from the eleventh on. */

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
