/** A scope with a time limit, as asyncio.timeout: its signal is aborted when the time is over. */
import { setMaxListeners } from "node:events";
import { UnsupportedError } from "../errors.js";
import { after } from "../sync/async-line.js";
import { milliseconds } from "../validate.js";

/** What `timeout` gives. */
export interface TimeLimit extends Disposable {
  /** Aborted with a TimeoutError (a DOMException, as AbortSignal.timeout's) when the time is over. */
  readonly signal: AbortSignal;
  /** Whether the time was over before the scope was left. */
  readonly expired: boolean;
  /**
   * Sets the time that is left, from now; undefined: no limit.
   * @throws UnsupportedError when the time is over or the scope has been left
   */
  reschedule(ms: number | undefined): void;
}

/**
 * `using limit = timeout(500)`: pass `limit.signal` to what is done in the scope; at its end the clock stops, and nothing
 * keeps the process alive. The clock is the program's, which fake timers of a test runner drive.
 * @param ms 0 or more; undefined: no limit, until `reschedule`
 */
export function timeout(ms?: number): TimeLimit {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // as many as there are tasks in the scope
  const expire = () => controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  let stopClock = after(milliseconds("ms", ms), expire, globalThis);
  let isLeft = false;
  return {
    signal: controller.signal,
    get expired() {
      return controller.signal.aborted;
    },
    reschedule(left: number | undefined) {
      const time = milliseconds("ms", left);
      if (isLeft || controller.signal.aborted) throw new UnsupportedError("reschedule: the time or the scope is over");
      stopClock();
      stopClock = after(time, expire, globalThis);
    },
    [Symbol.dispose]() {
      isLeft = true;
      stopClock();
    },
  };
}
