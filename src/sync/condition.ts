/**
 * Threads that hold a lock and wait for a change of what it guards.
 *
 *   words:  | - | - | TICKET: the next waiter's number | USED: slots in use at most | - ... | slot 0 | slot 1 | ... |
 *   a slot: | STATE: free, WAITING, NOTIFIED | TICKET | AGENT |
 *
 * Only the holder of the lock takes slots and chooses waiters, by their tickets: so `notify(n)` wakes the n that have
 * waited longest, of the waiters at that moment only. Each waiter sleeps on a separate slot, whether it blocks or awaits: no
 * abandoned wait can swallow another's wake-up. A time-out or abort is settled with the lock held: a waiter that had been
 * notified by then was notified. Waiters whose thread has ended are passed over.
 */
import { onAbort } from "../abort.js";
import { NotHeldError, UnsupportedError } from "../errors.js";
import { clearInterval, performance, setInterval } from "../timers.js";
import { milliseconds, optionsObject, show, wholeNumber } from "../validate.js";
import { agentId, isAlive, isEntered, joinAgents, sleepOn } from "./agents.js";
import { armWord } from "./arm.js";
import { type AsyncWaitOptions, after, checkWaitOptions } from "./async-line.js";
import type { Held } from "./held.js";
import { Lock } from "./lock.js";
import { LOOK } from "./look.js";
import { RLock } from "./rlock.js";
import { checkHandle, type Placement, Shared, type SyncHandle } from "./shared.js";

const TICKET = 2;
const USED = 3;
const SLOTS = 16;
const SLOT = 4;
const OF_TICKET = 1;
const OF_AGENT = 2;
const FREE = 0;
const WAITING = 1;
const NOTIFIED = 2;
/** Waiters at a time. */
const MAX_WAITERS = 1024;

/** The handle of a condition: it brings its lock along. */
export interface ConditionHandle extends SyncHandle<"Condition"> {
  readonly lock: SyncHandle<"Lock"> | SyncHandle<"RLock">;
}

export class Condition extends Shared<"Condition"> {
  declare readonly handle: ConditionHandle;
  /** The lock that is held around every wait and notify. */
  readonly lock: Lock | RLock;
  readonly #agents: Int32Array<SharedArrayBuffer>;

  /** @param lock default: a new RLock, as in Python */
  constructor(lock: Lock | RLock | ConditionHandle = new RLock(), where: Placement = {}) {
    const isLock = lock instanceof Lock || lock instanceof RLock;
    if (!isLock && (lock as Partial<ConditionHandle> | null)?.kind !== "Condition")
      throw new TypeError(`lock must be a Lock or RLock, got ${show(lock)}`);
    optionsObject("options", where);
    super("Condition", isLock ? where : lock, SLOTS + MAX_WAITERS * SLOT);
    this.lock = isLock ? lock : lock.lock.kind === "Lock" ? Lock.from(lock.lock) : RLock.from(lock.lock);
    if (isLock) this.handle = Object.freeze({ ...this.handle, lock: lock.handle });
    this.#agents = joinAgents(this.handle.agents);
  }

  /** The condition of another thread. */
  static from(handle: ConditionHandle): Condition {
    return new Condition(checkHandle(handle, "Condition") as ConditionHandle);
  }

  /** Takes its lock: as `lock.acquire`. */
  acquire(timeoutMs?: number): boolean {
    return this.lock.acquire(timeoutMs);
  }

  /** The same without blocking. */
  acquireAsync(options: AsyncWaitOptions = {}): Promise<boolean> {
    return this.lock.acquireAsync(options);
  }

  /** @throws NotHeldError when its lock is not held */
  release(): void {
    this.lock.release();
  }

  /** `using held = condition.hold()`: holds its lock to the end of the scope. */
  hold(): Held {
    return this.lock.hold();
  }

  /** `using held = await condition.holdAsync()`. */
  holdAsync(options: Pick<AsyncWaitOptions, "signal"> = {}): Promise<Held> {
    return this.lock.holdAsync(options);
  }

  /**
   * Releases the lock, blocks until notified, and takes the lock again. Look at what you wait for in a loop, or use
   * `waitFor`: it may have changed again by then.
   * @param timeoutMs default: for ever
   * @returns false when the time is over: the lock is held then too
   * @throws NotHeldError when this thread does not hold the lock
   */
  wait(timeoutMs?: number): boolean {
    const timeout = milliseconds("timeoutMs", timeoutMs);
    const slot = this.#enter();
    const count = this.#release();
    const end = performance.now() + timeout;
    for (let left = timeout; left > 0 && this.#isWaiting(slot); left = end - performance.now())
      sleepOn(this.words, slot, WAITING, Math.min(left, LOOK.ms));
    try {
      this.lock.acquire();
    } catch (error) {
      Atomics.store(this.words, slot, FREE); // an OwnerDiedError
      throw error;
    }
    return this.#leave(slot, count);
  }

  /** The same without blocking. An abort rejects with the signal's reason; the lock is held then too. */
  async waitAsync(options: AsyncWaitOptions = {}): Promise<boolean> {
    const timeout = checkWaitOptions(options);
    const { signal } = options;
    signal?.throwIfAborted();
    const slot = this.#enter();
    const count = this.#release();
    await this.#sleep(slot, timeout, signal);
    await this.lock.acquireAsync().catch((error) => {
      Atomics.store(this.words, slot, FREE); // an OwnerDiedError
      throw error;
    });
    const notified = this.#leave(slot, count);
    if (!notified) signal?.throwIfAborted();
    return notified;
  }

  /** Waits until `predicate`, which is called with the lock held, returns a truthy value. @returns its last answer */
  waitFor<T>(predicate: () => T, timeoutMs?: number): T {
    const end = performance.now() + milliseconds("timeoutMs", timeoutMs);
    let answer = predicate();
    for (let left = end - performance.now(); !answer && left > 0; left = end - performance.now()) {
      this.wait(left);
      answer = predicate();
    }
    return answer;
  }

  /** The same without blocking. */
  async waitForAsync<T>(predicate: () => T, options: AsyncWaitOptions = {}): Promise<T> {
    const end = performance.now() + checkWaitOptions(options);
    let answer = predicate();
    for (let left = end - performance.now(); !answer && left > 0; left = end - performance.now()) {
      await this.waitAsync({ signal: options.signal, timeout: left });
      answer = predicate();
    }
    return answer;
  }

  /**
   * Wakes the `count` waiters that have waited longest; they go on one after the other, as they get the lock.
   * @throws NotHeldError when this thread does not hold the lock
   */
  notify(count = 1): void {
    wholeNumber("count", count, 0, Number.MAX_SAFE_INTEGER);
    this.#checkHeld("notify");
    for (let left = count; left > 0; left--) {
      let slot = this.#longest();
      // The thread that created the waiter's may not have seen its end yet.
      while (slot !== undefined && !isAlive(this.#agents, this.#agentOf(slot))) {
        Atomics.store(this.words, slot, FREE);
        slot = this.#longest();
      }
      if (slot === undefined) return;
      if (Atomics.compareExchange(this.words, slot, WAITING, NOTIFIED) === WAITING) Atomics.notify(this.words, slot);
    }
  }

  /** Wakes all waiters. */
  notifyAll(): void {
    this.notify(MAX_WAITERS);
  }

  #checkHeld(what: string): void {
    if (!this.lock.isMine) throw new NotHeldError(`${what}: this thread does not hold the condition's lock`);
  }

  #isWaiting(slot: number): boolean {
    return Atomics.load(this.words, slot) === WAITING;
  }

  /** Takes a slot. */
  #enter(): number {
    this.#checkHeld("wait");
    const slot = this.#freeSlot();
    Atomics.store(this.words, slot + OF_TICKET, Atomics.add(this.words, TICKET, 1));
    Atomics.store(this.words, slot + OF_AGENT, agentId);
    Atomics.store(this.words, slot, WAITING);
    return slot;
  }

  #freeSlot(): number {
    const used = this.#end();
    for (let slot = SLOTS; slot < used; slot += SLOT) if (Atomics.load(this.words, slot) === FREE) return slot;
    for (let slot = SLOTS; slot < used; slot += SLOT) if (!this.#lives(slot)) return slot;
    if (used === SLOTS + MAX_WAITERS * SLOT)
      throw new UnsupportedError(`wait: more than ${MAX_WAITERS} wait for the same condition`);
    Atomics.add(this.words, USED, 1);
    return used;
  }

  #end(): number {
    return SLOTS + Atomics.load(this.words, USED) * SLOT;
  }

  #agentOf(slot: number): number {
    return Atomics.load(this.words, slot + OF_AGENT);
  }

  #lives(slot: number): boolean {
    return isEntered(this.#agents, this.#agentOf(slot));
  }

  /** The slot of the waiter that has waited longest. */
  #longest(): number | undefined {
    let found: number | undefined;
    let age = -1;
    const now = Atomics.load(this.words, TICKET);
    for (let slot = SLOTS; slot < this.#end(); slot += SLOT) {
      if (!this.#isWaiting(slot)) continue;
      const waited = (now - Atomics.load(this.words, slot + OF_TICKET)) >>> 0; // tickets wrap around
      if (waited <= age) continue;
      if (this.#lives(slot)) {
        found = slot;
        age = waited;
      } else Atomics.store(this.words, slot, FREE);
    }
    return found;
  }

  #release(): number {
    if (this.lock instanceof RLock) return this.lock.releaseAll();
    this.lock.release();
    return 0;
  }

  /** Frees the slot, with the lock held again. @returns whether the waiter was notified */
  #leave(slot: number, count: number): boolean {
    if (this.lock instanceof RLock) this.lock.restore(count);
    return Atomics.exchange(this.words, slot, FREE) === NOTIFIED;
  }

  /** Resolves when the slot is notified, the time is over, or the signal is aborted. */
  #sleep(slot: number, timeout: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      let isSettled = false;
      const settle = () => {
        if (isSettled) return;
        isSettled = true;
        // Ends the armed wait, which would be kept for ever; no other waiter has this slot yet.
        if (this.#isWaiting(slot)) Atomics.notify(this.words, slot);
        withdraw?.();
        stopClock();
        clearInterval(looking);
        resolve();
      };
      const look = () => {
        if (!this.#isWaiting(slot)) settle();
      };
      const withdraw = signal && onAbort(signal, settle);
      const stopClock = after(timeout, settle);
      const looking = setInterval(look, LOOK.ms); // keeps the process alive too
      if (!armWord(this.words, slot, WAITING, look)) settle();
    });
  }
}
