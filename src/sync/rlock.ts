/**
 * A lock that the thread that holds it may take again.
 *
 *   words:  | STATE, BELL as in lock.ts | COUNT: how often the owner has it; touched by the owner only |
 */
import { NotHeldError } from "../errors.js";
import { milliseconds } from "../validate.js";
import type { AsyncWaitOptions } from "./async-line.js";
import { type Held, hold, holdAsync } from "./held.js";
import { Owned, TAKE } from "./lock.js";
import { checkHandle, type Placement, type SyncHandle } from "./shared.js";
import type { Next } from "./waiter.js";

const COUNT = 2;

/**
 * A reentrant lock. The thread owns it: async functions of one thread do not exclude each other by it (a Lock does that),
 * `acquireAsync` only waits for other threads without blocking.
 */
export class RLock extends Owned<"RLock"> {
  constructor(where: Placement = {}) {
    super("RLock", where);
  }

  /** The lock of another thread. */
  static from(handle: SyncHandle<"RLock">): RLock {
    return new RLock(checkHandle(handle, "RLock") as Placement);
  }

  /**
   * Blocks this thread until it has the lock, once more if it has it already.
   * @param timeoutMs default: for ever; 0: does not wait
   * @returns false when the time is over
   * @throws OwnerDiedError when a thread ended while it held the lock, until `recover()`
   */
  acquire(timeoutMs?: number): boolean {
    const timeout = milliseconds("timeoutMs", timeoutMs);
    if (!this.isMine && !this.take(timeout)) return false;
    Atomics.add(this.words, COUNT, 1);
    return true;
  }

  /** The same without blocking. */
  acquireAsync(options: AsyncWaitOptions = {}): Promise<boolean> {
    // COUNT is raised as the lock is taken: another function may take and release it before the promise is looked at.
    const next: Next = (state, waiter) => (this.isMine ? state : TAKE(state, waiter));
    return this.turns.wait(next, options, { went: () => Atomics.add(this.words, COUNT, 1) });
  }

  /** @throws NotHeldError when this thread does not hold it */
  release(): void {
    if (!this.isMine) throw new NotHeldError("release: this thread does not hold the lock");
    if (Atomics.sub(this.words, COUNT, 1) <= 1) this.give();
  }

  override recover(): boolean {
    if (!super.recover()) return false;
    Atomics.store(this.words, COUNT, 1);
    return true;
  }

  /** `using held = lock.hold()`: blocks until it has the lock, and releases it at the end of the scope. */
  hold(): Held {
    return hold(this);
  }

  /** `using held = await lock.holdAsync()`. */
  holdAsync(options: Pick<AsyncWaitOptions, "signal"> = {}): Promise<Held> {
    return holdAsync(this, options);
  }

  /** @internal Releases it wholly. @returns how often it was held */
  releaseAll(): number {
    const count = Atomics.exchange(this.words, COUNT, 0);
    this.give();
    return count;
  }

  /** @internal Called when the lock has been taken back once: it is held as often as before. */
  restore(count: number): void {
    Atomics.add(this.words, COUNT, count - 1);
  }
}
