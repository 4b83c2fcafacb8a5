/** Fractals. Flow: options -> `prepare` -> plan -> (an executor fills the picture) -> `fractalResult`. */
import { type CheckedFractal, checkFractal, type FractalParameters, type Region } from "./fractal-options.js";
import type { BeforeScratch, BuiltinKernel, OutputKernelArgs, Plan } from "./kernel.js";
import { KIND } from "./tiles.js";

type Exports<Module extends { instantiate(...args: never): unknown }> = Awaited<ReturnType<Module["instantiate"]>>;
type Counts = Exports<typeof import("../../build/kernels/fractal.js")>;
type Smooth = Exports<typeof import("../../build/kernels/fractal-smooth.js")>;
type Distance = Exports<typeof import("../../build/kernels/fractal-distance.js")>;
type Twin = typeof import("./fractal.twin.js");
type SmoothTwin = typeof import("./fractal-smooth.twin.js");
type DistanceTwin = typeof import("./fractal-distance.twin.js");

type CompiledArgs<File extends Pick<Counts, "draw">> = BeforeScratch<OutputKernelArgs<File["draw"]>>;
type TwinArgs<File extends { draw: unknown }> = OutputKernelArgs<File["draw"]>;
/** What the export of each file takes after its output, compiled and twin. */
type Args = CompiledArgs<Counts> &
  CompiledArgs<Smooth> &
  CompiledArgs<Distance> &
  TwinArgs<Twin> &
  TwinArgs<SmoothTwin> &
  TwinArgs<DistanceTwin>;

/** A picture, row by row: int32 counts, or float32 values for "smooth" and "distance". */
export interface FractalResult<Data = Int32Array<ArrayBuffer>> {
  readonly data: Data;
  readonly width: number;
  readonly height: number;
  readonly region: Region;
  readonly maxIterations: number;
  /**
   * Whether doubles resolve neighbouring pixels. false: the distance of two columns or of two rows is below that of two
   * doubles at the region's greatest coordinate (about 2.2e-16 between 1 and 2), so that pixels share points and the
   * picture has blocks. A side whose ends are equal, or of one pixel, has no such distance.
   */
  readonly resolved: boolean;
}

/** Checked options and the work that they ask for. An item of the plan is a tile. */
export interface PreparedFractal extends Omit<FractalResult, "data"> {
  readonly plan: Plan & Required<Pick<Plan, "output">>;
}

/** The file that makes each output, and the type of its elements. */
const OUTPUTS = {
  counts: { file: "fractal", type: "int32" },
  smooth: { file: "fractal-smooth", type: "float32" },
  distance: { file: "fractal-distance", type: "float32" },
} as const;

/** Bytes that the Wasm kernels keep pixels in: assembly/lib/fractal/scratch.ts. */
const SCRATCH = 2048 + 512 * 40;
/** Pixel iterations of a tile, of z^2 + c: 5 ms of the JS twin's work, 0.8 ms of the Wasm kernel's (3 ms of a lone pixel). */
const TILE_WORK = 2e6;
/** Measured: a pixel iteration, where no shortcut ends it, and a pixel's start and store; the JS twin takes six times as long. */
const MS_PER_ITERATION = 0.4e-6;
const MS_PER_PIXEL = 2e-6;
/** A chunk at its dearest, so that the JS twin keeps to about 5 ms as well. */
const CHUNK_MS = 0.8;

/** What an iteration costs, by the degree: z^2 + c is 1. Measured with the twins (2.6 ns), where it differs most. */
const COST_OF_DEGREE = [0, 0, 1, 2.8, 2.8, 3.6, 3.6, 4.4, 2.8] as const;
/** The cost of an iteration with the derivative, by the degree. */
const COST_OF_DERIVATIVE = [0, 0, 1.9, 4.3, 4.5, 5.1, 5.2, 6, 5.2] as const;
/** The cost of the burning ship's iteration, which takes absolute values. */
const COST_OF_SHIP = 1.15;

export const fractal: BuiltinKernel<FractalParameters, PreparedFractal> = {
  file: "fractal",
  prepare(options) {
    const checked = checkFractal(options);
    const { c, output, width, height, region, maxIterations, shortcuts } = checked;
    const { file, type } = OUTPUTS[output];
    const [reStep, imStep] = [step("region.re", region.re, width), step("region.im", region.im, height)];

    const resolved = resolves(region.re, width, reStep) && resolves(region.im, height, imStep);

    const cost = costOf(checked);
    // Tiles of about one length: a sliver at the end of each row would have workers take all tiles for cheap ones.
    const longest = Math.max(1, Math.floor(TILE_WORK / cost / maxIterations));
    const tile = Math.ceil(width / Math.ceil(width / longest));
    const { re, im } = c ?? { re: 0, im: 0 };
    const view = [width, tile, region.re[0], reStep, region.im[0], imStep, maxIterations] as const;
    const args = [...view, numberOf(checked), re, im, shortcuts ? 1 : 0] satisfies Args;

    const tilesPerRow = Math.ceil(width / tile);
    const pixelMs = MS_PER_PIXEL + maxIterations * cost * MS_PER_ITERATION;
    const plan = {
      file,
      name: "draw",
      n: tilesPerRow * height,
      grain: Math.max(1, Math.floor(CHUNK_MS / (tile * pixelMs))),
      args,
      partial: "none",
      // A picture inside the set costs three times as much, an empty one next to nothing.
      cost: (width * height * pixelMs) / 3,
      scratch: SCRATCH,
      output: {
        type,
        length: width * height,
        cover: { itemsPerRow: tilesPerRow, rowLength: width, itemLength: tile },
      },
    } as const;
    return { plan, width, height, region, maxIterations, resolved };
  },
};

/** The picture that the filled array is. */
export function fractalResult<Data>(prepared: PreparedFractal, data: Data): FractalResult<Data> {
  const { width, height, region, maxIterations, resolved } = prepared;
  return { data, width, height, region, maxIterations, resolved };
}

/** The kind as kernels and twins know it. */
function numberOf({ kind, degree }: CheckedFractal): number {
  if (kind === "multibrot") return degree;
  return kind === "burning-ship" ? KIND.burningShip : KIND[kind];
}

/** The cost of the picture's iterations, z^2 + c being 1. */
function costOf({ kind, degree, output }: CheckedFractal): number {
  if (kind === "burning-ship") return COST_OF_SHIP;
  return (output === "distance" ? COST_OF_DERIVATIVE : COST_OF_DEGREE)[degree];
}

/** The distance of neighbouring pixels, both ends being pixels: numpy's linspace. */
function step(name: string, [start, end]: readonly [number, number], pixels: number): number {
  if (!Number.isFinite(end - start))
    throw new RangeError(`${name} must have an extent below 1.8e308, got ${start} to ${end}`);
  return pixels === 1 ? 0 : (end - start) / (pixels - 1);
}

/** Whether doubles resolve all the points of a side: the gap below its greatest coordinate is the widest within it. */
function resolves([start, end]: readonly [number, number], pixels: number, step: number): boolean {
  if (pixels === 1 || start === end) return true;
  const greatest = Math.max(Math.abs(start), Math.abs(end));
  // The product is the double below the greatest, or the greatest itself where doubles are MIN_VALUE apart.
  const gap = Math.max(greatest - greatest * (1 - Number.EPSILON / 2), Number.MIN_VALUE);
  return Math.abs(step) >= gap;
}
