/**
 * The JS twin of assembly/kernels/fractal.ts: the same exports on a typed array, and the same counts to the last bit,
 * since both are the same sequence of double operations.
 */

/** How many steps z <- z^2 + c survives from (zr, zi) before its first escape, at most `maxIterations`. */
function count(zr: number, zi: number, cr: number, ci: number, maxIterations: number): number {
  let zrSquared = zr * zr;
  let ziSquared = zi * zi;
  for (let i = 0; i < maxIterations; i++) {
    const t = zr * zi;
    zi = t + t + ci;
    zr = zrSquared - ziSquared + cr;
    zrSquared = zr * zr;
    ziSquared = zi * zi;
    if (!(zrSquared + ziSquared <= 4)) return i; // so that NaN escapes
  }
  return maxIterations;
}

/** Mandelbrot counts of the tiles from `begin` to `end` - 1, into the picture `out`, `width` pixels a row. */
export function mandelbrot(
  begin: number,
  end: number,
  out: Int32Array,
  width: number,
  tile: number,
  reStart: number,
  reStep: number,
  imStart: number,
  imStep: number,
  maxIterations: number,
): void {
  const perRow = Math.ceil(width / tile);
  for (let item = begin; item < end; item++) {
    const row = Math.floor(item / perRow);
    const first = (item % perRow) * tile;
    const last = Math.min(first + tile, width);
    const im = row * imStep + imStart;
    for (let x = first; x < last; x++) {
      const re = x * reStep + reStart;
      out[row * width + x] = count(re, im, re, im, maxIterations);
    }
  }
}

/** The same for the Julia set of c = `cRe` + i `cIm`. */
export function julia(
  begin: number,
  end: number,
  out: Int32Array,
  width: number,
  tile: number,
  reStart: number,
  reStep: number,
  imStart: number,
  imStep: number,
  maxIterations: number,
  cRe: number,
  cIm: number,
): void {
  const perRow = Math.ceil(width / tile);
  for (let item = begin; item < end; item++) {
    const row = Math.floor(item / perRow);
    const first = (item % perRow) * tile;
    const last = Math.min(first + tile, width);
    const im = row * imStep + imStart;
    for (let x = first; x < last; x++) out[row * width + x] = count(x * reStep + reStart, im, cRe, cIm, maxIterations);
  }
}
