/** What may be asked of a fractal: the options, their defaults and their checks. */
import { UnsupportedError } from "../errors.js";
import { finiteNumber, oneOf, optionsObject, show, wholeNumber } from "../validate.js";

/** A rectangle of the complex plane; each side is [start, end] in either direction, row 0 lies at the im start. */
export interface Region {
  readonly re: readonly [start: number, end: number];
  readonly im: readonly [start: number, end: number];
}

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** The formula whose picture is drawn. */
export type FractalKind = "mandelbrot" | "julia" | "burning-ship" | "multibrot" | "tricorn";
/**
 * The value of each pixel.
 *
 * "counts": steps survived before |z| > 2, as int32. Steps are numbered from 0, and step k makes z_(k+1) of z_k; z_0, where
 * the orbit starts, is the pixel, and is not tested.
 *
 * "smooth": a continuous count, of steps to |z| = 256 (some more than to 2), as float32: k + 1 - log(ln|z| / ln 256) /
 * log(degree) after the first step k with |z| > 256; Math.fround(maxIterations) within the set. It may be below 0 far
 * outside. Float32 resolves 1/16 at 1e6, and whole numbers up to 2^24. It is the normalized iteration count of F. García,
 * A. Fernández, J. Barrallo and L. Martín, "Coloring Dynamical Systems in the Complex Plane".
 *
 * "distance": an estimate of the distance to the set in units of the plane, as float32: 2 |z| ln|z| / |dz| at that step, dz
 * being the derivative; 0 within the set. Also 0 where dz alone overflows or the value is below what float32 holds (about
 * 1e-45); Infinity where dz is 0, |z|^2 overflows or the value is beyond float32 (3.4e38). Near the set the distance itself
 * lies between a quarter of the estimate and all of it.
 * J. Milnor and W. Thurston; H.-O. Peitgen and D. Saupe (editors), "The Science of Fractal Images" (1988), appendix D. Not
 * for the burning ship and the tricorn, which have no complex derivative: an UnsupportedError.
 */
export type FractalOutput = "counts" | "smooth" | "distance";

/** What to draw, whatever the kind. */
export interface PictureOptions {
  /** In pixels; width * height is less than 2^30. */
  readonly width: number;
  readonly height: number;
  /**
   * Both ends are pixels. Default: where the whole set lies. mandelbrot re -2..0.5, im -1.25..1.25; julia re -1.5..1.5,
   * im -1..1; burning-ship re -2.25..1.25, im -2..1; tricorn re -2.25..1.75, im -2..2; multibrot re and im -1.5..1.5.
   */
  readonly region?: Region | undefined;
  /** The greatest count, 1 to 2^31 - 1 (default 1000): pixels that reach it are taken to be in the set. */
  readonly maxIterations?: number | undefined;
  /**
   * false: the Wasm kernel takes every step of every pixel, without its tests for the interior, the bulbs and cycles.
   * The answer is the same, later: for measuring. Default true.
   */
  readonly shortcuts?: boolean | undefined;
}

/** The Mandelbrot set: z <- z^2 + c from z = c, the pixel. */
export interface MandelbrotOptions extends PictureOptions {
  readonly kind?: "mandelbrot" | undefined;
  readonly c?: undefined;
  readonly power?: undefined;
}

/** The Julia set of `c`: z <- z^2 + c from z = the pixel. */
export interface JuliaOptions extends PictureOptions {
  readonly kind: "julia";
  /** What each step adds: the same for all pixels. */
  readonly c: Complex;
  readonly power?: undefined;
}

/**
 * The burning ship, z <- (|re z| + i |im z|)^2 + c from z = c: M. Michelitsch and O. E. Rössler, "The 'burning ship' and
 * its quasi-Julia sets", Computers & Graphics 16 (1992). It stands upright where `region.im` starts at the smaller end.
 */
export interface BurningShipOptions extends PictureOptions {
  readonly kind: "burning-ship";
  readonly c?: undefined;
  readonly power?: undefined;
}

/** The multibrot set of a power: z <- z^power + c from z = c. */
export interface MultibrotOptions extends PictureOptions {
  readonly kind: "multibrot";
  readonly c?: undefined;
  /** A whole number, 3 to 8. */
  readonly power: number;
}

/**
 * The tricorn, z <- conj(z)^2 + c from z = c: W. D. Crowe, R. Hasson, P. J. Rippon and P. E. D. Strain-Clark, "On the
 * structure of the Mandelbar set", Nonlinearity 2 (1989).
 */
export interface TricornOptions extends PictureOptions {
  readonly kind: "tricorn";
  readonly c?: undefined;
  readonly power?: undefined;
}

/** One of the kinds, with what it needs. */
export type FormulaOptions = MandelbrotOptions | JuliaOptions | BurningShipOptions | MultibrotOptions | TricornOptions;

/** What to draw. */
export type FractalParameters = FormulaOptions & { readonly output?: FractalOutput | undefined };

/** The power of z in the formula: 2, but for multibrots. */
type Degree = 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Checked options, defaults filled in. */
export interface CheckedFractal {
  readonly kind: FractalKind;
  /** Julia's constant. */
  readonly c: Complex | undefined;
  readonly degree: Degree;
  readonly output: FractalOutput;
  readonly width: number;
  readonly height: number;
  readonly region: Region;
  readonly maxIterations: number;
  readonly shortcuts: boolean;
}

const DEFAULT_REGIONS = {
  mandelbrot: { re: [-2, 0.5], im: [-1.25, 1.25] },
  julia: { re: [-1.5, 1.5], im: [-1, 1] },
  "burning-ship": { re: [-2.25, 1.25], im: [-2, 1] },
  multibrot: { re: [-1.5, 1.5], im: [-1.5, 1.5] },
  tricorn: { re: [-2.25, 1.75], im: [-2, 2] },
} as const satisfies Record<FractalKind, Region>;
const KINDS = Object.keys(DEFAULT_REGIONS) as FractalKind[];
const OUTPUTS: readonly FractalOutput[] = ["counts", "smooth", "distance"];

/** All that 32-bit addresses reach. The heap holds less, and refuses larger pictures itself. */
const MAX_BYTES = 65535 * 65536;

/** Checks all options, or throws a TypeError, RangeError or UnsupportedError that names the wrong one. */
export function checkFractal(options: FractalParameters): CheckedFractal {
  optionsObject("options", options);
  const kind = oneOf("kind", options.kind ?? "mandelbrot", KINDS);
  const c = checkedConstant(kind, options.c);
  const degree = checkedPower(kind, options.power);
  const output = checkedOutput(kind, options.output);
  const width = wholeNumber("width", options.width, 1, Number.MAX_SAFE_INTEGER);
  const height = wholeNumber("height", options.height, 1, Number.MAX_SAFE_INTEGER);
  if (width * height * 4 >= MAX_BYTES)
    throw new RangeError(
      `width * height must be below ${MAX_BYTES / 4} pixels (4 bytes each, on a heap of at most ${MAX_BYTES} bytes), ` +
        `got ${width} * ${height}`,
    );
  const maxIterations = wholeNumber("maxIterations", options.maxIterations ?? 1000, 1, 2 ** 31 - 1);
  const region = checkedRegion(options.region ?? DEFAULT_REGIONS[kind]);
  const shortcuts = options.shortcuts ?? true;
  if (typeof shortcuts !== "boolean") throw new TypeError(`shortcuts must be a boolean, got ${show(shortcuts)}`);
  return { kind, c, degree, output, width, height, region, maxIterations, shortcuts };
}

function checkedConstant(kind: FractalKind, c: unknown): Complex | undefined {
  if (kind !== "julia") {
    if (c === undefined) return undefined;
    throw new TypeError(`c is for kind "julia" only, not for kind "${kind}"`);
  }
  const must = 'c must be a complex number { re, im } for kind "julia"';
  if (typeof c !== "object" || c === null) throw new TypeError(`${must}, got ${show(c)}`);
  const { re, im } = c as Partial<Complex>;
  if (re === undefined || im === undefined)
    throw new TypeError(`${must}, got ${show(c)} without ${re === undefined ? "re" : "im"}`);
  return { re: finiteNumber("c.re", re), im: finiteNumber("c.im", im) };
}

function checkedPower(kind: FractalKind, power: unknown): Degree {
  if (kind === "multibrot") {
    if (power !== undefined) return wholeNumber("power", power, 3, 8) as Degree;
    throw new TypeError(`power must be a whole number from 3 to 8 for kind "multibrot", got undefined`);
  }
  if (power === undefined) return 2;
  throw new TypeError(`power is for kind "multibrot" only, got ${show(power)} with kind "${kind}"`);
}

function checkedOutput(kind: FractalKind, given: unknown): FractalOutput {
  const output = oneOf("output", given ?? "counts", OUTPUTS);
  if (output === "distance" && (kind === "burning-ship" || kind === "tricorn"))
    throw new UnsupportedError(
      `output "distance" is not for kind "${kind}": the estimate needs a complex derivative, which its formula has not`,
    );
  return output;
}

function checkedRegion(region: unknown): Region {
  if (typeof region !== "object" || region === null)
    throw new TypeError(`region must be { re: [start, end], im: [start, end] }, got ${show(region)}`);
  const { re, im } = region as Partial<Region>;
  return { re: checkedSide("region.re", re), im: checkedSide("region.im", im) };
}

function checkedSide(name: string, side: unknown): [number, number] {
  if (!Array.isArray(side) || side.length !== 2)
    throw new TypeError(`${name} must be an array of two numbers [start, end], got ${show(side)}`);
  return [finiteNumber(`${name}[0]`, side[0]), finiteNumber(`${name}[1]`, side[1])];
}
