/**
 * The JS twin of assembly/kernels/fractal.ts: the same exports on a typed array, and the same counts to the last bit,
 * since both are the same sequence of double operations.
 */
import { burningShip as countShip, tricorn as countTricorn, multibrot, quadratic } from "./orbits.js";
import { type FractalTwin, overTiles } from "./tiles.js";

/** |z|^2 of the circle outside of which an orbit has escaped. */
const BOUND = 4;

export const mandelbrot = overTiles<Int32Array>((out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++) {
    const re = x * reStep + reStart;
    out[rowAt + x] = quadratic(re, im, re, im, BOUND, maxIterations);
  }
});

export const julia = overTiles<Int32Array>((out, rowAt, first, last, reStart, reStep, im, maxIterations, cRe, cIm) => {
  for (let x = first; x < last; x++)
    out[rowAt + x] = quadratic(x * reStep + reStart, im, cRe, cIm, BOUND, maxIterations);
});

export const burningShip = overTiles<Int32Array>((out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++) out[rowAt + x] = countShip(x * reStep + reStart, im, BOUND, maxIterations);
});

export const tricorn = overTiles<Int32Array>((out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++) out[rowAt + x] = countTricorn(x * reStep + reStart, im, BOUND, maxIterations);
});

function multibrotOf(power: number): FractalTwin<Int32Array> {
  return overTiles((out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
    for (let x = first; x < last; x++)
      out[rowAt + x] = multibrot(x * reStep + reStart, im, power, BOUND, maxIterations);
  });
}

export const multibrot3 = multibrotOf(3);
export const multibrot4 = multibrotOf(4);
export const multibrot5 = multibrotOf(5);
export const multibrot6 = multibrotOf(6);
export const multibrot7 = multibrotOf(7);
export const multibrot8 = multibrotOf(8);
