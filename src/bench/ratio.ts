/**
 * The ratio of two times, with an interval: the median of the rounds' ratios, and a bootstrap that draws whole rounds.
 * Within a round both sides meet the same state of the machine, so a disturbance of both cancels. Single samples are not
 * drawn, since samples near in time resemble each other (intervals from them were too narrow).
 */
import { seeded } from "./random.js";
import { quantile, quantileOfSorted } from "./statistics.js";

/** How many times as fast the other side is: 2 means that the other side takes half of the time. */
export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** The share of such intervals that hold the true ratio. */
  readonly confidence: number;
}

const CONFIDENCE = 0.95;
/** With fewer rounds, not even their whole span is a 95% interval of the median. */
export const LEAST_ROUNDS = 6;
const RESAMPLES = 2000;

/**
 * The time of one side divided by that of the other, from times of the same rounds.
 * @param numerators times of the side that is compared with, one a round
 * @param denominators times of the other side in the same rounds
 */
export function pairedRatio(numerators: readonly number[], denominators: readonly number[], seed: number): Ratio {
  // By logarithms, swapped sides give exactly the inverse ratio and interval.
  const logs = numerators.map((time, round) => Math.log(time / (denominators[round] as number)));
  const middle = quantile(logs, 0.5);
  return asRatio(middle, bootstrapMedians(logs, seededFor(seed)), logs.length);
}

/** The ratio of times from different runs, whose rounds are not pairs: the bootstrap draws from each side separately. */
export function unpairedRatio(numerators: readonly number[], denominators: readonly number[], seed: number): Ratio {
  const random = seededFor(seed);
  const [above, below] = [numerators.map(Math.log), denominators.map(Math.log)];
  const medians = bootstrapMedians(above, random);
  const others = bootstrapMedians(below, random);
  const middle = quantile(above, 0.5) - quantile(below, 0.5);
  return asRatio(
    middle,
    medians.map((value, draw) => value - (others[draw] as number)),
    Math.min(above.length, below.length),
  );
}

function seededFor(seed: number): () => number {
  return seeded(seed ^ 0x5eed);
}

function asRatio(middle: number, medians: Float64Array, rounds: number): Ratio {
  const sorted = medians.toSorted();
  const tail = tailOf(rounds);
  return {
    median: Math.exp(middle),
    low: Math.exp(quantileOfSorted(sorted, tail)),
    high: Math.exp(quantileOfSorted(sorted, 1 - tail)),
    confidence: CONFIDENCE,
  };
}

/** The medians of RESAMPLES draws, each with replacement and of as many values as are given. */
function bootstrapMedians(values: readonly number[], random: () => number): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const drawn = new Int32Array(n);
  // A draw is counted by its rank, so that its median is found by walking the ranks: no sort for each.
  return new Float64Array(RESAMPLES).map(() => {
    drawn.fill(0);
    for (let i = 0; i < n; i++) {
      const rank = Math.floor(random() * n);
      drawn[rank] = (drawn[rank] as number) + 1;
    }
    return ((sorted[rankAt(drawn, (n - 1) >> 1)] as number) + (sorted[rankAt(drawn, n >> 1)] as number)) / 2;
  });
}

/** The rank of the value at a place of the sorted draw. */
function rankAt(drawn: Int32Array, place: number): number {
  let rank = 0;
  for (let before = drawn[0] as number; before <= place; before += drawn[rank] as number) rank++;
  return rank;
}

/**
 * The part to cut off on each side of the bootstrap's medians. 2.5% is too much for few values: the plain interval
 * held the truth in 88 to 94% of simulated runs of 7 to 31 rounds, this one in 94.5 to 98%. It is the "expanded percentile
 * interval" (T. Hesterberg, What Teachers Should Know About the Bootstrap, 2015): as wide as Student's t asks.
 */
function tailOf(n: number): number {
  return n > 1 ? normalTail(studentQuantile(n - 1) * Math.sqrt(n / (n - 1))) : 0;
}

/** The 97.5% quantile of Student's t, by its expansion about the normal one (to 1% from 4 degrees of freedom on). */
function studentQuantile(freedom: number): number {
  const z = 1.959964;
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}

/** The share of a normal distribution above z > 0 (Abramowitz and Stegun 26.2.17, to 1e-7). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const terms = 0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)));
  return density * t * terms;
}

/** The far end of the interval of a case against itself (A/A), less 1: a change below this factor can't be noticed. */
export function noiseFloor({ low, high }: Ratio): number {
  return Math.max(high, 1 / low) - 1;
}

/** Whether a case is faster or slower than the one that it is compared with, or the noise leaves it undecided. */
export type Verdict = "faster" | "slower" | "undecided";

/** The verdict is decided only if the whole interval lies on one side of 1, and the ratio beyond the noise floor. */
export function verdictOf({ median, low, high }: Ratio, floor: number): Verdict {
  if (low > 1 && median > 1 + floor) return "faster";
  if (high < 1 && 1 / median > 1 + floor) return "slower";
  return "undecided";
}
