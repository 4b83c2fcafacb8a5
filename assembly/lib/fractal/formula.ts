/**
 * One step z -> f(z) + c of every kind, for a vector of two points: `nextRe` and `nextIm` are its two parts. `kind` is a
 * constant wherever these two are inlined, so that one line of each is left. What both parts need (a square, a power) is
 * written in both, and computed once: V8 finds equal vector expressions.
 *
 * Strict IEEE double, operation by operation; the JS twins (src/kernels/*.twin.ts) do the same to the last bit.
 */

/** z^power, the kinds 2 to 8: 2 is the Mandelbrot set, the others are multibrots. */
export const MANDELBROT: i32 = 2;
/** z^2 with c given, and z starting at the pixel. */
export const JULIA: i32 = 1;
/** (|re z| + i |im z|)^2. */
export const BURNING_SHIP: i32 = 9;
/** conj(z)^2. */
export const TRICORN: i32 = 10;

// @ts-ignore: decorator
@inline
export function powerOf(kind: i32): i32 {
  return kind > 2 && kind < 9 ? kind : 2;
}

// @ts-ignore: decorator
@inline
export function square(x: v128): v128 {
  return f64x2.mul(x, x);
}

// @ts-ignore: decorator
@inline
function twice(x: v128): v128 {
  return f64x2.add(x, x);
}

// @ts-ignore: decorator
@inline
function squareRe(re: v128, im: v128): v128 {
  return f64x2.sub(square(re), square(im));
}

// @ts-ignore: decorator
@inline
function squareIm(re: v128, im: v128): v128 {
  return twice(f64x2.mul(re, im));
}

// @ts-ignore: decorator
@inline
export function timesRe(aRe: v128, aIm: v128, bRe: v128, bIm: v128): v128 {
  return f64x2.sub(f64x2.mul(aRe, bRe), f64x2.mul(aIm, bIm));
}

// @ts-ignore: decorator
@inline
export function timesIm(aRe: v128, aIm: v128, bRe: v128, bIm: v128): v128 {
  return f64x2.add(f64x2.mul(aRe, bIm), f64x2.mul(aIm, bRe));
}

/**
 * z^power, 1 to 8, by left-to-right binary exponentiation (Knuth, The Art of Computer Programming 2, 4.6.3): square for
 * each bit of the power after the first, and times z where it is set.
 */
// @ts-ignore: decorator
@inline
export function powerRe(power: i32, re: v128, im: v128): v128 {
  if (power == 1) return re;
  const re2 = squareRe(re, im);
  const im2 = squareIm(re, im);
  if (power == 2) return re2;
  if (power == 3) return timesRe(re2, im2, re, im);
  if (power == 4) return squareRe(re2, im2);
  if (power == 6 || power == 7) {
    const re3 = timesRe(re2, im2, re, im);
    const im3 = timesIm(re2, im2, re, im);
    return power == 6 ? squareRe(re3, im3) : timesRe(squareRe(re3, im3), squareIm(re3, im3), re, im);
  }
  const re4 = squareRe(re2, im2);
  const im4 = squareIm(re2, im2);
  return power == 5 ? timesRe(re4, im4, re, im) : squareRe(re4, im4);
}

// @ts-ignore: decorator
@inline
export function powerIm(power: i32, re: v128, im: v128): v128 {
  if (power == 1) return im;
  const re2 = squareRe(re, im);
  const im2 = squareIm(re, im);
  if (power == 2) return im2;
  if (power == 3) return timesIm(re2, im2, re, im);
  if (power == 4) return squareIm(re2, im2);
  if (power == 6 || power == 7) {
    const re3 = timesRe(re2, im2, re, im);
    const im3 = timesIm(re2, im2, re, im);
    return power == 6 ? squareIm(re3, im3) : timesIm(squareRe(re3, im3), squareIm(re3, im3), re, im);
  }
  const re4 = squareRe(re2, im2);
  const im4 = squareIm(re2, im2);
  return power == 5 ? timesIm(re4, im4, re, im) : squareIm(re4, im4);
}

// @ts-ignore: decorator
@inline
export function nextRe(kind: i32, re: v128, im: v128, cRe: v128): v128 {
  return f64x2.add(powerRe(powerOf(kind), re, im), cRe);
}

// @ts-ignore: decorator
@inline
export function nextIm(kind: i32, re: v128, im: v128, cIm: v128): v128 {
  if (kind == TRICORN) return f64x2.sub(cIm, squareIm(re, im));
  if (kind == BURNING_SHIP) return f64x2.add(twice(f64x2.abs(f64x2.mul(re, im))), cIm);
  return f64x2.add(powerIm(powerOf(kind), re, im), cIm);
}

/** |z|^2. */
// @ts-ignore: decorator
@inline
export function norm(re: v128, im: v128): v128 {
  return f64x2.add(square(re), square(im));
}

/**
 * The derivative of the iterate by the pixel, z being the value before the step: power z^(power - 1) z' + 1; for Julia
 * sets, where c does not depend on the pixel, without the 1.
 */
// @ts-ignore: decorator
@inline
export function nextDerivativeRe(kind: i32, re: v128, im: v128, dRe: v128, dIm: v128): v128 {
  const power = powerOf(kind);
  const product = timesRe(powerRe(power - 1, re, im), powerIm(power - 1, re, im), dRe, dIm);
  const scaled = f64x2.mul(f64x2.splat(<f64>power), product);
  return kind == JULIA ? scaled : f64x2.add(scaled, f64x2.splat(1));
}

// @ts-ignore: decorator
@inline
export function nextDerivativeIm(kind: i32, re: v128, im: v128, dRe: v128, dIm: v128): v128 {
  const power = powerOf(kind);
  const product = timesIm(powerRe(power - 1, re, im), powerIm(power - 1, re, im), dRe, dIm);
  return f64x2.mul(f64x2.splat(<f64>power), product);
}
