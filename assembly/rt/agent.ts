/**
 * This instance's id as the holder of locks, and the locks that its call holds: for allcores/assembly's Lock, and for the
 * host, which abandons the locks of a failed call, since it will never release them. An instance belongs to one thread.
 *
 * The list is in variables of the instance. A list linked through the locks would be cut by another thread that releases
 * one of them (any thread may).
 */

// @ts-ignore: decorator
@inline const BELL: usize = 4;
// @ts-ignore: decorator
@inline const SLEEPERS = 1;
// @ts-ignore: decorator
@inline const ASYNC = 2;
// @ts-ignore: decorator
@inline const SHIFT = 4;
// @ts-ignore: decorator
@inline const DIED: i32 = ((1 << 27) - 1) << SHIFT;

// @ts-ignore: decorator
@lazy let agent: i32 = 0;
// @ts-ignore: decorator
@lazy let held0: usize = 0;
// @ts-ignore: decorator
@lazy let held1: usize = 0;
// @ts-ignore: decorator
@lazy let held2: usize = 0;
// @ts-ignore: decorator
@lazy let held3: usize = 0;
// @ts-ignore: decorator
@lazy let held4: usize = 0;
// @ts-ignore: decorator
@lazy let held5: usize = 0;
// @ts-ignore: decorator
@lazy let held6: usize = 0;
// @ts-ignore: decorator
@lazy let held7: usize = 0;

/** The host sets the id of the thread that this instance runs in. */
export function agentIs(id: i32): void {
  agent = id;
}

// @ts-ignore: decorator
@unsafe @global
export function __agent(): i32 {
  return agent;
}

/** Checks for a free place before a lock is taken, since no step may fail after that. */
// @ts-ignore: decorator
@unsafe @global
export function __lock_room(): void {
  if (held7 != 0) throw new Error("a call of a kernel may hold 8 locks at once");
}

/** Notes a lock that this call has taken. All places after a free one are free, too. */
// @ts-ignore: decorator
@unsafe @global
export function __lock_taken(lock: usize): void {
  if (held0 == 0) held0 = lock;
  else if (held1 == 0) held1 = lock;
  else if (held2 == 0) held2 = lock;
  else if (held3 == 0) held3 = lock;
  else if (held4 == 0) held4 = lock;
  else if (held5 == 0) held5 = lock;
  else if (held6 == 0) held6 = lock;
  else held7 = lock;
}

/** Removes a lock that this call is about to release; a lock that another thread took is not in the list. */
// @ts-ignore: decorator
@unsafe @global
export function __lock_left(lock: usize): void {
  let last = 0;
  if (held0 == lock) last = 1;
  else if (held1 == lock) last = 2;
  else if (held2 == lock) last = 3;
  else if (held3 == lock) last = 4;
  else if (held4 == lock) last = 5;
  else if (held5 == lock) last = 6;
  else if (held6 == lock) last = 7;
  else if (held7 == lock) last = 8;
  else return;
  if (last <= 1) held0 = held1;
  if (last <= 2) held1 = held2;
  if (last <= 3) held2 = held3;
  if (last <= 4) held3 = held4;
  if (last <= 5) held4 = held5;
  if (last <= 6) held5 = held6;
  if (last <= 7) held6 = held7;
  held7 = 0;
}

/** The host calls this after a call that returned: locks still held belong to the thread, and any thread may release them. */
export function forgetLocks(): void {
  held0 = held1 = held2 = held3 = held4 = held5 = held6 = held7 = 0;
}

/** The host calls this after a call that failed: the data that its locks guard may be half done, so waiters must fail. */
export function abandonLocks(): void {
  while (held0 != 0) {
    const lock = held0;
    __lock_left(lock);
    abandon(lock);
  }
}

function abandon(lock: usize): void {
  for (;;) {
    const state = atomic.load<i32>(lock);
    if (state >>> SHIFT != agent) return; // released by another thread
    if (atomic.cmpxchg<i32>(lock, state, DIED) != state) continue;
    if (state & SLEEPERS) atomic.notify(lock);
    if (state & ASYNC) {
      atomic.add<i32>(lock + BELL, 1);
      atomic.notify(lock + BELL);
    }
    return;
  }
}
