/** Rows of floats as bytes, as a plain loop. */

export function quantize(rows: Float32Array, dim: number) {
  const [data, scales] = [new Int8Array(rows.length), new Float32Array(rows.length / dim)];
  for (let row = 0; row < scales.length; row++) {
    let greatest = 0;
    for (let k = 0; k < dim; k++) greatest = Math.max(greatest, Math.abs(rows[row * dim + k] as number));
    const scale = Math.fround(greatest / 127);
    scales[row] = scale;
    for (let k = 0; k < dim; k++) data[row * dim + k] = toEven(Math.fround((rows[row * dim + k] as number) / scale));
  }
  return { data, scales };
}

/** To the nearest whole number, halves to the even one; NaN is 0 among bytes. */
function toEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
