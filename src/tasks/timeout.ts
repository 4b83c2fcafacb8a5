/** A scope with a time limit, as asyncio.timeout: its signal is aborted when the time is over. */
import { milliseconds } from "../validate.js";

const MAX_MS = 2 ** 31 - 1;

/** What `timeout` gives. */
export interface TimeLimit extends Disposable {
  /** Aborted with a TimeoutError (a DOMException, as AbortSignal.timeout's) when the time is over. */
  readonly signal: AbortSignal;
  /** Whether the time was over before the scope was left. */
  readonly expired: boolean;
  /** Sets the time that is left, from now; undefined: no limit. */
  reschedule(ms: number | undefined): void;
}

/**
 * `using limit = timeout(500)`: pass `limit.signal` to what is done in the scope; at its end the clock stops, and nothing
 * keeps the process alive.
 * @param ms 0 or more; undefined: no limit, until `reschedule`
 */
export function timeout(ms?: number): TimeLimit {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expire = () => controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  const limit = {
    signal: controller.signal,
    get expired() {
      return controller.signal.aborted;
    },
    reschedule(left: number | undefined) {
      const time = milliseconds("ms", left);
      clearTimeout(timer);
      if (time <= MAX_MS) timer = setTimeout(expire, time);
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
    },
  };
  limit.reschedule(ms);
  return limit;
}
