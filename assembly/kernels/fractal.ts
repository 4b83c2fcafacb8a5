/**
 * Escape-time counts: how many steps z <- f(z) + c each pixel survives before its first escape, at most `maxIterations`;
 * int32. It is defined by strict IEEE double arithmetic, operation by operation, so that every implementation agrees to
 * the last bit: a step (lib/fractal/formula.ts) is survived if re * re + im * im <= 4, which NaN does not.
 *
 * All take the tiles [begin, end) of the picture at `out`, `width` pixels a row, `tile` pixels a tile (lib/fractal/picture.ts
 * has their order and the grid); `shortcuts`: 0 to iterate even what is known to be inside; `scratch`: lib/fractal/scratch.ts.
 */
import { BURNING_SHIP, JULIA, MANDELBROT, TRICORN } from "../lib/fractal/formula";
import { draw } from "../lib/fractal/picture";
import { COUNTS } from "../lib/fractal/settle";

/** The Mandelbrot set: z^2 + c. */
export function mandelbrot(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  draw(MANDELBROT, COUNTS, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts, scratch);
}

/** The Julia set of `cRe` + i `cIm`: z^2 + c, where z starts at the pixel. */
export function julia(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  draw(JULIA, COUNTS, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts, scratch);
}

/** The burning ship: (|re z| + i |im z|)^2 + c. */
export function burningShip(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  draw(BURNING_SHIP, COUNTS, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts, scratch);
}

/** The tricorn: conj(z)^2 + c. */
export function tricorn(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  draw(TRICORN, COUNTS, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts, scratch);
}

/** z^3 + c. */
export function multibrot3(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  draw(3, COUNTS, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts, scratch);
}

/** z^4 + c. */
export function multibrot4(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  draw(4, COUNTS, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts, scratch);
}

/** z^5 + c. */
export function multibrot5(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  draw(5, COUNTS, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts, scratch);
}

/** z^6 + c. */
export function multibrot6(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  draw(6, COUNTS, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts, scratch);
}

/** z^7 + c. */
export function multibrot7(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  draw(7, COUNTS, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts, scratch);
}

/** z^8 + c. */
export function multibrot8(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  draw(8, COUNTS, begin, end, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts, scratch);
}
