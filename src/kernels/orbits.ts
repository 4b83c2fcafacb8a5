/**
 * The loops of the JS twins, one for each formula: how many steps an orbit survives, at most `maxIterations`. A step is
 * survived if it ends with |z|^2 <= bound, which NaN does not. The operations and their order are those of the Wasm
 * kernels, so that counts agree to the last bit.
 *
 * Each loop has one exit: with another store and return inside the loop, V8 spills in every step (5.2 ns, not 2.6).
 */

/** The second result, beside a count: |z|^2 after the step that was not survived; without meaning when all were. */
export const escaped = new Float64Array(1);

/** z <- z^2 + c, from z = (zr, zi). */
export function quadratic(
  zr: number,
  zi: number,
  cr: number,
  ci: number,
  bound: number,
  maxIterations: number,
): number {
  let zrSquared = zr * zr;
  let ziSquared = zi * zi;
  let count = 0;
  for (; count < maxIterations; count++) {
    const t = zr * zi;
    zi = t + t + ci;
    zr = zrSquared - ziSquared + cr;
    zrSquared = zr * zr;
    ziSquared = zi * zi;
    if (!(zrSquared + ziSquared <= bound)) break;
  }
  escaped[0] = zrSquared + ziSquared;
  return count;
}

/** z <- (|re z| + i |im z|)^2 + c, from z = c. */
export function burningShip(cr: number, ci: number, bound: number, maxIterations: number): number {
  let zr = cr;
  let zi = ci;
  let zrSquared = zr * zr;
  let ziSquared = zi * zi;
  let count = 0;
  for (; count < maxIterations; count++) {
    const t = Math.abs(zr * zi);
    zi = t + t + ci;
    zr = zrSquared - ziSquared + cr;
    zrSquared = zr * zr;
    ziSquared = zi * zi;
    if (!(zrSquared + ziSquared <= bound)) break;
  }
  escaped[0] = zrSquared + ziSquared;
  return count;
}

/** z <- conj(z)^2 + c, from z = c. */
export function tricorn(cr: number, ci: number, bound: number, maxIterations: number): number {
  let zr = cr;
  let zi = ci;
  let zrSquared = zr * zr;
  let ziSquared = zi * zi;
  let count = 0;
  for (; count < maxIterations; count++) {
    const t = zr * zi;
    zi = ci - (t + t);
    zr = zrSquared - ziSquared + cr;
    zrSquared = zr * zr;
    ziSquared = zi * zi;
    if (!(zrSquared + ziSquared <= bound)) break;
  }
  escaped[0] = zrSquared + ziSquared;
  return count;
}

/**
 * z <- z^power + c, from z = c, for powers 3 to 8: z is squared for each bit of the power after its first, and then
 * multiplied by z where the bit is set. These are three rounds at most, written out: a loop of them takes twice as long.
 */
export function multibrot(cr: number, ci: number, power: number, bound: number, maxIterations: number): number {
  const rounds = 31 - Math.clz32(power);
  const isFirstSet = ((power >> (rounds - 1)) & 1) === 1;
  const isSecondSet = ((power >> (rounds - 2)) & 1) === 1;
  let zr = cr;
  let zi = ci;
  let count = 0;
  for (; count < maxIterations; count++) {
    let t = zr * zi;
    let wr = zr * zr - zi * zi;
    let wi = t + t;
    if (isFirstSet) {
      t = wr * zr - wi * zi;
      wi = wr * zi + wi * zr;
      wr = t;
    }
    if (rounds > 1) {
      t = wr * wi;
      wr = wr * wr - wi * wi;
      wi = t + t;
      if (isSecondSet) {
        t = wr * zr - wi * zi;
        wi = wr * zi + wi * zr;
        wr = t;
      }
      if (rounds > 2) {
        t = wr * wi;
        wr = wr * wr - wi * wi;
        wi = t + t;
      }
    }
    zr = wr + cr;
    zi = wi + ci;
    if (!(zr * zr + zi * zi <= bound)) break;
  }
  escaped[0] = zr * zr + zi * zi;
  return count;
}
