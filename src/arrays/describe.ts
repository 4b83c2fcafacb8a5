/**
 * What numbers are like.
 *
 *   x ─blocks─> count, sum, mean, squares about it, extremes of each ─one call─> of all
 */
import { step } from "../job/steps.js";
import { elementType, type HeapArray } from "../memory/heap.js";
import { show } from "../validate.js";
import { type ArraysOptions, type Call, kernel, withCall } from "./call.js";
import { NUMBERS, type Numbers } from "./types.js";

/** How many numbers there are, and what they are like; NaNs are left out. Of nothing: sum 0, and NaN. */
export interface Description {
  readonly count: number;
  /** How many NaNs there are. */
  readonly nans: number;
  readonly sum: number;
  readonly mean: number;
  /** By `count - ddof`. */
  readonly variance: number;
  /** The root of the variance. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/** Elements of a block: 32 KiB of doubles, which the cache holds while they are read twice. */
const BLOCK = 4096;
/** Numbers that the kernels write of a block, and of all. */
const WIDTH = 6;

/**
 * Count, sum, mean, variance, standard deviation, least and greatest in one pass, compensated (Chan, Golub and LeVeque,
 * 1983). Sums of integers are exact to 2^53.
 * @param options.ddof what the variance's divisor is less than the count: 1 (default) for a sample, 0 for all there are
 * @returns rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function describe(
  x: Numbers,
  options: ArraysOptions & { readonly ddof?: 0 | 1 | undefined } = {},
): Promise<Description> {
  return withCall(options, ["ddof"], async (call) => {
    const { ddof = 1 } = options;
    if (ddof !== 0 && ddof !== 1)
      throw new (typeof ddof === "number" ? RangeError : TypeError)(`ddof must be 0 or 1, got ${show(ddof)}`);
    const on = await call.input("x", x, NUMBERS);
    const { count, sum, mean, squares, min, max } = await describeOnHeap(call, on);
    const nans = on.length - count;
    if (count === 0) return { count, nans, sum: 0, mean: NaN, variance: NaN, std: NaN, min: NaN, max: NaN };
    const variance = count > ddof ? squares / (count - ddof) : NaN;
    return { count, nans, sum, mean, variance, std: Math.sqrt(variance), min, max };
  });
}

/** Of numbers on the heap: the squares are those about the mean. */
export async function describeOnHeap(call: Call, x: HeapArray<(typeof NUMBERS)[number]>) {
  const blocks = Math.ceil(x.length / BLOCK);
  const parts = call.between("float64", blocks * WIDTH);
  const out = call.temporary("float64", WIDTH);
  await call.steps([
    step(kernel("describe", elementType(x) as string), blocks, { size: BLOCK, x, parts }),
    step(kernel("describe", "join"), undefined, { parts, out }),
  ]);
  const [count = 0, sum = 0, mean = 0, squares = 0, min = 0, max = 0] = out;
  return { count, sum, mean, squares, min, max };
}
