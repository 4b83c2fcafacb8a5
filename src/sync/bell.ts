/**
 * A word whose value only counts the changes of something kept elsewhere: a queue's content, under the queue's lock.
 *
 *   words:  | STATE = changes << 4 | flags | BELL |
 *
 * Every change raises the count, even without waiters, so a waiter that has read the count may look at the content and
 * then sleep on that count. SLEEPERS stays set while each change wakes a sleeper; a change that wakes none clears
 * SLEEPERS and then wakes all threads that began to sleep just then.
 */
import type { AsyncWaitOptions, Callbacks } from "./async-line.js";
import type { Words } from "./shared.js";
import type { Next, Waiter } from "./waiter.js";
import { ASYNC, FLAGS, MAX_VALUE, SHIFT, SLEEPERS, Word } from "./word.js";

const ONCE = 1 << SHIFT;
const COUNT = MAX_VALUE << SHIFT;

/** Goes on if the waiter can do so now. @returns whether it went on */
export type Go = (waiter: Waiter) => boolean;

export class Bell {
  readonly #word: Word;

  constructor(words: Words, at: number) {
    this.#word = new Word(words, undefined, false, at);
  }

  /** Blocks until `go` went on, at most `timeout` ms. */
  block(go: Go, timeout: number): boolean {
    return this.#word.block(once(go), timeout);
  }

  /** The same as a promise. */
  wait(go: Go, options: AsyncWaitOptions, callbacks?: Callbacks): Promise<boolean> {
    return this.#word.wait(once(go), options, callbacks);
  }

  /** Counts a change that lets up to `count` waiters go on, and wakes them. */
  signal(count: number): void {
    const word = this.#word;
    for (;;) {
      const { state } = word;
      const to = ((state + ONCE) & COUNT) | (state & FLAGS & ~ASYNC);
      if (!word.exchange(state, to)) continue;
      if (state & ASYNC) word.ring();
      if (!(state & SLEEPERS) || Atomics.notify(word.words, word.at, count) > 0) return;
      if (word.exchange(to, to & ~SLEEPERS)) Atomics.notify(word.words, word.at);
      return;
    }
  }
}

/** A `Next` that calls `go` until it went on, and not again, however often the state changes meanwhile. */
function once(go: Go): Next {
  let gone = false;
  return (state, waiter) => {
    gone ||= go(waiter);
    return gone ? state : undefined;
  };
}
