/**
 * A number of permits.
 *
 *   words:  | STATE = permits << 4 | flags | BELL | BOUND: permits at most (BoundedSemaphore) |
 *
 * `acquire` takes a permit away as soon as there is one, `release` adds some. Permits of a thread that ended are not given
 * back: the words do not say which thread has one.
 */
import { milliseconds, optionsObject, wholeNumber } from "../validate.js";
import type { AsyncWaitOptions } from "./async-line.js";
import { type Held, hold, holdAsync } from "./held.js";
import { checkHandle, type Placement, Shared, type SyncHandle } from "./shared.js";
import { flagsTaken, hasTurn, Turns } from "./turns.js";
import type { Next } from "./waiter.js";
import { FLAGS, MAX_VALUE, SHIFT } from "./word.js";

const STATE = 0;
const BOUND = 2;
const ONE = 1 << SHIFT;

const TAKE: Next = (state, waiter) => {
  if (state < ONE || !hasTurn(state, waiter)) return undefined;
  return ((state & ~FLAGS) - ONE) | flagsTaken(state, waiter);
};

/** What Semaphore and BoundedSemaphore share. */
abstract class Permits<Kind extends "Semaphore" | "BoundedSemaphore"> extends Shared<Kind> {
  readonly #turns: Turns;

  protected constructor(kind: Kind, permits: number | SyncHandle<Kind>, where: Placement = {}) {
    if (typeof permits !== "object") {
      wholeNumber("permits", permits, 0, MAX_VALUE);
      optionsObject("options", where);
    }
    super(kind, typeof permits === "object" ? permits : where);
    if (this.isNew) {
      this.words[STATE] = (permits as number) << SHIFT;
      this.words[BOUND] = kind === "BoundedSemaphore" ? (permits as number) : MAX_VALUE;
    }
    this.#turns = new Turns(this.words, (state) => state >= ONE);
  }

  /** Permits left at this moment. */
  get value(): number {
    return this.#turns.value;
  }

  /**
   * Blocks this thread until it has a permit.
   * @param timeoutMs default: for ever; 0: does not wait
   * @returns false when the time is over
   */
  acquire(timeoutMs?: number): boolean {
    const timeout = milliseconds("timeoutMs", timeoutMs);
    const state = Atomics.load(this.words, STATE);
    if (state >= ONE && (state & FLAGS) === 0 && this.#turns.exchange(state, state - ONE)) return true;
    return this.#turns.block(TAKE, timeout);
  }

  /** The same without blocking. */
  acquireAsync(options: AsyncWaitOptions = {}): Promise<boolean> {
    return this.#turns.wait(TAKE, options);
  }

  /**
   * Gives permits back, or adds new ones.
   * @throws RangeError when there would be more than the bound
   */
  release(count = 1): void {
    wholeNumber("count", count, 1, MAX_VALUE);
    this.#turns.post((state) => {
      const permits = (state >> SHIFT) + count;
      if (permits > (this.words[BOUND] as number))
        throw new RangeError(`release: the semaphore has ${this.words[BOUND]} permits, this would make ${permits}`);
      return permits << SHIFT;
    }, count);
  }

  /** `using held = semaphore.hold()`: blocks until it has a permit, and gives it back at the end of the scope. */
  hold(): Held {
    return hold(this);
  }

  /** `using held = await semaphore.holdAsync()`. */
  holdAsync(options: Pick<AsyncWaitOptions, "signal"> = {}): Promise<Held> {
    return holdAsync(this, options);
  }
}

/** Permits for up to 2^27 - 1 at a time; `release` may make more than there were. */
export class Semaphore extends Permits<"Semaphore"> {
  /** @param permits free ones at the start, default 1 */
  constructor(permits: number | SyncHandle<"Semaphore"> = 1, where?: Placement) {
    super("Semaphore", permits, where);
  }

  /** The semaphore of another thread. */
  static from(handle: SyncHandle<"Semaphore">): Semaphore {
    return new Semaphore(checkHandle(handle, "Semaphore"));
  }
}

/** A semaphore that refuses to have more permits than it started with: a release too many is a RangeError. */
export class BoundedSemaphore extends Permits<"BoundedSemaphore"> {
  /** @param permits free ones at the start, and at most; default 1 */
  constructor(permits: number | SyncHandle<"BoundedSemaphore"> = 1, where?: Placement) {
    super("BoundedSemaphore", permits, where);
  }

  /** The semaphore of another thread. */
  static from(handle: SyncHandle<"BoundedSemaphore">): BoundedSemaphore {
    return new BoundedSemaphore(checkHandle(handle, "BoundedSemaphore"));
  }
}
