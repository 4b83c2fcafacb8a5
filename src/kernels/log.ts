/**
 * The natural logarithm by plain arithmetic, the same operations as in assembly/lib/log.ts: logarithms of engines and
 * libraries differ in the last bit, and pictures must not.
 */

const double = new Float64Array(1);
/** The same eight bytes: the low word, then the high one (typed arrays of Wasm and Node alike are little-endian). */
const words = new Int32Array(double.buffer);

/** High words of 1 and of sqrt(1/2). */
const ONE = 0x3ff00000;
const ROOT_HALF = 0x3fe6a09e;
// biome-ignore lint/suspicious/noApproximativeNumericConstant: the very literal of the Wasm kernel
const LN_2 = 0.6931471805599453;

/**
 * ln(x) to within 1e-13 of ln(x) itself, for a positive normal number: x = 2^e * m with sqrt(1/2) <= m < sqrt(2), and
 * ln(m) = 2 atanh(s) with s = (m - 1) / (m + 1), whose series is cut after s^15.
 */
export function ln(x: number): number {
  double[0] = x;
  const shifted = (words[1] as number) + (ONE - ROOT_HALF);
  const e = (shifted >> 20) - 1023;
  words[1] = (shifted & 0xfffff) + ROOT_HALF;
  const f = (double[0] as number) - 1;
  const s = f / (f + 2);
  const z = s * s;
  let p = 1 / 15;
  p = p * z + 1 / 13;
  p = p * z + 1 / 11;
  p = p * z + 1 / 9;
  p = p * z + 1 / 7;
  p = p * z + 1 / 5;
  p = p * z + 1 / 3;
  return e * LN_2 + (s + s) * (p * z + 1);
}
