/**
 * The natural logarithm of two doubles by arithmetic only: `Math.log` would bring a table (data segments, which shared
 * memory forbids), and engines differ in its last bit. src/kernels/log.ts does the same operation by operation.
 *
 * x = m 2^e with sqrt(1/2) <= m < sqrt(2), and ln m = 2 artanh s = 2 (s + s^3 / 3 + s^5 / 5 + ...), s = (m - 1) / (m + 1),
 * up to s^15 / 15: s is at most 0.172, so what is left out is below 5e-14 of ln m.
 */

/** The high words of sqrt(1/2) and of 1, by which the exponent is split off; see fdlibm's and musl's log. */
const SQRT_HALF: i64 = 0x3fe6a09e << 32;
const ONE: i64 = 0x3ff00000 << 32;
const LN_2: f64 = 0.6931471805599453;

/** ln of two doubles, normal and positive: else the result means nothing. */
// @ts-ignore: decorator
@inline
export function ln(x: v128): v128 {
  const bits = i64x2.add(x, i64x2.splat(ONE - SQRT_HALF));
  // An exponent e, biased, under the high word of 2^52 reads 2^52 + e.
  const biased = v128.or(i64x2.shr_u(bits, 52), i64x2.splat(0x4330000000000000));
  const exponent = f64x2.sub(biased, f64x2.splat(4503599627370496.0 + 1023.0));
  const m = i64x2.add(v128.and(bits, i64x2.splat(0x000fffffffffffff)), i64x2.splat(SQRT_HALF));
  const f = f64x2.sub(m, f64x2.splat(1));
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2)));
  const z = f64x2.mul(s, s);
  let sum = f64x2.splat(1.0 / 15.0);
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(1.0 / 13.0));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(1.0 / 11.0));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(1.0 / 9.0));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(1.0 / 7.0));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(1.0 / 5.0));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(1.0 / 3.0));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(1));
  return f64x2.add(f64x2.mul(exponent, f64x2.splat(LN_2)), f64x2.mul(f64x2.add(s, s), sum));
}
