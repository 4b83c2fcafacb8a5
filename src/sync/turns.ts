/**
 * A word that one waiter at a time takes something from: a lock, a permit. The first thread or promise to try takes it,
 * whether it has waited or not (0.13 us a hand-over under contention; strict order costs 20 us, a switch of threads each
 * time). So that no waiter starves, one that has waited 1 ms asks for a turn:
 *
 *   TURN_SLEEPERS: once free, only a thread that has slept may take it; one is woken, the longest asleep
 *   TURN_ASYNC:    once free, only the first of a thread's promises may take it; TURN_SLEEPERS comes before it
 *
 * A sleeper that takes it ends the sleepers' turn, and asks for none while TURN_ASYNC is set; a promise that takes it ends
 * the promises' turn and gives sleepers theirs, if there are any. So sleepers and promises get every other turn at least.
 * Turns are a courtesy that correctness does not need: a caller that does not wait, and a waiter that has slept through a
 * whole look, take what is free, so a turn that no waiter is left to take passes at the next look.
 */
import type { Words } from "./shared.js";
import type { Waiter } from "./waiter.js";
import { ASYNC, FLAGS, SLEEPERS, TURN_ASYNC, TURN_SLEEPERS, Word } from "./word.js";

const TURNS = TURN_SLEEPERS | TURN_ASYNC;

/** Whether this waiter may take what is free in `state`. */
export function hasTurn(state: number, { isAsync, waited, impatient }: Waiter): boolean {
  if ((state & TURNS) === 0 || impatient) return true;
  return waited && isAsync === ((state & TURN_SLEEPERS) === 0);
}

/** The flags of a state, once this waiter has taken what was free. */
export function flagsTaken(state: number, { isAsync, waited, impatient }: Waiter): number {
  const flags = state & FLAGS;
  if (!waited) return flags;
  const left = impatient ? flags & ~TURNS : flags;
  if (!isAsync) return (left & ~TURN_SLEEPERS) | SLEEPERS; // other threads may still sleep
  return left & TURN_ASYNC && left & SLEEPERS ? (left & ~TURN_ASYNC) | TURN_SLEEPERS : left & ~TURN_ASYNC;
}

export class Turns extends Word {
  constructor(
    words: Words,
    private readonly isFree: (state: number) => boolean,
    look?: () => number,
    together = false,
  ) {
    super(words, look, together);
  }

  /**
   * Changes the value so that up to `count` waiters may go on, and wakes that many.
   * @param next the new value, shifted, without flags; may throw
   */
  post(next: (state: number) => number, count = 1): void {
    for (;;) {
      const { state } = this;
      const value = next(state);
      const sleepersTurn = (state & TURN_SLEEPERS) !== 0;
      const asyncTurn = !sleepersTurn && (state & TURN_ASYNC) !== 0;
      const woken = (asyncTurn ? 0 : SLEEPERS) | (sleepersTurn ? 0 : ASYNC);
      if (!this.exchange(state, value | (state & FLAGS & ~woken))) continue;
      const slept = state & woken & SLEEPERS ? Atomics.notify(this.words, this.at, count) : 0;
      if (state & woken & ASYNC) this.ring();
      if (sleepersTurn && slept === 0) this.#endTurn(TURN_SLEEPERS);
      return;
    }
  }

  /** Wakes the next waiter, if something is left: a waker may have seen no flag while the last waiter was on its way. */
  protected override wentOn(): void {
    const { state } = this;
    if (this.isFree(state) && state & FLAGS) this.post((now) => now & ~FLAGS);
  }

  override lineIsEmpty(): void {
    this.#endTurn(TURN_ASYNC);
  }

  /** Ends a turn that no waiter is there to take, and wakes waiters that have begun to wait because of it. */
  #endTurn(turn: number): void {
    for (;;) {
      const { state } = this;
      if ((state & turn) === 0) return;
      const to = state & ~turn;
      if (!this.exchange(state, to)) continue;
      if (this.isFree(to) && to & FLAGS) this.post((now) => now & ~FLAGS);
      return;
    }
  }

  protected override flagged(state: number, waiter: Waiter): number {
    const flagged = super.flagged(state, waiter);
    if (!waiter.starving) return flagged;
    if (waiter.isAsync) return flagged | TURN_ASYNC;
    return state & TURN_ASYNC ? flagged : flagged | TURN_SLEEPERS;
  }
}
