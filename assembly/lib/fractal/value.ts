/** The values of pixels that have escaped, from the z (and its derivative) that was first out of the bound; two each. */
import { ln } from "../log";
import { norm, powerOf } from "./formula";

const PER_LN_65536: f64 = 0.09016844005556021; // 1 / ln(256^2)

/** 1 / ln(power). */
// @ts-ignore: decorator
@inline
function perLogarithm(power: i32): f64 {
  if (power == 2) return 1.4426950408889634;
  if (power == 3) return 0.9102392266268374;
  if (power == 4) return 0.7213475204444817;
  if (power == 5) return 0.6213349345596119;
  if (power == 6) return 0.5581106265512472;
  if (power == 7) return 0.5138983423697507;
  return 0.4808983469629878;
}

/** |z|^2, or the greatest double where that overflows. */
// @ts-ignore: decorator
@inline
function finiteNorm(re: v128, im: v128): v128 {
  const greatest = f64x2.splat(f64.MAX_VALUE);
  const square = norm(re, im);
  return v128.bitselect(square, greatest, f64x2.le(square, greatest));
}

/** count + 1 - log(ln|z| / ln 256) / log(power), in the f32 lanes 0 and 1: a count that has no steps. */
// @ts-ignore: decorator
@inline
export function smooth(kind: i32, count: v128, re: v128, im: v128): v128 {
  const level = f64x2.mul(ln(finiteNorm(re, im)), f64x2.splat(PER_LN_65536));
  const part = f64x2.mul(ln(level), f64x2.splat(perLogarithm(powerOf(kind))));
  return f32x4.demote_f64x2_zero(f64x2.sub(f64x2.add(count, f64x2.splat(1)), part));
}

/**
 * 2|z| ln|z| / |dz|, in the f32 lanes 0 and 1: about how far the set is, in units of the plane. Infinity where |z|^2
 * overflows, which it does far out only; 0 where |dz|^2 does, which it does next to the set.
 */
// @ts-ignore: decorator
@inline
export function distance(re: v128, im: v128, dRe: v128, dIm: v128): v128 {
  const square = norm(re, im);
  const value = f64x2.div(f64x2.mul(f64x2.sqrt(square), ln(square)), f64x2.sqrt(norm(dRe, dIm)));
  const near = v128.and(value, f64x2.ge(value, f64x2.splat(0)));
  const isFinite = f64x2.le(square, f64x2.splat(f64.MAX_VALUE));
  return f32x4.demote_f64x2_zero(v128.bitselect(near, f64x2.splat(Infinity), isFinite));
}
