/**
 * The end of one pixel: it escapes within the steps to come, or is taken to be inside. The vector code works on two equal
 * lanes, so that each formula stands once; scalars would be no faster, since each step waits for the one before.
 */
import { nextIm, nextRe, norm } from "./formula";
import { smooth } from "./value";

/** What a kernel writes: i32 counts of survived steps, or f32 values. */
export const COUNTS: i32 = 0;
export const SMOOTH: i32 = 1;
export const DISTANCE: i32 = 2;

/** The greatest |z|^2 that survives: smooth values and distances need an orbit that is far out. */
// @ts-ignore: decorator
@inline
export function boundOf(output: i32): f64 {
  return output == COUNTS ? 4 : 65536;
}

/** Writes the value of a pixel inside. */
// @ts-ignore: decorator
@inline
export function settleInside(output: i32, maxIterations: i32, pixel: usize): void {
  if (output == COUNTS) i32.store(pixel, maxIterations);
  else f32.store(pixel, output == SMOOTH ? <f32>maxIterations : 0);
}

/**
 * Iterates from z, which has survived `before` steps, to the escape or to the end, and writes the pixel's count or smooth
 * value (not its distance: that needs the derivative).
 *
 * `isWatched`: looks for cycles too, as survivors.ts does for eight pixels at a time; the z to compare with is renewed at
 * steps 64, 128, 256 ... Zeros of either sign are equal, and lead to equal orbits but for signs of zeros.
 * @returns whether the orbit escapes
 */
// @ts-ignore: decorator
@inline
export function settle(
  kind: i32, output: i32, before: i32, maxIterations: i32, zRe: f64, zIm: f64, cRe: f64, cIm: f64, pixel: usize,
  isWatched: bool
): bool {
  const bound = f64x2.splat(boundOf(output));
  const c0 = f64x2.splat(cRe);
  const c1 = f64x2.splat(cIm);
  let re = f64x2.splat(zRe);
  let im = f64x2.splat(zIm);
  let savedRe = re;
  let savedIm = im;
  let renewal: u32 = 64;
  let count = before;
  for (; count < maxIterations; count++) {
    const next = nextRe(kind, re, im, c0);
    im = nextIm(kind, re, im, c1);
    re = next;
    if (!i64x2.all_true(f64x2.le(norm(re, im), bound))) break;
    if (!isWatched) continue;
    if (i64x2.all_true(v128.and(f64x2.eq(re, savedRe), f64x2.eq(im, savedIm)))) {
      settleInside(output, maxIterations, pixel);
      return false;
    }
    if (<u32>count == renewal) {
      savedRe = re;
      savedIm = im;
      renewal <<= 1;
    }
  }
  if (count >= maxIterations) {
    settleInside(output, maxIterations, pixel);
    return false;
  }
  if (output == COUNTS) i32.store(pixel, count);
  if (output == SMOOTH) v128.store32_lane(pixel, smooth(kind, f64x2.splat(<f64>count), re, im), 0);
  return true;
}
