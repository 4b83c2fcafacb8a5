/** The time left of a run: the expected times of its parts, corrected by the pace of the parts that are over. */
import { performance } from "node:perf_hooks";

const sum = (parts: readonly number[]): number => parts.reduce((a, b) => a + b, 0);

export class TimeLeft {
  readonly #expected: readonly number[];
  readonly #now: () => number;
  readonly #started: number;
  #partStarted: number;
  #over = 0;

  /**
   * @param expected ms of each part
   * @param now a clock in ms
   */
  constructor(expected: readonly number[], now: () => number = () => performance.now()) {
    this.#expected = expected;
    this.#now = now;
    this.#started = now();
    this.#partStarted = this.#started;
  }

  /** Ends the present part. */
  next(): void {
    this.#over++;
    this.#partStarted = this.#now();
  }

  /**
   * ms to the end of all parts. A part that takes longer than expected, as all do on a slow machine, does not shorten the
   * time of the parts behind it.
   * @param stage ms that the present part needs at least, as far as its rounds show
   */
  ms(stage = 0): number {
    const expectedSoFar = sum(this.#expected.slice(0, this.#over));
    const pace = expectedSoFar > 0 ? (this.#partStarted - this.#started) / expectedSoFar : 1;
    const part = (this.#expected[this.#over] ?? 0) * pace - (this.#now() - this.#partStarted);
    return Math.max(0, part, stage) + sum(this.#expected.slice(this.#over + 1)) * pace;
  }
}
