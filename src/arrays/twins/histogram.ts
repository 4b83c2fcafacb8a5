/** A histogram of bins of one width, as a plain loop. */
import type { Numbers } from "../types.js";

export function histogram(
  x: Numbers,
  { bins, range: [low, high] }: { bins: number; range: readonly [number, number] },
) {
  const counts = new Uint32Array(bins);
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    if (value < low || value > high || Number.isNaN(value)) continue;
    const bin = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}
