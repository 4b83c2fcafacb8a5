/**
 * The two largest parts of the Mandelbrot set, whose points never escape: the main cardioid (period 1) and the disc of
 * period 2 (Douady and Hubbard). A quarter of a picture of the whole set is saved from being iterated to the end.
 *
 * The catch: the tests are rounded, and so are the orbits of points on the very edge. A margin of 1e-10 keeps both away
 * from it; points within the margin are iterated.
 */

const MARGIN: f64 = 1e-10;

/** All-ones in the lanes of points inside; `imSquared`: im * im. Less than, so that infinity is not inside. */
// @ts-ignore: decorator
@inline
export function isInterior(re: v128, imSquared: v128): v128 {
  const x = f64x2.sub(re, f64x2.splat(0.25));
  const q = f64x2.add(f64x2.mul(x, x), imSquared);
  const edge = f64x2.sub(f64x2.mul(imSquared, f64x2.splat(0.25)), f64x2.splat(MARGIN));
  const inCardioid = f64x2.lt(f64x2.mul(q, f64x2.add(q, x)), edge);
  const x1 = f64x2.add(re, f64x2.splat(1));
  const inDisc = f64x2.lt(f64x2.add(f64x2.mul(x1, x1), imSquared), f64x2.splat(0.0625 - MARGIN));
  return v128.or(inCardioid, inDisc);
}
