/**
 * The state word of a primitive and the waiters for its change: blocked threads (sleepers) and promises.
 *
 *   words:  | STATE = value << 4 | TURN_ASYNC | TURN_SLEEPERS | ASYNC | SLEEPERS | BELL |
 *
 * SLEEPERS: some thread may sleep on STATE (Atomics.wait). ASYNC: some event loop may wait on BELL (Atomics.waitAsync).
 * The two turns are described in turns.ts. The sign bit is never set: a value has 27 bits.
 *
 * Every wait goes through one step (`step`): the waiter compares and exchanges STATE or, when it can't go on from that
 * state, sets its flag by the same exchange; so no waiter sleeps on a state that has changed since it looked.
 * Wake rule: a thread that changes STATE so that waiters may go on clears their flags in the same exchange, then notifies
 * sleepers, and rings BELL for all event loops at once. A promise's wait can't be taken back, and an abandoned one would
 * swallow notify(1): so promises wait on BELL, never on STATE, and each ring wakes all of them. A thread that has slept
 * and then goes on sets SLEEPERS again, since other threads may still sleep.
 *
 * A thread may be terminated between its exchange and its notify: so no waiter sleeps longer than LOOK.ms at a time, and
 * then it looks. The same look finds out whether the holder of a lock is alive.
 */
import { performance } from "../timers.js";
import { sleepOn } from "./agents.js";
import { AsyncLine, type AsyncWaitOptions, type Callbacks } from "./async-line.js";
import { LOOK, STARVING_MS } from "./look.js";
import type { Words } from "./shared.js";
import type { AwaitedWord, Next, Waiter } from "./waiter.js";

export const SLEEPERS = 1;
export const ASYNC = 2;
export const TURN_SLEEPERS = 4;
export const TURN_ASYNC = 8;
export const SHIFT = 4;
export const FLAGS = 15;
/** The greatest value beside the flags. */
export const MAX_VALUE = 2 ** 27 - 1;

const DONE = -1;
const TRYING: Waiter = Object.freeze({ isAsync: false, waited: false, starving: false, impatient: true });

export class Word implements AwaitedWord {
  #line: AsyncLine | undefined;

  /**
   * @param look called at every look: changes the word if something has happened that woke no waiter, and returns the ms
   * to the next look
   * @param together whether all waiting promises may go on at once; else only the first in line tries
   */
  constructor(
    readonly words: Words,
    readonly look: () => number = () => LOOK.ms,
    private readonly together = true,
    readonly at = 0,
  ) {}

  get state(): number {
    return Atomics.load(this.words, this.at);
  }

  get value(): number {
    return this.state >> SHIFT;
  }

  /** One exchange of STATE. */
  exchange(from: number, to: number): boolean {
    return Atomics.compareExchange(this.words, this.at, from, to) === from;
  }

  /** Goes on if `next` allows it now. @returns whether it went on */
  attempt(next: Next): boolean {
    for (;;) {
      const { state } = this;
      const to = next(state, TRYING);
      if (to === undefined) return false;
      if (this.exchange(state, to)) return true;
    }
  }

  /** The same, with a look before it gives up: a caller that waits less than LOOK.ms would never see a dead owner. */
  attemptLast(next: Next): boolean {
    if (this.attempt(next)) return true;
    this.look();
    return this.attempt(next);
  }

  /** Blocks this thread until `next` lets it go on, at most `timeout` ms. @returns whether it went on */
  block(next: Next, timeout: number): boolean {
    if (timeout === 0) return this.attemptLast(next);
    const waiter: Waiter = { isAsync: false, waited: false, starving: false, impatient: false };
    let state = this.step(next, waiter);
    if (state === DONE) return true;
    const started = performance.now();
    let nap = LOOK.ms;
    for (let passed = 0; passed < timeout; ) {
      const outcome = sleepOn(this.words, this.at, state, Math.min(timeout - passed, nap));
      passed = performance.now() - started;
      waiter.waited = true;
      waiter.starving = passed >= STARVING_MS;
      waiter.impatient = outcome === "timed-out";
      nap = waiter.impatient ? this.look() : LOOK.ms;
      state = this.step(next, waiter);
      if (state !== DONE) continue;
      this.wentOn();
      return true;
    }
    return false;
  }

  /** The same as a promise: the event loop stays free, the process alive. An abort rejects with the signal's reason. */
  wait(next: Next, options: AsyncWaitOptions, callbacks?: Callbacks): Promise<boolean> {
    this.#line ??= new AsyncLine(this, this.together);
    return this.#line.wait(next, options, callbacks);
  }

  /** One step of a promise that waits. @returns whether it went on */
  advance(next: Next, waiter: Waiter): boolean {
    if (this.step(next, waiter) !== DONE) return false;
    this.wentOn();
    return true;
  }

  /** Changes the value and wakes all waiters. @returns the state before, or undefined when there is no next one */
  change(next: (state: number) => number | undefined): number | undefined {
    for (;;) {
      const { state } = this;
      const to = next(state);
      if (to === undefined) return undefined;
      if (!this.exchange(state, to & ~(SLEEPERS | ASYNC))) continue;
      if (state & SLEEPERS) Atomics.notify(this.words, this.at);
      if (state & ASYNC) this.ring();
      return state;
    }
  }

  /** Wakes the event loops that wait on BELL. */
  ring(): void {
    Atomics.add(this.words, this.at + 1, 1);
    Atomics.notify(this.words, this.at + 1);
  }

  /** Called when no promise of this thread waits any more. */
  lineIsEmpty(): void {}

  /** Called when a waiter that had to wait has gone on. */
  protected wentOn(): void {}

  /** `state` with the flags that say that this waiter waits. */
  protected flagged(state: number, waiter: Waiter): number {
    return state | (waiter.isAsync ? ASYNC : SLEEPERS);
  }

  /** The one step. @returns DONE, or the state to sleep on */
  private step(next: Next, waiter: Waiter): number {
    for (;;) {
      const { state } = this;
      const to = next(state, waiter);
      if (to !== undefined) {
        if (this.exchange(state, to)) return DONE;
        continue;
      }
      const flagged = this.flagged(state, waiter);
      if (flagged === state || this.exchange(state, flagged)) return flagged;
    }
  }
}
