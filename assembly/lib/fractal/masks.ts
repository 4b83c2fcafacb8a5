/** Which lanes of several vectors are all-ones, as bits. */

/** Bits 0 to 7: four vectors of two lanes of 64 bits. */
// @ts-ignore: decorator
@inline
export function bitsOf8(a: v128, b: v128, c: v128, d: v128): i32 {
  const low = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
  return i16x8.bitmask(i16x8.narrow_i32x4_s(low, v128.shuffle<i32>(c, d, 0, 2, 4, 6)));
}

/** Bits 0 to 11: three vectors of four lanes of 32 bits. */
// @ts-ignore: decorator
@inline
export function bitsOf12(a: v128, b: v128, c: v128): i32 {
  const zero = i32x4.splat(0);
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, zero)));
}
