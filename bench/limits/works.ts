/** The works that the limits are about: each the same on every executor, by the twins, and by the native peers. */
import {
  type Executor,
  estimatePi,
  type FractalOptions,
  type HeapArray,
  heap,
  type Region,
  renderFractal,
} from "allcores";
import type { Computations } from "allcores/bench";
import { checksum } from "../native.js";

type Compute = Pick<Computations, "estimatePi" | "renderFractal">;

/** A work of a given size. */
export interface Work {
  readonly name: string;
  /** Does it. @returns what came out, as the native peers write it, on demand: a checksum takes time */
  run(executor: Executor, compute?: Compute): Promise<() => string>;
  /** What a native peer is asked. */
  readonly request: string;
  /** Whether two outcomes are those of the same work. */
  agree(outcome: string, other: string): boolean;
}

const kernels: Compute = { estimatePi, renderFractal };
const SEED = 42;

function sampling(samples: number): Work {
  return {
    name: `pi, ${samples.toExponential().replace("+", "")} samples`,
    async run(executor, compute = kernels) {
      const { hits } = await compute.estimatePi({ samples, seed: SEED, executor });
      return () => String(hits);
    },
    request: `${samples} ${SEED}`,
    // Points of different streams: 5 standard errors of the difference.
    agree: (outcome, other) =>
      Math.abs(Number(outcome) - Number(other)) < 5 * Math.sqrt(2 * samples * (Math.PI / 4) * (1 - Math.PI / 4)),
  };
}

/** One array for all pictures, as servers use it: fresh pages would be timed otherwise. */
let canvas: HeapArray<"int32"> | undefined;

function canvasOf(pixels: number): Int32Array<ArrayBufferLike> {
  if (canvas === undefined || canvas.length < pixels) {
    if (canvas) heap.free(canvas);
    canvas = heap.int32(pixels);
  }
  return canvas.subarray(0, pixels);
}

type View = FractalOptions & { readonly region: Region; readonly maxIterations: number };

function drawing(label: string, options: View): Work {
  const { width, height, region, maxIterations } = options;
  return {
    name: `${label} ${width}x${height} @${maxIterations}`,
    async run(executor, compute = kernels) {
      const { data } = await compute.renderFractal({ ...options, out: canvasOf(width * height), executor });
      return () => checksum(data);
    },
    request: [width, height, ...region.re, ...region.im, maxIterations].join(" "),
    agree: (outcome, other) => outcome === other,
  };
}

const PART = { re: [-1.5, 0], im: [-1, 0] } as const;
const WHOLE = { re: [-2, 0.5], im: [-1.25, 1.25] } as const;
const JULIA = { re: [-1.5, 1.5], im: [-1, 1] } as const;

const shallow = (width: number, height: number) =>
  drawing("part of the set", { width, height, region: PART, maxIterations: 20 });
const whole = (size: number, maxIterations: number) =>
  drawing("whole set", { width: size, height: size, region: WHOLE, maxIterations });
const julia = (width: number, height: number) =>
  drawing("Julia", {
    width,
    height,
    region: JULIA,
    maxIterations: 1000,
    kind: "julia",
    c: { re: -0.8, im: 0.156 },
  });
const brute = (size: number) =>
  drawing("whole set, no shortcuts,", {
    width: size,
    height: size,
    region: WHOLE,
    maxIterations: 1000,
    shortcuts: false,
  });

/** Each work as it is compared with its peer, and enlarged to over 100 ms on two workers. */
export const works = {
  pi: { usual: sampling(4e8), large: sampling(2e9) },
  shallow: { usual: shallow(3000, 4000), large: shallow(6000, 8000) },
  whole: { usual: whole(2048, 1000), large: whole(4096, 1000) },
  deep: { usual: whole(512, 10_000), large: whole(1792, 10_000) },
  julia: { usual: julia(1536, 1024), large: julia(3072, 2048) },
  brute: { usual: brute(2048), large: brute(2048) },
} as const satisfies Record<string, { usual: Work; large: Work }>;

export type WorkName = keyof typeof works;
export const workNames = Object.keys(works) as WorkName[];
