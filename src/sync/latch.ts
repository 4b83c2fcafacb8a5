/**
 * Counts down to 0 once, and then lets all waiters go on.
 *
 *   words:  | STATE = count << 4 | flags | BELL |
 */
import { milliseconds, optionsObject, wholeNumber } from "../validate.js";
import type { AsyncWaitOptions } from "./async-line.js";
import { checkHandle, type Placement, Shared, type SyncHandle } from "./shared.js";
import type { Next } from "./waiter.js";
import { MAX_VALUE, SHIFT, Word } from "./word.js";

const AT_ZERO: Next = (state) => (state >> SHIFT === 0 ? state : undefined);

export class Latch extends Shared<"Latch"> {
  readonly #word: Word;

  /** @param count how often `countDown` is to be called before waiters go on */
  constructor(count: number | SyncHandle<"Latch">, where: Placement = {}) {
    if (typeof count !== "object") {
      wholeNumber("count", count, 0, MAX_VALUE);
      optionsObject("options", where);
    }
    super("Latch", typeof count === "object" ? count : where);
    if (this.isNew) this.words[0] = (count as number) << SHIFT;
    this.#word = new Word(this.words);
  }

  /** The latch of another thread. */
  static from(handle: SyncHandle<"Latch">): Latch {
    return new Latch(checkHandle(handle, "Latch"));
  }

  /** What is left to count. */
  get count(): number {
    return this.#word.value;
  }

  /** Counts down; not below 0. */
  countDown(by = 1): void {
    wholeNumber("by", by, 1, MAX_VALUE);
    this.#word.change((state) => (state >> SHIFT === 0 ? undefined : Math.max(0, (state >> SHIFT) - by) << SHIFT));
  }

  /**
   * Blocks this thread until the count is 0.
   * @param timeoutMs default: for ever; 0: does not wait
   * @returns false when the time is over
   */
  wait(timeoutMs?: number): boolean {
    return this.#word.block(AT_ZERO, milliseconds("timeoutMs", timeoutMs));
  }

  /** The same without blocking. */
  waitAsync(options: AsyncWaitOptions = {}): Promise<boolean> {
    return this.#word.wait(AT_ZERO, options);
  }
}
