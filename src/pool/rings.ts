/**
 * A word that one side rings and the other one sleeps on.
 *
 *   bit 0      1: the other side sleeps, or is about to
 *   bit 1      1: a ring is ready, which any thread may do
 *   bits 2..   the rings so far
 *
 * One word, so that the ring that finds the sleeper also clears the bit: of several rings in a row only one notifies, which
 * is a system call of 17 to 30 us. In a word of its own the bit could be cleared by a ring that comes late, when the sleeper
 * has served it already and sleeps anew. A thread that dies has rung or has not, but it may not have notified: so at its
 * death all that may sleep are notified.
 */
const SLEEPS = 1;
const READY = 2;
const FLAGS = SLEEPS | READY;
const ONE = 4;

/** Counts a ring, and wakes the side that sleeps. */
export function ring(words: Int32Array, at: number): void {
  ringIf(words, at, 0);
}

/** Does the ring that is ready, if there is one. */
export function ringIfReady(words: Int32Array, at: number): void {
  ringIf(words, at, READY);
}

function ringIf(words: Int32Array, at: number, needed: number): void {
  for (let seen = Atomics.load(words, at); (seen & needed) === needed; ) {
    const found = Atomics.compareExchange(words, at, seen, (seen & ~FLAGS) + ONE);
    if (found === seen) {
      if (seen & SLEEPS) Atomics.notify(words, at);
      return;
    }
    seen = found;
  }
}

/** Makes a ring ready. */
export function makeReady(words: Int32Array, at: number): void {
  Atomics.or(words, at, READY);
}

/** @returns whether a ring was ready, which is none now */
export function unmakeReady(words: Int32Array, at: number): boolean {
  return (Atomics.and(words, at, ~READY) & READY) !== 0;
}

/** What the word counts, which wraps. */
export function ringsOf(words: Int32Array, at: number): number {
  return Atomics.load(words, at) & ~FLAGS;
}

/** What the word counts after so many rings. */
export function countOf(rings: number): number {
  return (rings * ONE) | 0;
}

/** How often it was rung since so many rings. */
export function ringsSince(words: Int32Array, at: number, rings: number): number {
  return ((Atomics.load(words, at) - countOf(rings)) | 0) >> 2;
}

/** Says that this side is about to sleep. @returns what the word is then, to be waited on; undefined if it was rung since */
export function beforeSleep(words: Int32Array, at: number, rings: number): number | undefined {
  if (ringsOf(words, at) !== rings) return undefined;
  const found = Atomics.or(words, at, SLEEPS);
  return (found & ~FLAGS) === rings ? found | SLEEPS : undefined;
}
