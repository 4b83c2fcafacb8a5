/**
 * The primitives of `allcores/sync` in kernels: the same words, changed by the same steps, so that a kernel and JS take the
 * same lock. JS makes a primitive on the heap (`new Lock({ on: heap })`), and passes its `words` to a kernel.
 *
 *   Lock:       | STATE = owner's agent id << 4 | flags | BELL | - | LOOKED |
 *   Semaphore:  | STATE = permits << 4 | flags | BELL | BOUND |
 *   Event:      | STATE = (times set << 1 | is set) << 4 | flags | BELL |
 *   Counter:    | VALUE |
 *   all:        | 5 words | MARK (src/sync/mark.ts) |
 *
 * The flags, the wake rule and the turns are those of src/sync/word.ts and turns.ts, which say why. A kernel has no clock:
 * a thread woken several times in vain, or asleep for 1 ms, asks for a turn. Then it sleeps 170 ms at most: the thread to
 * wake it may have been terminated. A kernel can't find out that the owner of a lock has died; the program does.
 */

const SLEEPERS: i32 = 1;
const ASYNC: i32 = 2;
const TURN_SLEEPERS: i32 = 4;
const TURN_ASYNC: i32 = 8;
const TURNS: i32 = TURN_SLEEPERS | TURN_ASYNC;
const SHIFT: i32 = 4;
const FLAGS: i32 = 15;
const ONE: i32 = 1 << SHIFT;
const MAX_VALUE: i32 = (1 << 27) - 1;
const DIED: i32 = MAX_VALUE << SHIFT;
const BELL: usize = 4;
const BOUND: usize = 8;

/** What a waiter waits for. */
const LOCK: i32 = 0;
const PERMIT: i32 = 1;
const SET: i32 = 2;

/** A waiter's history: bits, and above them the number of times that it was woken in vain. */
const WAITED: i32 = 1;
const STARVING: i32 = 2;
const IMPATIENT: i32 = 4;
const IN_VAIN: i32 = 8;
const STARVING_AFTER: i32 = 8;

const STARVING_NS: i64 = 1_000_000;
const LOOK_NS: i64 = 170_000_000;
const TIMED_OUT: i32 = 2;
/** As `more` in `post`: gives nothing back, and only wakes waiters. */
const NOTHING: i32 = 0;
const DONE: i32 = -1;

// @ts-ignore: decorator
@inline
function stateOf(at: usize): i32 {
  return atomic.load<i32>(at);
}

// @ts-ignore: decorator
@inline
function exchange(at: usize, from: i32, to: i32): bool {
  return atomic.cmpxchg<i32>(at, from, to) == from;
}

// @ts-ignore: decorator
@inline
function mine(): i32 {
  // @ts-ignore: a global of rt/agent.ts
  return __agent() << SHIFT;
}

/** Wakes the event loops that wait at BELL. */
function ring(at: usize): void {
  atomic.add<i32>(at + BELL, 1);
  atomic.notify(at + BELL);
}

function isFree(what: i32, state: i32): bool {
  return what == LOCK ? (state & ~FLAGS) == 0 : state >= ONE;
}

function hasTurn(state: i32, waiter: i32): bool {
  return (state & TURNS) == 0 || (waiter & IMPATIENT) != 0 || ((waiter & WAITED) != 0 && (state & TURN_SLEEPERS) != 0);
}

/** The flags after this waiter has taken the lock or a permit. */
function flagsTaken(state: i32, waiter: i32): i32 {
  const flags = state & FLAGS;
  if (!(waiter & WAITED)) return flags;
  const left = waiter & IMPATIENT ? flags & ~TURNS : flags;
  return (left & ~TURN_SLEEPERS) | SLEEPERS; // other threads may still sleep
}

/** The state after this waiter goes on, or DONE (-1, which is no state) if the waiter has to wait. */
function next(what: i32, state: i32, waiter: i32, times: i32): i32 {
  if (what == SET) return (state & ONE) != 0 || (state & ~ONE & ~FLAGS) != times ? state : DONE;
  if (what == LOCK && (state & ~FLAGS) == DIED)
    throw new Error("the thread that held the lock has ended; mend what the lock guards after recover()");
  if (!isFree(what, state) || !hasTurn(state, waiter)) return DONE;
  return (what == LOCK ? mine() : (state & ~FLAGS) - ONE) | flagsTaken(state, waiter);
}

/** Takes the next state by compare and exchange. @returns DONE, or the state to sleep on */
function step(at: usize, what: i32, waiter: i32, times: i32): i32 {
  let state: i32;
  let to: i32;
  do {
    state = stateOf(at);
    to = next(what, state, waiter, times);
    if (to != DONE) continue;
    let flagged = state | SLEEPERS;
    if (what != SET && (waiter & STARVING) != 0 && (state & TURN_ASYNC) == 0) flagged |= TURN_SLEEPERS;
    if (flagged == state || exchange(at, state, flagged)) return flagged;
  } while (to == DONE || !exchange(at, state, to));
  return DONE;
}

/** Blocks until this thread can go on. */
function block(at: usize, what: i32, times: i32 = 0): void {
  let waiter = 0;
  for (;;) {
    const state = step(at, what, waiter, times);
    if (state == DONE) break;
    const isStarving = (waiter & STARVING) != 0;
    const isLate = atomic.wait<i32>(at, state, isStarving ? LOOK_NS : STARVING_NS) == TIMED_OUT;
    waiter = ((waiter + IN_VAIN) & ~IMPATIENT) | WAITED;
    if (isLate && isStarving) waiter |= IMPATIENT;
    if (isLate || waiter >= STARVING_AFTER * IN_VAIN) waiter |= STARVING;
  }
  // A release may have seen no flag while this thread woke: what it left is for the next waiter.
  if (waiter == 0 || what == SET) return;
  const state = stateOf(at);
  if (isFree(what, state) && (state & FLAGS) != 0) post(at, what, NOTHING, 1);
}

/** Takes the lock or a permit if it is free now. */
function attempt(at: usize, what: i32): bool {
  let state: i32;
  let to: i32;
  do {
    state = stateOf(at);
    to = next(what, state, IMPATIENT, 0);
    if (to == DONE) return false;
  } while (!exchange(at, state, to));
  return true;
}

/** Gives back a lock, `more` permits, or NOTHING, and wakes up to `count` waiters. */
function post(at: usize, what: i32, more: i32, count: i32): void {
  for (;;) {
    const state = stateOf(at);
    const value = more == NOTHING ? state & ~FLAGS : what == LOCK ? released(state) : withPermits(at, state, more);
    const sleepersTurn = (state & TURN_SLEEPERS) != 0;
    const asyncTurn = !sleepersTurn && (state & TURN_ASYNC) != 0;
    const woken = (asyncTurn ? 0 : SLEEPERS) | (sleepersTurn ? 0 : ASYNC);
    if (!exchange(at, state, value | (state & FLAGS & ~woken))) continue;
    const slept = state & woken & SLEEPERS ? atomic.notify(at, count) : 0;
    if (state & woken & ASYNC) ring(at);
    if (sleepersTurn && slept == 0) endTurn(at, what);
    return;
  }
}

function released(state: i32): i32 {
  if ((state & ~FLAGS) == DIED) throw new Error("the thread that held the lock has ended; recover() takes it over");
  if ((state & ~FLAGS) == 0) throw new Error("release: the lock is not held");
  return 0;
}

function withPermits(at: usize, state: i32, more: i32): i32 {
  const permits = (state >> SHIFT) + more;
  if (permits > atomic.load<i32>(at + BOUND) || permits < 0) throw new RangeError("release: more permits than the bound");
  return permits << SHIFT;
}

/** Ends the sleepers' turn, which no sleeper is left to take, and wakes threads that began to wait because of it. */
function endTurn(at: usize, what: i32): void {
  for (;;) {
    const state = stateOf(at);
    if (!(state & TURN_SLEEPERS)) return;
    const to = state & ~TURN_SLEEPERS;
    if (!exchange(at, state, to)) continue;
    if (isFree(what, to) && (to & FLAGS) != 0) post(at, what, NOTHING, 1);
    return;
  }
}

/** Mutual exclusion between kernels and JS. A lock that a failed kernel held has lost its owner: OwnerDiedError. */
@unmanaged @final
export class Lock {
  /** Blocks until this thread has the lock. A thread that takes a lock twice deadlocks. Throws if the owner died. */
  acquire(): void {
    const at = changetype<usize>(this);
    // @ts-ignore: a global of rt/agent.ts
    __lock_room();
    if (!exchange(at, 0, mine())) block(at, LOCK);
    // @ts-ignore: a global of rt/agent.ts
    __lock_taken(at);
  }

  /** Takes the lock if it is free now. */
  tryAcquire(): bool {
    const at = changetype<usize>(this);
    // @ts-ignore: a global of rt/agent.ts
    __lock_room();
    if (!attempt(at, LOCK)) return false;
    // @ts-ignore: a global of rt/agent.ts
    __lock_taken(at);
    return true;
  }

  /** Releases the lock, which any thread may. Throws when no thread holds the lock. */
  release(): void {
    const at = changetype<usize>(this);
    // @ts-ignore: a global of rt/agent.ts
    __lock_left(at);
    if (!exchange(at, mine(), 0)) post(at, LOCK, 1, 1);
  }

  /** Takes the lock over after its owner died. @returns whether this call took it */
  recover(): bool {
    const at = changetype<usize>(this);
    // @ts-ignore: a global of rt/agent.ts
    __lock_room();
    for (;;) {
      const state = stateOf(at);
      if ((state & ~FLAGS) != DIED) return false;
      if (exchange(at, state, mine() | (state & FLAGS))) break;
    }
    // @ts-ignore: a global of rt/agent.ts
    __lock_taken(at);
    return true;
  }

  /** Whether the owner has died, and no thread has recovered the lock: acquire() would throw. */
  get ownerDied(): bool {
    return (stateOf(changetype<usize>(this)) & ~FLAGS) == DIED;
  }

  /** Whether a thread holds the lock, or died holding it. */
  get locked(): bool {
    return (stateOf(changetype<usize>(this)) & ~FLAGS) != 0;
  }
}

/** A number of permits. */
@unmanaged @final
export class Semaphore {
  /** Blocks until there is a permit, and takes it. */
  acquire(): void {
    block(changetype<usize>(this), PERMIT);
  }

  /** Takes a permit if there is one now. */
  tryAcquire(): bool {
    return attempt(changetype<usize>(this), PERMIT);
  }

  /** Gives permits back, or adds new ones. Throws when there would be more than the bound. */
  release(count: i32 = 1): void {
    if (count < 1) throw new RangeError("release: count must be 1 or more");
    post(changetype<usize>(this), PERMIT, count, count);
  }

  /** Permits left at this moment. */
  get value(): i32 {
    return stateOf(changetype<usize>(this)) >> SHIFT;
  }
}

/** A flag that threads wait for. */
@unmanaged @final
export class Event {
  get isSet(): bool {
    return (stateOf(changetype<usize>(this)) & ONE) != 0;
  }

  /** Lets all waiters go on, and later ones until `clear`. */
  set(): void {
    const at = changetype<usize>(this);
    for (;;) {
      const state = stateOf(at);
      if (state & ONE) return;
      if (!exchange(at, state, (((state & ~FLAGS) + 2 * ONE) & DIED) | ONE)) continue;
      if (state & SLEEPERS) atomic.notify(at);
      if (state & ASYNC) ring(at);
      return;
    }
  }

  /** Makes later calls of `wait` wait. */
  clear(): void {
    const at = changetype<usize>(this);
    for (;;) {
      const state = stateOf(at);
      if (!(state & ONE) || exchange(at, state, state & ~ONE)) return;
    }
  }

  /** Blocks until the event is set. */
  wait(): void {
    const at = changetype<usize>(this);
    block(at, SET, stateOf(at) & ~ONE & ~FLAGS);
  }
}

/** A whole number that threads change together. */
@unmanaged @final
export class Counter {
  get value(): i32 {
    return atomic.load<i32>(changetype<usize>(this));
  }

  set value(value: i32) {
    atomic.store<i32>(changetype<usize>(this), value);
  }

  /** Adds `by`. @returns the value after it, as in JS */
  add(by: i32 = 1): i32 {
    return atomic.add<i32>(changetype<usize>(this), by) + by;
  }

  /** Sets another value. @returns the value before */
  exchange(value: i32): i32 {
    return atomic.xchg<i32>(changetype<usize>(this), value);
  }

  /** Sets `value` if it is `expected` now. @returns whether it was */
  compareExchange(expected: i32, value: i32): bool {
    return atomic.cmpxchg<i32>(changetype<usize>(this), expected, value) == expected;
  }
}
