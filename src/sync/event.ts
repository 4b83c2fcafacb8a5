/**
 * A flag that threads wait for.
 *
 *   words:  | STATE = (times << 1 | isSet) << 4 | flags | BELL |
 *
 * `set` counts `times` up, so that a waiter sees that the event was set even if it has been cleared since (Python: bpo-8844
 * and the like), and wakes all waiters.
 */
import { milliseconds } from "../validate.js";
import type { AsyncWaitOptions } from "./async-line.js";
import { checkHandle, type Placement, Shared, type SyncHandle } from "./shared.js";
import type { Next } from "./waiter.js";
import { FLAGS, MAX_VALUE, SHIFT, Word } from "./word.js";

const SET = 1 << SHIFT;
const ONCE = 2 << SHIFT;
const MAX = MAX_VALUE << SHIFT;

export class Event extends Shared<"Event"> {
  readonly #word: Word;

  constructor(where: Placement = {}) {
    super("Event", where);
    this.#word = new Word(this.words);
  }

  /** The event of another thread. */
  static from(handle: SyncHandle<"Event">): Event {
    return new Event(checkHandle(handle, "Event") as Placement);
  }

  get isSet(): boolean {
    return (this.#word.state & SET) !== 0;
  }

  /** Lets all waiters go on, and all later ones until `clear`. */
  set(): void {
    this.#word.change((state) => (state & SET ? undefined : (((state & MAX) + ONCE) & MAX) | SET));
  }

  /** Makes later calls of `wait` wait. */
  clear(): void {
    for (;;) {
      const { state } = this.#word;
      if ((state & SET) === 0 || this.#word.exchange(state, state & ~SET)) return;
    }
  }

  /**
   * Blocks this thread until the event is set.
   * @param timeoutMs default: for ever; 0: does not wait
   * @returns false when the time is over
   */
  wait(timeoutMs?: number): boolean {
    return this.#word.block(this.#next(), milliseconds("timeoutMs", timeoutMs));
  }

  /** The same without blocking. */
  waitAsync(options: AsyncWaitOptions = {}): Promise<boolean> {
    return this.#word.wait(this.#next(), options);
  }

  #next(): Next {
    const times = this.#word.state & ~SET & ~FLAGS;
    return (state) => (state & SET || (state & ~SET & ~FLAGS) !== times ? state : undefined);
  }
}
