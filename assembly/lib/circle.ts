/**
 * "Lazy bits": 16 bits of each coordinate say for all but 1 point in 10,000 whether it lies in the circle of radius 2^15
 * around 0; only the others need more.
 *
 * A point is a 32-bit lane: x the low half, y the high half, both signed. It stands for its cell, the square of side 1
 * around (x, y). The cells cover the square from -2^15 to 2^15, with those of x or y = -2^15 half at either end.
 *
 * - `dot_i16x8_s(p, p)` is d = x^2 + y^2, one instruction for four points. (Cells that begin at (x, y) would take
 *   p and its complement, one more instruction, 0.025 ns a sample.)
 * - A cell that the circle crosses has d within 46,341.5 of 2^30: if c + e is a point on the circle, c the centre, then
 *   d = 2^30 - 2 (c + e) e + e^2, where |(c + e) e| <= (2^15 sqrt 2) / 2 and e^2 <= 1/2. So h = d >> 16 decides: up to
 *   16382 the cell is inside, from 16385 outside, and in between it may be crossed (9.6e-5 of all).
 * - h - 16383 then is negative, 0 or 1, or greater, and still so when it is narrowed to a byte with saturation. The one
 *   cell whose d does not fit (x = y = -2^15: d = -2^31, h = -2^15) comes out at 16385, outside, as 16 bits wrap.
 *
 * 11 operations for 16 points, and two to use them: the bytes' signs are the hits (`bitmask`, `popcnt`), and the unsigned
 * minimum of many such vectors shows whether any had a byte of 0 or 1.
 */

/** The value of all lanes of `edge`, loaded from memory: V8 would build a constant anew for every use. */
// @ts-ignore: decorator
@inline
export const EDGE: i16 = 16383;

/** h - 16383 of eight points: those of `a` in the even lanes, of `b` in the odd ones. A shift and a `pblendw`. */
// @ts-ignore: decorator
@inline
function eight(a: v128, b: v128, edge: v128): v128 {
  const highOfA = i32x4.shr_u(i32x4.dot_i16x8_s(a, a), 16);
  return i16x8.sub(v128.shuffle<i16>(highOfA, i32x4.dot_i16x8_s(b, b), 0, 9, 2, 11, 4, 13, 6, 15), edge);
}

/** Verdicts on 16 points, one a byte (see `pointOf`): negative inside, 0 or 1 perhaps crossed, greater outside. */
// @ts-ignore: decorator
@inline
export function verdicts(a: v128, b: v128, c: v128, d: v128, edge: v128): v128 {
  return i8x16.narrow_i16x8_s(eight(a, b, edge), eight(c, d, edge));
}

/** One bit for each point that is surely inside. */
// @ts-ignore: decorator
@inline
export function insides(verdicts: v128): i32 {
  return i8x16.bitmask(verdicts);
}

/** One bit for each point that may be on the edge. */
// @ts-ignore: decorator
@inline
export function edges(verdicts: v128): i32 {
  return i8x16.bitmask(i8x16.lt_u(verdicts, i8x16.splat(2)));
}

/** Which of 16 points in a row a byte of `verdicts`, or a bit of the masks, is about. */
// @ts-ignore: decorator
@inline
export function pointOf(byte: i32): i32 {
  return (byte & 8) | ((byte & 1) << 2) | ((byte & 6) >> 1);
}

/** The masks' bits of the first `points` of 16. */
export function firstPoints(points: i32): i32 {
  let mask = 0;
  for (let byte = 0; byte < 16; byte++) mask |= i32(pointOf(byte) < points) << byte;
  return mask;
}

/** The exact decision, with 32 more bits of x in the low half of `bits` and of y in the high one. */
export function isInside(point: i32, bits: u64): bool {
  const x = coordinate(point << 16 >> 16, <i32>bits);
  const y = coordinate(point >> 16, <i32>(bits >> 32));
  return x * x + y * y <= 1073741824;
}

/** A signed 48-bit number and a half, over 2^32; the lower half of the first cell lies at the far end. */
// @ts-ignore: decorator
@inline
function coordinate(cell: i32, bits: i32): f64 {
  const wrapped = cell == -32768 && bits < 0 ? 32768 : cell;
  return <f64>wrapped + (<f64>bits + 0.5) * (1.0 / 4294967296.0);
}
