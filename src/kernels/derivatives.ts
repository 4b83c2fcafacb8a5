/**
 * Orbits with their derivatives, for the twin of the distance kernel: dz is by c where z starts at c, and by the
 * starting point for Julia sets. It starts at 1, and each step takes dz' = p z^(p-1) dz (+ 1 by c), with the z before.
 */
import { ln } from "./log.js";
import { BOUND } from "./smooth.js";

/**
 * The distance to the set, in units of the plane: 2 |z| ln|z| / |dz|, 0 within.
 * @param towards 1 for the derivative by c, 0 by the starting point
 */
export function quadraticDistance(
  zr: number,
  zi: number,
  cr: number,
  ci: number,
  towards: number,
  maxIterations: number,
): number {
  let dr = 1;
  let di = 0;
  let zrSquared = zr * zr;
  let ziSquared = zi * zi;
  let count = 0;
  for (; count < maxIterations; count++) {
    const u = zr * dr - zi * di;
    const v = zr * di + zi * dr;
    dr = 2 * u + towards;
    di = 2 * v;
    const t = zr * zi;
    zi = t + t + ci;
    zr = zrSquared - ziSquared + cr;
    zrSquared = zr * zr;
    ziSquared = zi * zi;
    if (!(zrSquared + ziSquared <= BOUND)) break;
  }
  return count === maxIterations ? 0 : distance(zrSquared + ziSquared, dr * dr + di * di);
}

/** The same for z <- z^power + c, from z = c. z^(power - 1) and z^power are made of z, bit by bit. */
export function multibrotDistance(cr: number, ci: number, power: number, maxIterations: number): number {
  const less = power - 1;
  const secondBit = 1 << (30 - Math.clz32(power));
  const secondBitOfLess = 1 << (30 - Math.clz32(less));
  let zr = cr;
  let zi = ci;
  let dr = 1;
  let di = 0;
  let count = 0;
  for (; count < maxIterations; count++) {
    let wr = zr;
    let wi = zi;
    for (let bit = secondBitOfLess; bit > 0; bit >>= 1) {
      const t = wr * wi;
      wr = wr * wr - wi * wi;
      wi = t + t;
      if (less & bit) {
        const re = wr * zr - wi * zi;
        wi = wr * zi + wi * zr;
        wr = re;
      }
    }
    const u = wr * dr - wi * di;
    const v = wr * di + wi * dr;
    dr = power * u + 1;
    di = power * v;

    wr = zr;
    wi = zi;
    for (let bit = secondBit; bit > 0; bit >>= 1) {
      const t = wr * wi;
      wr = wr * wr - wi * wi;
      wi = t + t;
      if (power & bit) {
        const re = wr * zr - wi * zi;
        wi = wr * zi + wi * zr;
        wr = re;
      }
    }
    zr = wr + cr;
    zi = wi + ci;
    if (!(zr * zr + zi * zi <= BOUND)) break;
  }
  return count === maxIterations ? 0 : distance(zr * zr + zi * zi, dr * dr + di * di);
}

/** @param squared |z|^2. @param derivativeSquared |dz|^2 */
function distance(squared: number, derivativeSquared: number): number {
  if (!Number.isFinite(squared)) return Number.POSITIVE_INFINITY; // far out
  const value = (Math.sqrt(squared) * ln(squared)) / Math.sqrt(derivativeSquared);
  return Number.isNaN(value) ? 0 : value; // dz is NaN
}
