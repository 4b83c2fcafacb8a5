/** Matrices transposed, as plain loops. */
import type { Float, Plain } from "../types.js";

export function transpose<T extends Float>(x: T, { columns }: { readonly columns: number }): Plain<T> {
  const rows = x.length / columns;
  const out = new (x.constructor as Float64ArrayConstructor)(x.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = x[i * columns + j] as number;
  return out as Plain<T>;
}
