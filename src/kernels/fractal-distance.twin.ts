/** The JS twin of assembly/kernels/fractal-distance.ts: the same exports on a typed array, equal to the last bit. */
import { multibrotDistance, quadraticDistance } from "./derivatives.js";
import { type FractalTwin, overTiles } from "./tiles.js";

export const mandelbrot = overTiles<Float32Array>((out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++) {
    const re = x * reStep + reStart;
    out[rowAt + x] = quadraticDistance(re, im, re, im, 1, maxIterations);
  }
});

export const julia = overTiles<Float32Array>(
  (out, rowAt, first, last, reStart, reStep, im, maxIterations, cRe, cIm) => {
    for (let x = first; x < last; x++)
      out[rowAt + x] = quadraticDistance(x * reStep + reStart, im, cRe, cIm, 0, maxIterations);
  },
);

function multibrotOf(power: number): FractalTwin<Float32Array> {
  return overTiles((out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
    for (let x = first; x < last; x++)
      out[rowAt + x] = multibrotDistance(x * reStep + reStart, im, power, maxIterations);
  });
}

export const multibrot3 = multibrotOf(3);
export const multibrot4 = multibrotOf(4);
export const multibrot5 = multibrotOf(5);
export const multibrot6 = multibrotOf(6);
export const multibrot7 = multibrotOf(7);
export const multibrot8 = multibrotOf(8);
