/** Which lanes of several vectors are all-ones, as bits. */

/** The masks of eight pixels, 16 bits each, of four vectors of two lanes of 64 bits. */
// @ts-ignore: decorator
@inline
export function narrow8(a: v128, b: v128, c: v128, d: v128): v128 {
  return i16x8.narrow_i32x4_s(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(c, d, 0, 2, 4, 6));
}

/** Bits 0 to 7: four vectors of two lanes of 64 bits. */
// @ts-ignore: decorator
@inline
export function bitsOf8(a: v128, b: v128, c: v128, d: v128): i32 {
  return i16x8.bitmask(narrow8(a, b, c, d));
}

/** Bits 0 to 15: two vectors of eight lanes of 16 bits. */
// @ts-ignore: decorator
@inline
export function bitsOf16(a: v128, b: v128): i32 {
  return i8x16.bitmask(i8x16.narrow_i16x8_s(a, b));
}
