/** How long it still takes: parts of expected lengths, which the parts that are over have corrected. */
import { performance } from "node:perf_hooks";
export class TimeLeft {
  readonly #expected: readonly number[];
  readonly #started = performance.now();
  #partStarted = this.#started;
  #over = 0;

  /** @param expected ms of each part */
  constructor(expected: readonly number[]) {
    this.#expected = expected;
  }

  /** A part is over. */
  next(): void {
    this.#over++;
    this.#partStarted = performance.now();
  }

  get ms(): number {
    const sum = (parts: readonly number[]) => parts.reduce((a, b) => a + b, 0);
    const expectedSoFar = sum(this.#expected.slice(0, this.#over));
    const pace = expectedSoFar > 0 ? (this.#partStarted - this.#started) / expectedSoFar : 1;
    const left = sum(this.#expected.slice(this.#over)) * pace;
    return Math.max(0, left - (performance.now() - this.#partStarted));
  }
}
