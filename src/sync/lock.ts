/**
 * A lock: one thread at a time. Any thread may release it, as in Python; STATE names the thread that took it, so that
 * waiters notice that thread's end.
 *
 *   words:  | STATE = owner's agent id << 4 | flags | BELL | COUNT of an RLock | LOOKED: time of the last look, in ms
 *           | - | MARK (mark.ts) |
 *
 * Kernels take it by the same steps: assembly/library/sync.ts.
 *
 *   0 (free) ── acquire ──> id ── release ──> 0
 *                           id ── the thread ends, a waiter looks ──> DIED ── recover ──> id
 *
 * Taking a lock of a dead owner throws until a thread recovers it: what it guards may be half done.
 */
import { NotHeldError, OwnerDiedError } from "../errors.js";
import { wallClock } from "../timers.js";
import { milliseconds } from "../validate.js";
import { agentId, isAlive, joinAgents } from "./agents.js";
import type { AsyncWaitOptions } from "./async-line.js";
import { type Held, hold, holdAsync } from "./held.js";
import { LOOK } from "./look.js";
import { checkHandle, type Placement, Shared, type SyncHandle, type Words } from "./shared.js";
import { flagsTaken, hasTurn, Turns } from "./turns.js";
import type { Next } from "./waiter.js";
import { watchOwner } from "./watch.js";
import { ASYNC, FLAGS, MAX_VALUE, SHIFT, SLEEPERS, Word } from "./word.js";

const STATE = 0;
const LOOKED = 3;
/** A waiter does not look so soon after another waiter: 8 of them would use 1% of a core, for the same answer. */
const SPAN_MS = 160;
/** In the owner's place: the owner died, and the lock has not been recovered. */
const DIED = MAX_VALUE << SHIFT;
const OWNER = ~FLAGS;
const MINE = agentId << SHIFT;

/** What Lock and RLock share: the owner, and how the lock is taken, given back and recovered. */
export abstract class Owned<Kind extends "Lock" | "RLock"> extends Shared<Kind> {
  /** @internal */
  protected readonly turns: Turns;
  readonly #agents: Int32Array<SharedArrayBuffer>;

  protected constructor(kind: Kind, where: Placement | SyncHandle<Kind>) {
    super(kind, where);
    this.#agents = joinAgents(this.handle.agents);
    if (this.isNew && "on" in where && where.on) watchOwner(this.words, watcher(this.#agents));
    this.turns = new Turns(this.words, isFree, () => this.#lookInTurn(), kind === "RLock");
  }

  /** Whether a thread holds it, or died holding it. */
  get locked(): boolean {
    return (this.turns.state & OWNER) !== 0;
  }

  /** @internal Whether this thread holds it. */
  get isMine(): boolean {
    return (this.turns.state & OWNER) === MINE;
  }

  /**
   * After an OwnerDiedError: takes the lock over from the dead owner.
   * @returns whether this call did; false when another thread has, or no owner died
   */
  recover(): boolean {
    lookAtOwner(this.words, this.#agents);
    for (;;) {
      const { state } = this.turns;
      if ((state & OWNER) !== DIED) return false;
      // Later callers wait again.
      if (this.turns.exchange(state, MINE | (state & FLAGS))) return true;
    }
  }

  /** @internal */
  protected take(timeout: number): boolean {
    return Atomics.compareExchange(this.words, STATE, 0, MINE) === 0 || this.turns.block(TAKE, timeout);
  }

  /** @internal */
  protected give(): void {
    if (Atomics.compareExchange(this.words, STATE, MINE, 0) !== MINE) this.turns.post(GIVE);
  }

  /** Looks at the owner, unless another waiter has just done so. @returns ms until the next look is due */
  #lookInTurn(): number {
    const now = wallClock() | 0; // the same in all threads
    const last = Atomics.load(this.words, LOOKED);
    const since = (now - last) | 0;
    // Counted from that look, not from now: the owner may have died right after it.
    if (since >= 0 && since < SPAN_MS) return LOOK.ms - since;
    if (Atomics.compareExchange(this.words, LOOKED, last, now) === last) lookAtOwner(this.words, this.#agents);
    return LOOK.ms;
  }
}

/** Looks whether the owner still lives; if not, marks the lock as DIED. */
function lookAtOwner(words: Words, agents: Int32Array<SharedArrayBuffer>): void {
  const owner = Atomics.load(words, STATE) >>> SHIFT;
  if (owner !== 0 && owner !== MAX_VALUE && !isAlive(agents, owner)) markDied(words, owner);
}

/** For the thread that made the lock on the heap: kernels that wait there can't look. */
function watcher(agents: Int32Array<SharedArrayBuffer>) {
  const look = (words: Words) => {
    if ((Atomics.load(words, STATE) & SLEEPERS) !== 0) lookAtOwner(words, agents);
  };
  return { markDied, look };
}

function isFree(state: number): boolean {
  return (state & OWNER) === 0;
}

/** If this owner held the lock, marks it as DIED and wakes all waiters. */
function markDied(words: Words, owner: number): void {
  const word = new Word(words);
  word.change((state) => (state >>> SHIFT === owner ? DIED | (state & (SLEEPERS | ASYNC)) : undefined));
}

/** @internal Takes the lock if it is free. */
export const TAKE: Next = (state, waiter) => {
  const owner = state & OWNER;
  if (owner === DIED)
    throw new OwnerDiedError("the thread that held the lock has ended; mend what the lock guards after recover()");
  if (owner !== 0 || !hasTurn(state, waiter)) return undefined;
  return MINE | flagsTaken(state, waiter);
};

const GIVE = (state: number): number => {
  const owner = state & OWNER;
  if (owner === DIED) throw new OwnerDiedError("the thread that held the lock has ended; recover() takes it over");
  if (owner === 0) throw new NotHeldError("release: the lock is not held");
  return 0;
};

/** Mutual exclusion between threads, and between the promises of one. Not reentrant. */
export class Lock extends Owned<"Lock"> {
  /** @param where `{ on: heap }` for a lock that kernels see too */
  constructor(where: Placement = {}) {
    super("Lock", where);
  }

  /** The lock of another thread. */
  static from(handle: SyncHandle<"Lock">): Lock {
    return new Lock(checkHandle(handle, "Lock") as Placement);
  }

  /**
   * Blocks this thread until it has the lock. A thread that takes it twice waits for itself.
   * @param timeoutMs default: for ever; 0: does not wait
   * @returns false when the time is over
   * @throws OwnerDiedError when a thread ended while it held the lock (within 200 ms of that), until `recover()`
   */
  acquire(timeoutMs?: number): boolean {
    return this.take(milliseconds("timeoutMs", timeoutMs));
  }

  /** The same without blocking; any function of this thread may await the promise and release the lock. */
  acquireAsync(options: AsyncWaitOptions = {}): Promise<boolean> {
    return this.turns.wait(TAKE, options);
  }

  /** @throws NotHeldError when it is not held */
  release(): void {
    this.give();
  }

  /** `using held = lock.hold()`: blocks until it has the lock, and releases it at the end of the scope. */
  hold(): Held {
    return hold(this);
  }

  /** `using held = await lock.holdAsync()`. */
  holdAsync(options: Pick<AsyncWaitOptions, "signal"> = {}): Promise<Held> {
    return holdAsync(this, options);
  }
}
