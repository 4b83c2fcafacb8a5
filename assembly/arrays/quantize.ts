/** Rows of floats as bytes, each with a scale. */
import { Ptr, Rows } from "allcores/assembly";

/** scales[i] = max |x| / 127; the bytes are rounded, halves to even. */
export function quantize(begin: i32, end: i32, rows: Rows<f32>, data: Rows<i8>, scales: Ptr<f32>): void {
  for (let i = begin; i < end; i++) {
    const x = rows.row(i),
      out = data.row(i);
    let greatest: f32 = 0;
    for (let k = 0; k < x.length; k++) greatest = max(greatest, abs(x[k]));
    const scale = greatest / 127;
    scales[i] = scale;
    for (let k = 0; k < x.length; k++) {
      const value = nearest(x[k] / scale);
      out[k] = value == value ? <i8>value : 0; // of zeros, infinities and NaN
    }
  }
}
