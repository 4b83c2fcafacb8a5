/**
 * A word that one side rings and the other one sleeps on: bit 0 says that it sleeps, or is about to; the others count the
 * rings, in steps of two.
 *
 * One word, so that the ring that finds the sleeper also clears the bit: of several rings in a row only one notifies, which
 * is a system call of 17 to 30 us. In a word of its own the bit could be cleared by a ring that comes late, when the sleeper
 * has served it already and sleeps anew.
 */
const SLEEPS = 1;
const ONE = 2;

/** Counts a ring, and wakes the side that sleeps. */
export function ring(words: Int32Array, at: number): void {
  let found = Atomics.load(words, at);
  for (let seen: number; ; ) {
    seen = found;
    found = Atomics.compareExchange(words, at, seen, (seen + ONE) & ~SLEEPS);
    if (found === seen) break;
  }
  if (found & SLEEPS) Atomics.notify(words, at);
}

/** What the word counts, which wraps. */
export function ringsOf(words: Int32Array, at: number): number {
  return Atomics.load(words, at) & ~SLEEPS;
}

/** What the word counts after so many rings. */
export function countOf(rings: number): number {
  return (rings * ONE) | 0;
}

/** Says that this side is about to sleep. @returns what the word is then, to be waited on; undefined if it was rung since */
export function beforeSleep(words: Int32Array, at: number, rings: number): number | undefined {
  const found = Atomics.compareExchange(words, at, rings, rings | SLEEPS);
  return (found & ~SLEEPS) === rings ? rings | SLEEPS : undefined;
}
