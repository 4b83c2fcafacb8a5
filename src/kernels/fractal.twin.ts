/**
 * The JS twin of assembly/kernels/fractal.ts: the same export on a typed array, and the same counts to the last bit,
 * since both are the same sequence of double operations.
 */
import { burningShip as countShip, tricorn as countTricorn, multibrot, quadratic } from "./orbits.js";
import { type FillTile, KIND, overTiles } from "./tiles.js";

/** |z|^2 of the circle outside of which an orbit has escaped. */
const BOUND = 4;

const mandelbrot: FillTile<Int32Array> = (out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++) {
    const re = x * reStep + reStart;
    out[rowAt + x] = quadratic(re, im, re, im, BOUND, maxIterations);
  }
};

const julia: FillTile<Int32Array> = (out, rowAt, first, last, reStart, reStep, im, maxIterations, cRe, cIm) => {
  for (let x = first; x < last; x++)
    out[rowAt + x] = quadratic(x * reStep + reStart, im, cRe, cIm, BOUND, maxIterations);
};

const burningShip: FillTile<Int32Array> = (out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++) out[rowAt + x] = countShip(x * reStep + reStart, im, BOUND, maxIterations);
};

const tricorn: FillTile<Int32Array> = (out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++) out[rowAt + x] = countTricorn(x * reStep + reStart, im, BOUND, maxIterations);
};

function multibrotOf(power: number): FillTile<Int32Array> {
  return (out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
    for (let x = first; x < last; x++)
      out[rowAt + x] = multibrot(x * reStep + reStart, im, power, BOUND, maxIterations);
  };
}

export const draw = overTiles<Int32Array>({
  [KIND.mandelbrot]: mandelbrot,
  [KIND.julia]: julia,
  [KIND.burningShip]: burningShip,
  [KIND.tricorn]: tricorn,
  3: multibrotOf(3),
  4: multibrotOf(4),
  5: multibrotOf(5),
  6: multibrotOf(6),
  7: multibrotOf(7),
  8: multibrotOf(8),
});
