/** Convolutions, as plain loops. */
import type { Float, Plain, Same } from "../types.js";

export function convolve<T extends Float>(
  a: T,
  b: Same<T>,
  { mode = "full" }: { readonly mode?: "full" | "same" | "valid" } = {},
): Plain<T> {
  const [x, y]: [Float, Float] = a.length >= b.length ? [a, b as Float] : [b as Float, a];
  const full = new (x.constructor as Float64ArrayConstructor)(x.length + y.length - 1);
  for (let j = 0; j < y.length; j++)
    for (let i = 0; i < x.length; i++) full[i + j] = (full[i + j] as number) + product(x, i, y, j);
  const start = { full: 0, same: (y.length - 1) >> 1, valid: y.length - 1 }[mode];
  const length = { full: full.length, same: x.length, valid: x.length - y.length + 1 }[mode];
  return full.slice(start, start + length) as Plain<T>;
}

/** Rounded to the type of the elements. */
function product(x: Float, i: number, y: Float, j: number): number {
  const value = (x[i] as number) * (y[j] as number);
  return x instanceof Float32Array ? Math.fround(value) : value;
}
