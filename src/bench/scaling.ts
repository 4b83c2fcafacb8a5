/**
 * The gain of more workers: speed-up and efficiency of each point, and two laws fitted to the points by least squares.
 *
 *   Amdahl: T(n) = T(1) * (1 + serial * (n - 1)) / n
 *   Universal Scalability Law (N. Gunther): T(n) = T(1) * (1 + contention * (n - 1) + coherency * n * (n - 1)) / n
 *
 * n * T(n) is a sum of known functions with unknown factors in both: linear least squares, each point by its relative
 * error, since the noise of times is relative. No coefficient is below 0: a negative one means nothing.
 */
import { optionsObject, show, wholeNumber } from "../validate.js";

/** The time of the same work on some number of workers. */
export interface ScalingTime {
  readonly workers: number;
  readonly ms: number;
}

/** A time against that of one worker. */
export interface ScalingPoint extends ScalingTime {
  /** The time of one worker by this time. */
  readonly speedup: number;
  /** Speed-up for each worker: 1 is ideal. */
  readonly efficiency: number;
}

interface Fit {
  /** Fitted ms on one worker. */
  readonly single: number;
  /** Root of the mean squared relative distance of the points from the curve: 0.01 is 1%. */
  readonly residual: number;
  readonly meaning: string;
}

/** Amdahl's law: `serial` is the part of the work that only one worker can do at a time, from 0 to 1. */
export interface AmdahlFit extends Fit {
  readonly serial: number;
  /** The speed-up that no number of workers surpasses, 1 / serial; null where there is no such limit. */
  readonly limit: number | null;
}

/** The Universal Scalability Law. */
export interface UslFit extends Fit {
  /** The cost of waiting for what only one worker can have at a time. */
  readonly contention: number;
  /** The cost of each pair of workers: agreement, caches, memory lanes. */
  readonly coherency: number;
  /** The number of workers beyond which more make the work slower; null where there is none. */
  readonly peak: number | null;
}

export type Scaling = { readonly points: readonly ScalingPoint[] } & (
  | { readonly state: "fitted"; readonly amdahl: AmdahlFit; readonly usl: UslFit }
  | { readonly state: "unfitted"; readonly why: string }
);

const LEAST_POINTS = 4;
const MOST_WORKERS = 1e6;

/**
 * Speed-up, efficiency and fits.
 * @param times one for each number of workers, that of one worker among them
 * @throws TypeError, RangeError for other values
 */
export function fitScaling(times: readonly ScalingTime[]): Scaling {
  const single = checkTimes(times);
  const points = times
    .map(({ workers, ms }) => ({ workers, ms, speedup: single / ms, efficiency: single / ms / workers }))
    .sort((a, b) => a.workers - b.workers);
  if (points.length < LEAST_POINTS) {
    const counts = points.length === 1 ? "1 number of workers" : `${points.length} numbers of workers`;
    const why = `nothing is fitted to ${counts}: up to 3 coefficients would follow them wherever they lie; ${LEAST_POINTS} are needed`;
    return { points, state: "unfitted", why };
  }
  return { points, state: "fitted", amdahl: fitAmdahl(points), usl: fitUsl(points) };
}

function checkTimes(times: readonly ScalingTime[]): number {
  if (!Array.isArray(times)) throw new TypeError(`times must be an array, got ${show(times)}`);
  const seen = new Map<number, number>();
  times.forEach((time, i) => {
    optionsObject(`times[${i}]`, time);
    const workers = wholeNumber(`times[${i}].workers`, time.workers, 1, MOST_WORKERS);
    if (seen.has(workers)) throw new RangeError(`times[${i}].workers must be a new number of workers, got ${workers}`);
    if (typeof time.ms !== "number")
      throw new TypeError(`times[${i}].ms must be a positive number, got ${show(time.ms)}`);
    if (!(time.ms > 0 && time.ms < Number.POSITIVE_INFINITY))
      throw new RangeError(`times[${i}].ms must be a positive number, got ${time.ms}`);
    seen.set(workers, time.ms);
  });
  const single = seen.get(1);
  if (single === undefined)
    throw new RangeError("times must hold that of 1 worker, which the others are compared with");
  return single;
}

type Points = readonly ScalingPoint[];
/** A term of n * T(n). */
type Term = (workers: number) => number;

const ALONE: Term = () => 1;
const CONTENTION: Term = (workers) => workers - 1;
const COHERENCY: Term = (workers) => workers * (workers - 1);

function fitAmdahl(points: Points): AmdahlFit {
  const { factors, residual } = fitTerms(points, [ALONE, CONTENTION]);
  const [single = Number.NaN, ofSerial = Number.NaN] = factors;
  // A part beyond 1 would mean that more workers are slower, which the law does not cover.
  const serial = Math.min(1, ofSerial / single);
  const limit = serial < LEAST_COEFFICIENT ? null : 1 / serial;
  const meaning =
    limit === null
      ? "all of the work is shared out: the points show no limit to what more workers bring"
      : `${percent(serial)} of the work is done by one worker at a time, so that by this fit no number of workers makes it more than ${limit.toPrecision(3)} times as fast`;
  return { single, serial, limit, residual, meaning };
}

function fitUsl(points: Points): UslFit {
  const { factors, residual } = fitTerms(points, [ALONE, CONTENTION, COHERENCY]);
  const [single = Number.NaN, ofContention = Number.NaN, ofCoherency = Number.NaN] = factors;
  const [contention, coherency] = [ofContention / single, ofCoherency / single];
  const peak =
    coherency < LEAST_COEFFICIENT ** 2 ? null : Math.max(1, Math.sqrt(Math.max(0, 1 - contention) / coherency));
  const waiting =
    contention < LEAST_COEFFICIENT
      ? "workers do not wait for one another"
      : `a worker waits for ${percent(contention)} of the work of each other one`;
  const most = points.at(-1)?.workers ?? 1;
  const agreeing =
    peak === null
      ? "their number by itself costs nothing"
      : `each pair of workers costs ${percent(coherency)} more: the most is had with about ${Math.round(peak)} workers` +
        (peak > most ? `, which is beyond what was measured (${most})` : "");
  return { single, contention, coherency, peak, residual, meaning: `${waiting}; ${agreeing}` };
}

/** A smaller coefficient is rounding. */
const LEAST_COEFFICIENT = 1e-6;

function percent(part: number): string {
  return `${(part * 100)
    .toPrecision(2)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "")}%`;
}

interface Solution {
  readonly factors: readonly number[];
  readonly residual: number;
}

/** Factors of the terms, none below 0: the best of the fits with some of the terms left out. */
function fitTerms(points: Points, terms: readonly Term[]): Solution {
  const [alone, ...others] = terms as [Term, ...Term[]];
  let best: Solution | undefined;
  for (let kept = 0; kept < 2 ** others.length; kept++) {
    const isKept = others.map((_, i) => (kept & (1 << i)) !== 0);
    const solved = leastSquares(points, [alone, ...others.filter((_, i) => isKept[i])]);
    let next = 1;
    const factors = [solved[0] as number, ...isKept.map((is) => (is ? (solved[next++] as number) : 0))];
    if (factors.some((factor) => !(factor >= 0))) continue;
    const residual = residualOf(points, terms, factors);
    if (best === undefined || residual < best.residual) best = { factors, residual };
  }
  // The fit of the constant term alone has a positive factor, so there is always a solution.
  return best as Solution;
}

function residualOf(points: Points, terms: readonly Term[], factors: readonly number[]): number {
  const squares = points.map(({ workers, ms }) => {
    const fitted = terms.reduce((sum, term, i) => sum + term(workers) * (factors[i] as number), 0);
    return (1 - fitted / (workers * ms)) ** 2;
  });
  return Math.sqrt(squares.reduce((a, b) => a + b) / points.length);
}

/** Minimises the sum of (1 - fitted / measured)^2 by the normal equations: three unknowns at most. */
function leastSquares(points: Points, terms: readonly Term[]): number[] {
  const rows = points.map(({ workers, ms }) => terms.map((term) => term(workers) / (workers * ms)));
  const matrix = terms.map((_, i) => [
    ...terms.map((_, j) => rows.reduce((sum, row) => sum + (row[i] as number) * (row[j] as number), 0)),
    rows.reduce((sum, row) => sum + (row[i] as number), 0),
  ]);
  return solve(matrix);
}

/** Gauss and Jordan, the largest pivot first. @param matrix equations, the right side last in each */
function solve(matrix: number[][]): number[] {
  const size = matrix.length;
  for (let column = 0; column < size; column++) {
    const from = matrix
      .slice(column)
      .reduce((a, b) => (Math.abs(b[column] as number) > Math.abs(a[column] as number) ? b : a));
    matrix.splice(matrix.indexOf(from), 1);
    matrix.splice(column, 0, from);
    const pivot = from[column] as number;
    for (const row of matrix) {
      if (row === from) continue;
      const factor = (row[column] as number) / pivot;
      row.forEach((value, k) => {
        row[k] = value - factor * (from[k] as number);
      });
    }
  }
  return matrix.map((row, i) => (row[size] as number) / (row[i] as number));
}
