/**
 * Escape-time counts of z <- z^2 + c, for the Mandelbrot set (z starts at c, the pixel) and for Julia sets (z starts at
 * the pixel, c is given).
 *
 * The count of a pixel is how many steps it survives before its first escape, at most `maxIterations`. It is defined by
 * strict IEEE double arithmetic, operation by operation, so that every implementation agrees to the last bit: a step is
 * t = zr * zi, zi' = (t + t) + ci, zr' = (zr * zr - zi * zi) + cr; it is survived if zr' * zr' + zi' * zi' <= 4, which
 * NaN does not. Column x of row r is the point (x * reStep + reStart, r * imStep + imStart).
 *
 * Items are tiles: `tile` consecutive pixels of a row, the last one of each row shorter where they do not fit. Item i
 * is tile i % tilesPerRow of row i / tilesPerRow.
 *
 * Four pixels advance together in two f64x2 vectors until none is left: more vectors spill, one waits for itself. A
 * pixel that is left over alone is counted without vectors.
 */

/**
 * Counts of four pixels as i32 lanes. `zr0`, `zr1`: real parts of the first and last two; `zi`: the imaginary part of
 * all, since they share a row; `cr0`, `cr1`, `ci`: c likewise.
 */
// @ts-ignore: decorator
@inline
function iterate(zr0: v128, zr1: v128, zi: v128, cr0: v128, cr1: v128, ci: v128, maxIterations: i32): v128 {
  const four = f64x2.splat(4);
  let zi0 = zi;
  let zi1 = zi;
  let counts = i32x4.splat(0);
  let alive = i32x4.splat(-1);
  let zr0Squared = f64x2.mul(zr0, zr0);
  let zr1Squared = f64x2.mul(zr1, zr1);
  let zi0Squared = f64x2.mul(zi0, zi0);
  let zi1Squared = f64x2.mul(zi1, zi1);
  for (let i = 0; i < maxIterations; i++) {
    const t0 = f64x2.mul(zr0, zi0);
    const t1 = f64x2.mul(zr1, zi1);
    zr0 = f64x2.add(f64x2.sub(zr0Squared, zi0Squared), cr0);
    zr1 = f64x2.add(f64x2.sub(zr1Squared, zi1Squared), cr1);
    zi0 = f64x2.add(f64x2.add(t0, t0), ci);
    zi1 = f64x2.add(f64x2.add(t1, t1), ci);
    zr0Squared = f64x2.mul(zr0, zr0);
    zr1Squared = f64x2.mul(zr1, zr1);
    zi0Squared = f64x2.mul(zi0, zi0);
    zi1Squared = f64x2.mul(zi1, zi1);
    const inside0 = f64x2.le(f64x2.add(zr0Squared, zi0Squared), four);
    const inside1 = f64x2.le(f64x2.add(zr1Squared, zi1Squared), four);
    // Once escaped, always escaped: an orbit may come back below 4, which the count must not see.
    alive = v128.and(alive, v128.shuffle<i32>(inside0, inside1, 0, 2, 4, 6));
    if (!v128.any_true(alive)) break;
    counts = i32x4.sub(counts, alive);
  }
  return counts;
}

/** Writes the first `pixels` lanes of `counts`: two or three where the tile ends, else four. */
// @ts-ignore: decorator
@inline
function store(pointer: usize, counts: v128, pixels: i32): void {
  if (pixels >= 4) {
    v128.store(pointer, counts);
    return;
  }
  v128.store64_lane(pointer, counts, 0);
  if (pixels > 2) v128.store32_lane(pointer + 8, counts, 2);
}

/**
 * The count of one pixel alone; in the vectors above, three lanes of four would repeat it at 1.2 times the price.
 *
 * A step waits for the one before, so there is time, for nothing, to look for a cycle (Brent): an orbit that comes back
 * to the very z of an earlier step never escapes. The z to compare with is renewed at steps 64, 128, 256, ... Zeros of
 * either sign are equal, and lead to equal counts. Most orbits inside the set end so after some hundred steps, which
 * matters where a tile is one pixel: that is a slice of up to 2^31 steps, which can't be cancelled.
 */
function count(zr: f64, zi: f64, cr: f64, ci: f64, maxIterations: i32): i32 {
  let savedRe = zr;
  let savedIm = zi;
  let renewal = 64;
  let zrSquared = zr * zr;
  let ziSquared = zi * zi;
  for (let i = 0; i < maxIterations; i++) {
    const t = zr * zi;
    zr = zrSquared - ziSquared + cr;
    zi = t + t + ci;
    zrSquared = zr * zr;
    ziSquared = zi * zi;
    if (!(zrSquared + ziSquared <= 4)) return i;
    if (zr == savedRe && zi == savedIm) return maxIterations;
    if (i == renewal) {
      savedRe = zr;
      savedIm = zi;
      renewal <<= 1;
    }
  }
  return maxIterations;
}

/** All tiles from `begin` to `end` - 1, for both kinds: `isJulia` is a constant where this is inlined. */
// @ts-ignore: decorator
@inline
function tiles(
  isJulia: bool, begin: f64, end: f64, out: usize, width: i32, tile: i32,
  reStart: f64, reStep: f64, imStart: f64, imStep: f64, maxIterations: i32, cRe: f64, cIm: f64
): void {
  const perRow = (width + tile - 1) / tile;
  const last = <i32>end;
  for (let item = <i32>begin; item < last; item++) {
    const row = item / perRow;
    const first = (item - row * perRow) * tile;
    const stop = min(first + tile, width);
    const im = <f64>row * imStep + imStart;
    const zi = f64x2.splat(im);
    // The last group repeats the last pixel of the tile in the lanes that it has over, so that they never outlast it.
    const lastColumn = f64x2.splat(<f64>(stop - 1));
    const rowPointer = out + ((<usize>row * <usize>width) << 2);
    for (let x = first; x < stop; x += 4) {
      const pointer = rowPointer + (<usize>x << 2);
      if (stop - x == 1) {
        const re = <f64>x * reStep + reStart;
        i32.store(pointer, count(re, im, isJulia ? cRe : re, isJulia ? cIm : im, maxIterations));
        break;
      }
      const x0 = f64x2.min(f64x2.add(f64x2.splat(<f64>x), f64x2(0, 1)), lastColumn);
      const x1 = f64x2.min(f64x2.add(f64x2.splat(<f64>x), f64x2(2, 3)), lastColumn);
      const re0 = f64x2.add(f64x2.mul(x0, f64x2.splat(reStep)), f64x2.splat(reStart));
      const re1 = f64x2.add(f64x2.mul(x1, f64x2.splat(reStep)), f64x2.splat(reStart));
      const cr0 = isJulia ? f64x2.splat(cRe) : re0;
      const cr1 = isJulia ? f64x2.splat(cRe) : re1;
      const ci = isJulia ? f64x2.splat(cIm) : zi;
      store(pointer, iterate(re0, re1, zi, cr0, cr1, ci, maxIterations), stop - x);
    }
  }
}

/**
 * Mandelbrot counts of the tiles from `begin` to `end` - 1, into the int32 picture at `out`, `width` pixels a row.
 * Pixels of other tiles are not touched.
 */
export function mandelbrot(
  begin: f64, end: f64, out: usize, width: i32, tile: i32,
  reStart: f64, reStep: f64, imStart: f64, imStep: f64, maxIterations: i32
): void {
  tiles(false, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, 0, 0);
}

/** The same for the Julia set of c = `cRe` + i `cIm`. */
export function julia(
  begin: f64, end: f64, out: usize, width: i32, tile: i32,
  reStart: f64, reStep: f64, imStart: f64, imStep: f64, maxIterations: i32, cRe: f64, cIm: f64
): void {
  tiles(true, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm);
}
