/** The JS twin of assembly/kernels/fractal-distance.ts: the same export on a typed array, equal to the last bit. */
import { multibrotDistance, quadraticDistance } from "./derivatives.js";
import { type FillTile, KIND, overTiles } from "./tiles.js";

const mandelbrot: FillTile<Float32Array> = (out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++) {
    const re = x * reStep + reStart;
    out[rowAt + x] = quadraticDistance(re, im, re, im, 1, maxIterations);
  }
};

const julia: FillTile<Float32Array> = (out, rowAt, first, last, reStart, reStep, im, maxIterations, cRe, cIm) => {
  for (let x = first; x < last; x++)
    out[rowAt + x] = quadraticDistance(x * reStep + reStart, im, cRe, cIm, 0, maxIterations);
};

function multibrotOf(power: number): FillTile<Float32Array> {
  return (out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
    for (let x = first; x < last; x++)
      out[rowAt + x] = multibrotDistance(x * reStep + reStart, im, power, maxIterations);
  };
}

export const draw = overTiles<Float32Array>({
  [KIND.mandelbrot]: mandelbrot,
  [KIND.julia]: julia,
  3: multibrotOf(3),
  4: multibrotOf(4),
  5: multibrotOf(5),
  6: multibrotOf(6),
  7: multibrotOf(7),
  8: multibrotOf(8),
});
