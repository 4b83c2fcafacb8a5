/** Sums, as plain loops. */
import type { Float, Numbers, Same } from "../types.js";

export function sum(x: Numbers): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i] as number;
  return total;
}

export function dot<T extends Float>(a: T, b: Same<T>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] as number) * (b[i] as number);
  return total;
}

export function norm(x: Float): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += (x[i] as number) ** 2;
  return Math.sqrt(total);
}
