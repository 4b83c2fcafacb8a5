/** A waiter for a word (a thread that sleeps, or a promise), and what a line of promises asks of its word. */
import type { Words } from "./shared.js";

/** How a thread or promise waits, and for how long it has: decides whether it has the turn. */
export interface Waiter {
  readonly isAsync: boolean;
  /** It has slept, so it comes before later arrivals. */
  waited: boolean;
  /** It has waited STARVING_MS or more. */
  starving: boolean;
  /** It does not wait for its turn: it won't wait at all, or has slept through a whole look. */
  impatient: boolean;
}

/** The state that follows when this waiter goes on from `state`, or undefined when it has to wait. May throw. */
export type Next = (state: number, waiter: Waiter) => number | undefined;

/** The word that a line of promises waits for: `Word`, which makes the line. */
export interface AwaitedWord {
  readonly words: Words;
  /** Where its STATE lies; BELL comes next. */
  readonly at: number;
  readonly look: () => number;
  attempt(next: Next): boolean;
  attemptLast(next: Next): boolean;
  advance(next: Next, waiter: Waiter): boolean;
  lineIsEmpty(): void;
}
