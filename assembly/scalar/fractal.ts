/**
 * The JS twins of fractals, src/kernels/{fractal.twin,tiles,orbits}.ts, ported line by line: counts of the Mandelbrot set
 * and of Julia sets. One pixel at a time and every step of it, without SIMD and shortcuts.
 *
 * Parameters are those of assembly/kernels/fractal.ts, without scratch memory. The operations and their order are the
 * twin's, so that counts agree to the last bit.
 */

/** How many steps z <- z^2 + c an orbit from z = (zr, zi) survives, at most `maxIterations`. */
function count(zr: f64, zi: f64, cr: f64, ci: f64, maxIterations: i32): i32 {
  let zrSquared = zr * zr;
  let ziSquared = zi * zi;
  let steps = 0;
  for (; steps < maxIterations; steps++) {
    const t = zr * zi;
    zi = t + t + ci;
    zr = zrSquared - ziSquared + cr;
    zrSquared = zr * zr;
    ziSquared = zi * zi;
    if (!(zrSquared + ziSquared <= 4)) break;
  }
  return steps;
}

/** The kind whose z starts at the pixel; all others are drawn as the Mandelbrot set (lib/fractal/formula.ts numbers them). */
const JULIA: i32 = 1;

/** Draws the tiles [begin, end), the pixels of a tile from left to right: z^2 + c, of the pixel or of Julia's constant. */
export function draw(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, kind: i32, cRe: f64, cIm: f64, shortcuts: i32
): void {
  const isJulia = kind == JULIA;
  const perRow = (width + tile - 1) / tile;
  const stop = <i32>end;
  for (let item = <i32>begin; item < stop; item++) {
    const row = item / perRow;
    const first = (item % perRow) * tile;
    const last = min(first + tile, width);
    const im = <f64>row * imStep + imStart;
    const rowStart = out + ((<usize>row * <usize>width) << 2);
    for (let x = first; x < last; x++) {
      const re = <f64>x * reStep + reStart;
      store<i32>(rowStart + (<usize>x << 2), count(re, im, isJulia ? cRe : re, isJulia ? cIm : im, maxIterations));
    }
  }
}
