/**
 * How long a thread looks for what it waits for before it sleeps. To be woken takes 60 us, and a ring that wakes costs its
 * caller 30: it pays to look for as long where the other side answers at once on a core of its own. Where both share a core,
 * the one that looks is in the other's way (200 us a call in place of 60). So a thread that has looked in vain twice in a row
 * sleeps at once for a while, which doubles each time it looks in vain again.
 */
import { performance } from "../timers.js";

const MISSES = 2;
const FIRST_PAUSE_MS = 0.5;
const LAST_PAUSE_MS = 32;

export class Patience {
  #misses = 0;
  #pause = FIRST_PAUSE_MS;
  #resumes = 0;
  #until = 0;

  /** @param ms how long to look */
  constructor(private readonly ms: number) {}

  /** A wait begins. @returns whether to look at all */
  begin(): boolean {
    const now = performance.now();
    if (now < this.#resumes) return false;
    this.#until = now + this.ms;
    return true;
  }

  /** It came while the thread looked. */
  hit(): void {
    this.#misses = 0;
    this.#pause = FIRST_PAUSE_MS;
  }

  /** It has not come so far. @returns whether to look on */
  goesOn(): boolean {
    const now = performance.now();
    if (now < this.#until) return true;
    if (++this.#misses >= MISSES) {
      this.#resumes = now + this.#pause;
      this.#pause = Math.min(2 * this.#pause, LAST_PAUSE_MS);
    }
    return false;
  }
}
