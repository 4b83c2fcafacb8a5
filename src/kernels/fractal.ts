/** Escape-time pictures. Flow: options -> `prepare` -> plan -> (an executor fills the counts) -> `fractalResult`. */
import { finiteNumber, oneOf, optionsObject, show, wholeNumber } from "../validate.js";
import type { BuiltinKernel, OutputKernelArgs, Plan } from "./kernel.js";

type Compiled = Awaited<ReturnType<typeof import("../../build/kernels/fractal.js").instantiate>>;
type Twin = typeof import("./fractal.twin.js");

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

/** What to draw, whatever the kind. */
export interface PictureOptions {
  /** In pixels; width * height is less than 2^30. */
  readonly width: number;
  readonly height: number;
  /** Default: the whole set, re -2..0.5, im -1.25..1.25; for Julia re -1.5..1.5, im -1..1. Both ends are pixels. */
  readonly region?: Region | undefined;
  /** The greatest count, 1 to 2^31 - 1 (default 1000): pixels that reach it are taken to be in the set. */
  readonly maxIterations?: number | undefined;
}

/** The Mandelbrot set. */
export interface MandelbrotOptions extends PictureOptions {
  readonly kind?: "mandelbrot" | undefined;
  readonly c?: undefined;
}

/** The Julia set of `c`. */
export interface JuliaOptions extends PictureOptions {
  readonly kind: "julia";
  readonly c: Complex;
}

export type FractalOptions = MandelbrotOptions | JuliaOptions;

/** A picture: how many steps each pixel survived, row by row. */
export interface FractalResult<Data = Int32Array<ArrayBuffer>> {
  readonly data: Data;
  readonly width: number;
  readonly height: number;
  readonly region: Region;
  readonly maxIterations: number;
}

/** Checked options and the work that they ask for. An item of the plan is a tile. */
export interface PreparedFractal extends Omit<FractalResult, "data"> {
  readonly plan: Plan & Required<Pick<Plan, "output">>;
}

const DEFAULT_REGIONS = {
  mandelbrot: { re: [-2, 0.5], im: [-1.25, 1.25] },
  julia: { re: [-1.5, 1.5], im: [-1, 1] },
} as const;

/** All that the shared heap can ever hold. */
const MAX_BYTES = 65535 * 65536;
/** Pixel iterations of a tile: 1.6 ms of work at most. */
const TILE_WORK = 2e6;
/** Measured inside the set: 0.8 ns a pixel iteration, and 1 ns a pixel for its start and its store. */
const MS_PER_ITERATION = 0.8e-6;
const MS_PER_PIXEL = 1e-6;
/** A chunk at its dearest, so that the JS twin, 2 to 3.4 times slower, keeps to about 5 ms as well. */
const CHUNK_MS = 1.6;

export const fractal: BuiltinKernel<FractalOptions, PreparedFractal> = {
  file: "fractal",
  prepare(options) {
    optionsObject("options", options);
    const kind = oneOf("kind", options.kind ?? "mandelbrot", ["mandelbrot", "julia"]);
    const c = checkedConstant(kind, options.c);
    const width = wholeNumber("width", options.width, 1, Number.MAX_SAFE_INTEGER);
    const height = wholeNumber("height", options.height, 1, Number.MAX_SAFE_INTEGER);
    if (width * height * 4 >= MAX_BYTES)
      throw new RangeError(
        `width * height must be below ${MAX_BYTES / 4} pixels (4 bytes each, on a heap of at most ${MAX_BYTES} bytes), ` +
          `got ${width} * ${height}`,
      );
    const maxIterations = wholeNumber("maxIterations", options.maxIterations ?? 1000, 1, 2 ** 31 - 1);
    const region = checkedRegion(options.region ?? DEFAULT_REGIONS[kind]);
    const reStep = step("region.re", region.re, width);
    const imStep = step("region.im", region.im, height);

    const tile = Math.min(width, Math.max(1, Math.floor(TILE_WORK / maxIterations)));
    const view = [width, tile, region.re[0], reStep, region.im[0], imStep, maxIterations] satisfies OutputKernelArgs<
      Compiled["mandelbrot"]
    > &
      OutputKernelArgs<Twin["mandelbrot"]>;
    const args = c
      ? ([...view, c.re, c.im] satisfies OutputKernelArgs<Compiled["julia"]> & OutputKernelArgs<Twin["julia"]>)
      : view;

    const tilesPerRow = Math.ceil(width / tile);
    const pixelMs = MS_PER_PIXEL + maxIterations * MS_PER_ITERATION;
    const plan = {
      name: kind,
      n: tilesPerRow * height,
      grain: Math.max(1, Math.floor(CHUNK_MS / (tile * pixelMs))),
      args,
      partial: "none",
      // Pictures of nothing but the set cost three times as much, empty ones next to nothing.
      cost: (width * height * pixelMs) / 3,
      output: {
        length: width * height,
        cover: { itemsPerRow: tilesPerRow, rowLength: width, itemLength: tile },
      },
    } as const;
    return { plan, width, height, region, maxIterations };
  },
};

/** The picture that the filled counts are. */
export function fractalResult<Data>(prepared: PreparedFractal, data: Data): FractalResult<Data> {
  const { width, height, region, maxIterations } = prepared;
  return { data, width, height, region, maxIterations };
}

function checkedConstant(kind: "mandelbrot" | "julia", c: unknown): Complex | undefined {
  if (kind === "mandelbrot") {
    if (c === undefined) return undefined;
    throw new TypeError(`c is for kind "julia" only, got ${show(c)} with kind "mandelbrot"`);
  }
  if (typeof c !== "object" || c === null)
    throw new TypeError(`c must be a complex number { re, im } for kind "julia", got ${show(c)}`);
  const { re, im } = c as Partial<Complex>;
  return { re: finiteNumber("c.re", re), im: finiteNumber("c.im", im) };
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

/** The distance of neighbouring pixels, both ends being pixels: numpy's linspace. */
function step(name: string, [start, end]: readonly [number, number], pixels: number): number {
  if (!Number.isFinite(end - start))
    throw new RangeError(`${name} must have an extent below 1.8e308, got ${start} to ${end}`);
  return pixels === 1 ? 0 : (end - start) / (pixels - 1);
}
