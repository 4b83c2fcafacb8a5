/**
 * Who this instance is as the holder of locks, and which ones it holds: for allcores/assembly's Lock, and for the host,
 * which is told when a call has failed and will never release them. An instance belongs to one thread.
 *
 *   words of a lock (src/sync/lock.ts):  | STATE = owner's agent id << 4 | flags | BELL | - | - | NEXT held by this instance |
 */

// @ts-ignore: decorator
@inline const BELL: usize = 4;
// @ts-ignore: decorator
@inline const NEXT: usize = 16;
// @ts-ignore: decorator
@inline const SLEEPERS = 1;
// @ts-ignore: decorator
@inline const ASYNC = 2;
// @ts-ignore: decorator
@inline const SHIFT = 4;
// @ts-ignore: decorator
@inline const DIED: i32 = ((1 << 27) - 1) << SHIFT;
/** A list that somebody else has changed (any thread may release a lock) may never end. */
// @ts-ignore: decorator
@inline const MOST = 4096;

// @ts-ignore: decorator
@lazy let agent: i32 = 0;
// @ts-ignore: decorator
@lazy let held: usize = 0;

/** The host: the id of the thread that this instance runs in. */
export function agentIs(id: i32): void {
  agent = id;
}

// @ts-ignore: decorator
@unsafe @global
export function __agent(): i32 {
  return agent;
}

/** This instance has taken a lock. */
// @ts-ignore: decorator
@unsafe @global
export function __lock_taken(lock: usize): void {
  if (held != 0) __lock_left(lock); // released by another thread, and taken anew
  atomic.store<usize>(lock + NEXT, held);
  held = lock;
}

/** It is about to release one: its own, or that of another thread, which is not in the list. */
// @ts-ignore: decorator
@unsafe @global
export function __lock_left(lock: usize): void {
  const next = atomic.load<usize>(lock + NEXT);
  if (held == lock) {
    held = next;
    return;
  }
  let before = held;
  for (let i = 0; i < MOST && before != 0; i++) {
    const after = atomic.load<usize>(before + NEXT);
    if (after == lock) {
      atomic.store<usize>(before + NEXT, next);
      return;
    }
    before = after;
  }
}

/** The host, after a call that failed: what it held was left half done, and everybody is told so. */
export function abandonLocks(): void {
  let lock = held;
  held = 0;
  for (let i = 0; i < MOST && lock != 0; i++) {
    const next = atomic.load<usize>(lock + NEXT);
    for (;;) {
      const state = atomic.load<i32>(lock);
      if (state >>> SHIFT != agent) break;
      if (atomic.cmpxchg<i32>(lock, state, DIED | (state & (SLEEPERS | ASYNC))) != state) continue;
      if (state & SLEEPERS) atomic.notify(lock);
      if (state & ASYNC) {
        atomic.add<i32>(lock + BELL, 1);
        atomic.notify(lock + BELL);
      }
      break;
    }
    lock = next;
  }
}
