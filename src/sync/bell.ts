/**
 * A word whose value only counts changes, for what is decided elsewhere: a queue's content, under its lock.
 *
 *   words:  | STATE = changes << 4 | flags | BELL |
 *
 * Every change counts on, so a waiter may look at the content first and sleep on the count after. SLEEPERS stays set while
 * each change wakes a sleeper; a change that finds none takes it back, and wakes a thread that began to sleep just then.
 */
import type { AsyncWaitOptions, WaitEvents } from "./async-line.js";
import type { Words } from "./shared.js";
import type { Next, Waiter } from "./waiter.js";
import { ASYNC, FLAGS, MAX_VALUE, SHIFT, SLEEPERS, Word } from "./word.js";

const ONCE = 1 << SHIFT;
const COUNT = MAX_VALUE << SHIFT;

/** Looks whether it can go on now, and does so. */
export type Go = (waiter: Waiter) => boolean;

export class Bell {
  readonly #word: Word;

  constructor(words: Words, at: number) {
    this.#word = new Word(words, undefined, false, at);
  }

  /** Blocks until `go` says that it went on, at most `timeout` ms. */
  block(go: Go, timeout: number): boolean {
    return this.#word.block(once(go), timeout);
  }

  /** The same as a promise. */
  wait(go: Go, options: AsyncWaitOptions, events?: WaitEvents): Promise<boolean> {
    return this.#word.wait(once(go), options, events);
  }

  /** Something has changed, for up to `count` waiters. */
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

/** Goes on once, however often the state changes meanwhile. */
function once(go: Go): Next {
  let gone = false;
  return (state, waiter) => {
    gone ||= go(waiter);
    return gone ? state : undefined;
  };
}
