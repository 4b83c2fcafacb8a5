/** What numbers are like, as plain loops. */
import type { Description } from "../describe.js";
import type { Numbers } from "../types.js";

export function describe(x: Numbers, { ddof = 1 }: { readonly ddof?: 0 | 1 } = {}): Description {
  let [count, sum, min, max] = [0, 0, Infinity, -Infinity];
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const [mean, nans] = [sum / count, x.length - count];
  if (count === 0) return { count, nans, sum, mean, variance: NaN, std: NaN, min: NaN, max: NaN };
  let squares = 0;
  for (let i = 0; i < x.length; i++) if (!Number.isNaN(x[i])) squares += ((x[i] as number) - mean) ** 2;
  const variance = count > ddof ? squares / (count - ddof) : NaN;
  return { count, nans, sum, mean, variance, std: Math.sqrt(variance), min, max };
}
