/** The JS twin of assembly/kernels/fractal-smooth.ts: the same export on a typed array, equal to the last bit. */
import { burningShip as countShip, tricorn as countTricorn, escaped, multibrot, quadratic } from "./orbits.js";
import { BOUND, smoothCount } from "./smooth.js";
import { type FillTile, KIND, overTiles } from "./tiles.js";

/** The value of an orbit that survived `count` steps and left |z|^2 in `escaped`. */
function smoothValue(count: number, maxIterations: number, degree: number): number {
  return count === maxIterations ? maxIterations : smoothCount(count, escaped[0] as number, degree);
}

const mandelbrot: FillTile<Float32Array> = (out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++) {
    const re = x * reStep + reStart;
    out[rowAt + x] = smoothValue(quadratic(re, im, re, im, BOUND, maxIterations), maxIterations, 2);
  }
};

const julia: FillTile<Float32Array> = (out, rowAt, first, last, reStart, reStep, im, maxIterations, cRe, cIm) => {
  for (let x = first; x < last; x++)
    out[rowAt + x] = smoothValue(quadratic(x * reStep + reStart, im, cRe, cIm, BOUND, maxIterations), maxIterations, 2);
};

const burningShip: FillTile<Float32Array> = (out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++)
    out[rowAt + x] = smoothValue(countShip(x * reStep + reStart, im, BOUND, maxIterations), maxIterations, 2);
};

const tricorn: FillTile<Float32Array> = (out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
  for (let x = first; x < last; x++)
    out[rowAt + x] = smoothValue(countTricorn(x * reStep + reStart, im, BOUND, maxIterations), maxIterations, 2);
};

function multibrotOf(power: number): FillTile<Float32Array> {
  return (out, rowAt, first, last, reStart, reStep, im, maxIterations) => {
    for (let x = first; x < last; x++) {
      const count = multibrot(x * reStep + reStart, im, power, BOUND, maxIterations);
      out[rowAt + x] = smoothValue(count, maxIterations, power);
    }
  };
}

export const draw = overTiles<Float32Array>({
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
