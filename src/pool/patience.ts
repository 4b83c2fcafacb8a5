/**
 * How long a thread looks for what it waits for before it sleeps. To be woken takes 60 us, and a ring that wakes costs its
 * caller 30, so it pays to look for as long where the other side answers at once on a core of its own. Where both share a
 * core, the one that looks is in the other's way (191 us a call in place of 91): who has looked in vain twice in a row does
 * not look for the next 10 ms.
 */
import { performance } from "../timers.js";

const MISSES = 2;
const PAUSE_MS = 10;

export class Patience {
  #misses = 0;
  #resumes = 0;
  #until = 0;

  /** @param ms how long to look */
  constructor(private readonly ms: number) {}

  /** A wait begins. @returns whether it is worth while to look at all */
  begin(): boolean {
    const now = performance.now();
    if (now < this.#resumes) return false;
    this.#until = now + this.ms;
    return true;
  }

  /** It has come while this thread looked. */
  hit(): void {
    this.#misses = 0;
  }

  /** It has not come so far. @returns whether to look on */
  goesOn(): boolean {
    const now = performance.now();
    if (now < this.#until) return true;
    if (++this.#misses >= MISSES) {
      this.#misses = 0;
      this.#resumes = now + PAUSE_MS;
    }
    return false;
  }
}
