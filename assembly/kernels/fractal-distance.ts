/**
 * Distance estimates: about how far the set is from each pixel, in units of the plane, f32; 0 for pixels that do not
 * escape beyond |z| = 256. The ship and the tricorn have no complex derivative, so they are not here.
 *
 * The export keeps the view in scratch memory and calls the function of the kind. These functions stay apart: each is
 * 6 to 17 kB, and V8 compiles those that are called.
 */
import { JULIA, MANDELBROT } from "../lib/fractal/formula";
import { drawTiles, startCall } from "../lib/fractal/picture";
import { DISTANCE } from "../lib/fractal/settle";

/**
 * Draws the tiles [begin, end) of the picture at `out`, `width` pixels a row, `tile` pixels a tile (lib/fractal/picture.ts
 * has their order and the grid). `kind`: lib/fractal/formula.ts; `shortcuts`: 0 to iterate even what is known to be
 * inside; `scratch`: lib/fractal/scratch.ts.
 */
export function draw(
  begin: f64, end: f64, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, kind: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  startCall(DISTANCE, scratch, out, width, tile, reStart, reStep, imStart, imStep, maxIterations, cRe, cIm, shortcuts);
  switch (kind) {
    case MANDELBROT: return mandelbrot(begin, end, scratch);
    case JULIA: return julia(begin, end, scratch);
    case 3: return multibrot3(begin, end, scratch);
    case 4: return multibrot4(begin, end, scratch);
    case 5: return multibrot5(begin, end, scratch);
    case 6: return multibrot6(begin, end, scratch);
    case 7: return multibrot7(begin, end, scratch);
    case 8: return multibrot8(begin, end, scratch);
    default: unreachable();
  }
}

/** The Mandelbrot set: z^2 + c. */
function mandelbrot(begin: f64, end: f64, scratch: usize): void {
  drawTiles(MANDELBROT, DISTANCE, begin, end, scratch);
}

/** The Julia set of `cRe` + i `cIm`: z^2 + c, where z starts at the pixel. */
function julia(begin: f64, end: f64, scratch: usize): void {
  drawTiles(JULIA, DISTANCE, begin, end, scratch);
}

/** z^3 + c. */
function multibrot3(begin: f64, end: f64, scratch: usize): void {
  drawTiles(3, DISTANCE, begin, end, scratch);
}

/** z^4 + c. */
function multibrot4(begin: f64, end: f64, scratch: usize): void {
  drawTiles(4, DISTANCE, begin, end, scratch);
}

/** z^5 + c. */
function multibrot5(begin: f64, end: f64, scratch: usize): void {
  drawTiles(5, DISTANCE, begin, end, scratch);
}

/** z^6 + c. */
function multibrot6(begin: f64, end: f64, scratch: usize): void {
  drawTiles(6, DISTANCE, begin, end, scratch);
}

/** z^7 + c. */
function multibrot7(begin: f64, end: f64, scratch: usize): void {
  drawTiles(7, DISTANCE, begin, end, scratch);
}

/** z^8 + c. */
function multibrot8(begin: f64, end: f64, scratch: usize): void {
  drawTiles(8, DISTANCE, begin, end, scratch);
}
