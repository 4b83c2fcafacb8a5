/** Running sums, minima and maxima, as plain loops. */
import type { Float } from "../types.js";

export function cumsum<T extends Float>(x: T): T {
  return running(x, 0, (a, b) => a + b);
}

export function cummin<T extends Float>(x: T): T {
  return running(x, Infinity, Math.min);
}

export function cummax<T extends Float>(x: T): T {
  return running(x, -Infinity, Math.max);
}

function running<T extends Float>(x: T, start: number, join: (a: number, b: number) => number): T {
  const out = x.slice() as T;
  let value = start;
  for (let i = 0; i < x.length; i++) {
    value = join(value, x[i] as number);
    out[i] = value;
  }
  return out;
}
