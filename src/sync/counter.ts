/**
 * A number that threads change together.
 *
 *   words:  | VALUE, a signed word of 32 bits |
 */
import { optionsObject, wholeNumber } from "../validate.js";
import { checkHandle, type Placement, Shared, type SyncHandle } from "./shared.js";

const VALUE = 0;
const MIN = -(2 ** 31);
const MAX = 2 ** 31 - 1;

/** A whole number from -2^31 to 2^31 - 1, where it wraps around. Every change is one atomic step. */
export class Counter extends Shared<"Counter"> {
  /** @param value at the start, default 0 */
  constructor(value: number | SyncHandle<"Counter"> = 0, where: Placement = {}) {
    if (typeof value !== "object") {
      wholeNumber("value", value, MIN, MAX);
      optionsObject("options", where);
    }
    super("Counter", typeof value === "object" ? value : where);
    if (this.isNew) this.words[VALUE] = value as number;
  }

  /** The counter of another thread. */
  static from(handle: SyncHandle<"Counter">): Counter {
    return new Counter(checkHandle(handle, "Counter"));
  }

  get value(): number {
    return Atomics.load(this.words, VALUE);
  }

  set value(value: number) {
    Atomics.store(this.words, VALUE, wholeNumber("value", value, MIN, MAX));
  }

  /** Adds `by` (it may be negative). @returns the value after it */
  add(by = 1): number {
    return (Atomics.add(this.words, VALUE, wholeNumber("by", by, MIN, MAX)) + by) | 0;
  }

  /** Sets another value. @returns the value before */
  exchange(value: number): number {
    return Atomics.exchange(this.words, VALUE, wholeNumber("value", value, MIN, MAX));
  }

  /** Sets `value` if it is `expected` now. @returns whether it was */
  compareExchange(expected: number, value: number): boolean {
    return Atomics.compareExchange(this.words, VALUE, expected, wholeNumber("value", value, MIN, MAX)) === expected;
  }
}
