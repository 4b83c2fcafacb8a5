/** Products of matrices, as plain loops. */
import type { Float, Plain, Same } from "../types.js";

export function matmul<T extends Float>(
  a: T,
  b: Same<T>,
  { inner, transposeB = false }: { readonly inner: number; readonly transposeB?: boolean },
): Plain<T> {
  const [rows, columns] = [a.length / inner, b.length / inner];
  const out = new (a.constructor as Float64ArrayConstructor)(rows * columns);
  const round = a instanceof Float32Array ? Math.fround : (value: number) => value;
  const [down, across] = transposeB ? [1, inner] : [columns, 1];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++)
        sum = round(sum + round((a[i * inner + k] as number) * (b[k * down + j * across] as number)));
      out[i * columns + j] = sum;
    }
  }
  return out as Plain<T>;
}
