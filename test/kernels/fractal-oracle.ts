/**
 * Fractals, plainly and slowly, as they are defined: strict double arithmetic, operation by operation. Nothing is shared
 * with src or assembly.
 */

export type Kind = "mandelbrot" | "julia" | "burning-ship" | "tricorn" | "multibrot";
type Pair = readonly [re: number, im: number];

/** What is drawn; the grid is numpy's linspace, from start to end inclusive. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly re: Pair;
  readonly im: Pair;
  readonly maxIterations: number;
  /** Default: "julia" where there is a `c`, else "mandelbrot". */
  readonly kind?: Kind;
  readonly c?: Pair;
  readonly power?: number;
}

/** Where an orbit is, and its derivative. */
interface Orbit {
  readonly z: Pair;
  readonly dz: Pair;
}

const times = ([a, b]: Pair, [c, d]: Pair): Pair => [a * c - b * d, a * d + b * c];
const square = ([a, b]: Pair): Pair => [a * a - b * b, a * b + a * b];

/** z^n by the binary digits of n, from the left. */
function pow(z: Pair, n: number): Pair {
  let w = z;
  for (const digit of n.toString(2).slice(1)) {
    w = square(w);
    if (digit === "1") w = times(w, z);
  }
  return w;
}

function raised(kind: Kind, z: Pair, degree: number): Pair {
  const [re, im] = pow(z, degree);
  if (kind === "burning-ship") return [re, Math.abs(z[0] * z[1]) + Math.abs(z[0] * z[1])];
  return kind === "tricorn" ? [re, -im] : [re, im];
}

/** Steps survived, and the orbit after the first that is not: `count` is maxIterations if there is none. */
function escaping(point: Pair, picture: Picture, bound: number, derives = false): { count: number } & Orbit {
  const { maxIterations } = picture;
  const { kind, c = point, degree } = formulaOf(picture);
  let z = point;
  let dz: Pair = [1, 0];
  for (let count = 0; count < maxIterations; count++) {
    if (derives) {
      const [u, v] = times(pow(z, degree - 1), dz);
      dz = [degree * u + (kind === "julia" ? 0 : 1), degree * v];
    }
    const [re, im] = raised(kind, z, degree);
    z = [re + c[0], im + c[1]];
    const survives = z[0] * z[0] + z[1] * z[1] <= bound;
    if (!survives) return { count, z, dz };
  }
  return { count: maxIterations, z, dz };
}

function formulaOf({ c, kind = c ? "julia" : "mandelbrot", power = 2 }: Picture) {
  return { kind, c, degree: power };
}

function drawn<Data extends Int32Array | Float32Array>(
  { width, height, re, im }: Picture,
  data: Data,
  valueAt: (point: Pair) => number,
): Data {
  const reStep = width === 1 ? 0 : (re[1] - re[0]) / (width - 1);
  const imStep = height === 1 ? 0 : (im[1] - im[0]) / (height - 1);
  for (let row = 0; row < height; row++)
    for (let x = 0; x < width; x++) data[row * width + x] = valueAt([x * reStep + re[0], row * imStep + im[0]]);
  return data;
}

/** Steps survived up to |z| = 2, row by row. */
export function fractalCounts(picture: Picture): Int32Array {
  const { width, height } = picture;
  return drawn(picture, new Int32Array(width * height), (point) => escaping(point, picture, 4).count);
}

/** Counts up to |z| = 256, continued between whole numbers. `log`: the natural logarithm. */
export function fractalSmooth(picture: Picture, log = ln): Float32Array {
  const { width, height, maxIterations } = picture;
  const { degree } = formulaOf(picture);
  const inverse = INVERSE_LN[degree] as number;
  return drawn(picture, new Float32Array(width * height), (point) => {
    const { count, z } = escaping(point, picture, 256 ** 2);
    if (count === maxIterations) return maxIterations;
    return count + 1 - log(log(normSquared(z)) * (1 / 11.090354888959125)) * inverse;
  });
}

/** Estimates of the distance to the set. */
function fractalDistance(picture: Picture, log = ln): Float32Array {
  const { width, height, maxIterations } = picture;
  return drawn(picture, new Float32Array(width * height), (point) => {
    const { count, z, dz } = escaping(point, picture, 256 ** 2, true);
    if (count === maxIterations) return 0;
    const squared = z[0] * z[0] + z[1] * z[1];
    if (!Number.isFinite(squared)) return Number.POSITIVE_INFINITY;
    const value = (Math.sqrt(squared) * log(squared)) / Math.sqrt(dz[0] * dz[0] + dz[1] * dz[1]);
    return Number.isNaN(value) ? 0 : value;
  });
}

/** What each output is by this file. */
export const oracle = { counts: fractalCounts, smooth: fractalSmooth, distance: fractalDistance } as const;

function normSquared([re, im]: Pair): number {
  const squared = re * re + im * im;
  return Number.isFinite(squared) ? squared : Number.MAX_VALUE;
}

/** The doubles nearest to 1 / ln(degree). */
const INVERSE_LN: Record<number, number> = {
  2: Math.LOG2E,
  3: 0.9102392266268374,
  4: 0.7213475204444817,
  5: 0.6213349345596119,
  6: 0.5581106265512472,
  7: 0.5138983423697507,
  8: 0.4808983469629878,
};

/** ln(x) by the series of atanh, on the bits of x as one big integer. */
export function ln(x: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const one = 0x3ff00000n << 32n;
  const rootHalf = 0x3fe6a09en << 32n;
  const shifted = view.getBigUint64(0) + one - rootHalf;
  const exponent = Number(shifted >> 52n) - 1023;
  view.setBigUint64(0, (shifted & 0xfffffffffffffn) + rootHalf);
  const f = view.getFloat64(0) - 1;
  const s = f / (f + 2);
  const z = s * s;
  const series = [13, 11, 9, 7, 5, 3, 1].reduce((sum, odd) => sum * z + 1 / odd, 1 / 15);
  return exponent * Math.LN2 + (s + s) * series;
}
