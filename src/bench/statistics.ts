/** Robust figures of a list of times: other programs on a machine only ever add time. */

/** The q-quantile, between the two nearest values where it falls between them. NaN for no values. */
export function quantile(values: Iterable<number>, q: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), q);
}

/** The q-quantile of values in ascending order. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const place = q * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** The value in the middle, or the mean of the two there. */
function median(values: Iterable<number>): number {
  return quantile(values, 0.5);
}

/** The median distance from the median, unscaled (times 1.4826 it estimates a standard deviation). */
function mad(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}

/** For normal noise the median distance is this part of the standard deviation. */
const DEVIATIONS_PER_MAD = 1.4826;
const FAR = 3.5;

/**
 * Values over 3.5 standard deviations (as the MAD estimates them) from the median. The report flags outliers, and keeps
 * them in all figures: an occasional delay of the machine is part of a case's cost.
 * @returns the outliers' places in the list
 */
function outliers(values: readonly number[]): number[] {
  const middle = median(values);
  const far = FAR * DEVIATIONS_PER_MAD * mad(values);
  // Where over half of the values are equal, the MAD is 0 and gives no scale: no value counts as far.
  if (!(far > 0)) return [];
  return values.flatMap((value, place) => (Math.abs(value - middle) > far ? [place] : []));
}

/** The robust figures of a list of times. */
export interface Summary {
  readonly median: number;
  readonly mad: number;
  readonly min: number;
  readonly max: number;
  /** Places of the outliers in the list. */
  readonly outliers: readonly number[];
}

export function summarize(values: readonly number[]): Summary {
  const sorted = Float64Array.from(values).sort();
  return {
    median: quantileOfSorted(sorted, 0.5),
    mad: mad(values),
    min: quantileOfSorted(sorted, 0),
    max: quantileOfSorted(sorted, 1),
    outliers: outliers(values),
  };
}
