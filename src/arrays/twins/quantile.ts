/** Quantiles, by a sort of a copy. */
import type { Numbers } from "../types.js";

export function quantile(x: Numbers, q: number): number {
  const sorted = Float64Array.from(x as Float64Array)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const at = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  const share = at - Math.floor(at);
  if (low === high || share === 0) return low;
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

export function median(x: Numbers): number {
  return quantile(x, 0.5);
}
