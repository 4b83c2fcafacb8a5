/**
 * The steps of 8 pixels for outputs that need the z that escaped, or its derivative too: an orbit that is out of the
 * bound is frozen, so that its z is there at the end. Neighbours in a row take their first steps here; pixels whose
 * distance is wanted take all their steps here, once they are known to escape (the derivative costs twice the step, and
 * pixels inside never need it).
 */
import { JULIA, nextDerivativeIm, nextDerivativeRe, nextIm, nextRe, norm, square } from "./formula";
import { isInterior } from "./interior";
import { bitsOf8 } from "./masks";
import {
  GROUP_COUNTS, GROUP_D_IM, GROUP_D_RE, GROUP_IM, GROUP_PIXEL, GROUP_POINT_IM, GROUP_POINT_RE, GROUP_RE, store4,
} from "./scratch";
import { boundOf, DISTANCE, SMOOTH } from "./settle";
import { distance, smooth } from "./value";

/** Pixels in a group. */
export const FROZEN_GROUP: i32 = 8;

/** The points of two pixels of a row, the last pixel of the group in place of those beyond. */
// @ts-ignore: decorator
@inline
function pointsAt(column: f64, last: f64, reStart: f64, reStep: f64): v128 {
  const columns = f64x2.pmin(f64x2.add(f64x2.splat(column), f64x2(0, 1)), f64x2.splat(last));
  return f64x2.add(f64x2.mul(columns, f64x2.splat(reStep)), f64x2.splat(reStart));
}

/**
 * Fills a group with `pixels` (1 to 8) pixels of a row from column `x` on, `pixel` being the address of the first.
 * @returns whether all lie in the known interior; false without `isInteriorAsked`
 */
// @ts-ignore: decorator
@inline
export function rowGroup(
  group: usize, pixel: usize, x: i32, pixels: i32, reStart: f64, reStep: f64, im: f64, isInteriorAsked: bool
): bool {
  const last = <f64>(x + pixels - 1);
  const re0 = pointsAt(<f64>x, last, reStart, reStep);
  const re1 = pointsAt(<f64>(x + 2), last, reStart, reStep);
  const re2 = pointsAt(<f64>(x + 4), last, reStart, reStep);
  const re3 = pointsAt(<f64>(x + 6), last, reStart, reStep);
  const row = f64x2.splat(im);
  store4(group + GROUP_POINT_RE, re0, re1, re2, re3);
  store4(group + GROUP_POINT_IM, row, row, row, row);
  const first = i32x4.splat(<i32>pixel);
  v128.store(group, i32x4.add(first, i32x4(0, 4, 8, 12)), GROUP_PIXEL);
  v128.store(group, i32x4.add(first, i32x4(16, 20, 24, 28)), GROUP_PIXEL + 16);
  if (!isInteriorAsked) return false;
  const imSquared = square(row);
  const left = v128.and(isInterior(re0, imSquared), isInterior(re1, imSquared));
  return i64x2.all_true(v128.and(left, v128.and(isInterior(re2, imSquared), isInterior(re3, imSquared))));
}

/** Puts one more pixel into a group of `pixels` waiting pixels; it holds up to 16. */
// @ts-ignore: decorator
@inline
export function addToGroup(group: usize, pixels: i32, pointRe: f64, pointIm: f64, pixel: usize): void {
  const wide = group + (<usize>pixels << 3);
  f64.store(wide, pointRe, GROUP_POINT_RE);
  f64.store(wide, pointIm, GROUP_POINT_IM);
  i32.store(group + (<usize>pixels << 2), <i32>pixel, GROUP_PIXEL);
}

/** Makes pixel `to` of a group the same as pixel `from`. */
// @ts-ignore: decorator
@inline
export function copyInGroup(group: usize, from: i32, to: i32): void {
  const wide = group + (<usize>from << 3);
  const pixel = <usize>i32.load(group + (<usize>from << 2), GROUP_PIXEL);
  addToGroup(group, to, f64.load(wide, GROUP_POINT_RE), f64.load(wide, GROUP_POINT_IM), pixel);
}

/**
 * Takes up to `steps` steps with the first `pixels` (1 to 8) pixels of a group, and writes the values of those that escape.
 * @returns which of them (bit i: pixel i of the group) are still within the bound; their z is in the group
 */
// @ts-ignore: decorator
@inline
export function frozenSteps(
  kind: i32, output: i32, group: usize, pixels: i32, steps: i32, cRe: f64, cIm: f64
): i32 {
  let re0 = v128.load(group, GROUP_POINT_RE);
  let re1 = v128.load(group, GROUP_POINT_RE + 16);
  let re2 = v128.load(group, GROUP_POINT_RE + 32);
  let re3 = v128.load(group, GROUP_POINT_RE + 48);
  let im0 = v128.load(group, GROUP_POINT_IM);
  let im1 = v128.load(group, GROUP_POINT_IM + 16);
  let im2 = v128.load(group, GROUP_POINT_IM + 32);
  let im3 = v128.load(group, GROUP_POINT_IM + 48);
  const constant = f64x2.splat(cRe);
  const c0 = kind == JULIA ? constant : re0;
  const c1 = kind == JULIA ? constant : re1;
  const c2 = kind == JULIA ? constant : re2;
  const c3 = kind == JULIA ? constant : re3;
  const constantIm = f64x2.splat(cIm);
  const ci0 = kind == JULIA ? constantIm : im0;
  const ci1 = kind == JULIA ? constantIm : im1;
  const ci2 = kind == JULIA ? constantIm : im2;
  const ci3 = kind == JULIA ? constantIm : im3;
  const one = f64x2.splat(1);
  const bound = f64x2.splat(boundOf(output));
  let dRe0 = one;
  let dRe1 = one;
  let dRe2 = one;
  let dRe3 = one;
  let dIm0 = f64x2.splat(0);
  let dIm1 = dIm0;
  let dIm2 = dIm0;
  let dIm3 = dIm0;
  let counts0 = f64x2.splat(0);
  let counts1 = counts0;
  let counts2 = counts0;
  let counts3 = counts0;
  let alive0 = i64x2.splat(-1);
  let alive1 = alive0;
  let alive2 = alive0;
  let alive3 = alive0;
  for (let i = 0; i < steps; i++) {
    if (output == DISTANCE) {
      let d = nextDerivativeRe(kind, re0, im0, dRe0, dIm0);
      dIm0 = v128.bitselect(nextDerivativeIm(kind, re0, im0, dRe0, dIm0), dIm0, alive0);
      dRe0 = v128.bitselect(d, dRe0, alive0);
      d = nextDerivativeRe(kind, re1, im1, dRe1, dIm1);
      dIm1 = v128.bitselect(nextDerivativeIm(kind, re1, im1, dRe1, dIm1), dIm1, alive1);
      dRe1 = v128.bitselect(d, dRe1, alive1);
      d = nextDerivativeRe(kind, re2, im2, dRe2, dIm2);
      dIm2 = v128.bitselect(nextDerivativeIm(kind, re2, im2, dRe2, dIm2), dIm2, alive2);
      dRe2 = v128.bitselect(d, dRe2, alive2);
      d = nextDerivativeRe(kind, re3, im3, dRe3, dIm3);
      dIm3 = v128.bitselect(nextDerivativeIm(kind, re3, im3, dRe3, dIm3), dIm3, alive3);
      dRe3 = v128.bitselect(d, dRe3, alive3);
    }
    let re = nextRe(kind, re0, im0, c0);
    im0 = v128.bitselect(nextIm(kind, re0, im0, ci0), im0, alive0);
    re0 = v128.bitselect(re, re0, alive0);
    re = nextRe(kind, re1, im1, c1);
    im1 = v128.bitselect(nextIm(kind, re1, im1, ci1), im1, alive1);
    re1 = v128.bitselect(re, re1, alive1);
    re = nextRe(kind, re2, im2, c2);
    im2 = v128.bitselect(nextIm(kind, re2, im2, ci2), im2, alive2);
    re2 = v128.bitselect(re, re2, alive2);
    re = nextRe(kind, re3, im3, c3);
    im3 = v128.bitselect(nextIm(kind, re3, im3, ci3), im3, alive3);
    re3 = v128.bitselect(re, re3, alive3);
    // A frozen orbit stays out of the bound.
    alive0 = f64x2.le(norm(re0, im0), bound);
    alive1 = f64x2.le(norm(re1, im1), bound);
    alive2 = f64x2.le(norm(re2, im2), bound);
    alive3 = f64x2.le(norm(re3, im3), bound);
    if (!v128.any_true(v128.or(v128.or(alive0, alive1), v128.or(alive2, alive3)))) break;
    counts0 = f64x2.add(counts0, v128.and(alive0, one));
    counts1 = f64x2.add(counts1, v128.and(alive1, one));
    counts2 = f64x2.add(counts2, v128.and(alive2, one));
    counts3 = f64x2.add(counts3, v128.and(alive3, one));
  }
  store4(group + GROUP_RE, re0, re1, re2, re3);
  store4(group + GROUP_IM, im0, im1, im2, im3);
  if (output == SMOOTH) store4(group + GROUP_COUNTS, counts0, counts1, counts2, counts3);
  else {
    store4(group + GROUP_D_RE, dRe0, dRe1, dRe2, dRe3);
    store4(group + GROUP_D_IM, dIm0, dIm1, dIm2, dIm3);
  }
  const survivors = bitsOf8(alive0, alive1, alive2, alive3);
  for (let i = 0; i < pixels; i += 2) {
    if (((survivors >> i) & 3) == 3) continue;
    const pair = group + (<usize>i << 3);
    const zRe = v128.load(pair, GROUP_RE);
    const zIm = v128.load(pair, GROUP_IM);
    const value = output == SMOOTH
      ? smooth(kind, v128.load(pair, GROUP_COUNTS), zRe, zIm)
      : distance(zRe, zIm, v128.load(pair, GROUP_D_RE), v128.load(pair, GROUP_D_IM));
    const target = group + (<usize>i << 2);
    v128.store32_lane(<usize>i32.load(target, GROUP_PIXEL), value, 0);
    if (pixels - i > 1) v128.store32_lane(<usize>i32.load(target, GROUP_PIXEL + 4), value, 1);
  }
  return survivors & ((1 << pixels) - 1);
}
