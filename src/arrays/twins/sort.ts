/** Sorting, by the language's own means. */
import type { Key } from "../types.js";

export function sort<T extends Key>(x: T, { descending = false } = {}): T {
  const sorted = x.slice().sort() as T;
  if (!descending) return sorted;
  // NaN stays last.
  let numbers = sorted.length;
  while (numbers > 0 && Number.isNaN(sorted[numbers - 1])) numbers--;
  sorted.subarray(0, numbers).reverse();
  return sorted;
}

export function argsort(x: Key, { descending = false } = {}): Uint32Array<ArrayBuffer> {
  const sign = descending ? -1 : 1;
  const compare = (a: number, b: number) => {
    const [p, q] = [x[a] as number, x[b] as number];
    if (Number.isNaN(p) || Number.isNaN(q)) return Number(Number.isNaN(p)) - Number(Number.isNaN(q));
    if (p !== q) return p < q ? -sign : sign;
    return sign * (Number(Object.is(q, -0)) - Number(Object.is(p, -0)));
  };
  return Uint32Array.from({ length: x.length }, (_, i) => i).sort(compare);
}
