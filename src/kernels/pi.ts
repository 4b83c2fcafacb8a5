/** Pi from random points. Flow: options -> `prepare` -> plan -> (an executor) -> hits -> `piResult`. */
import { drawSeed } from "../draw-seed.js";
import { optionsObject, seedNumber, wholeNumber } from "../validate.js";
import type { BeforeScratch, BuiltinKernel, KernelArgs, Plan } from "./kernel.js";

type Compiled = Awaited<ReturnType<typeof import("../../build/kernels/pi.js").instantiate>>["pi"];
type Twin = typeof import("./pi.twin.js").pi;

/** What to sample. */
export interface PiOptions {
  /** How many points, 1 to 2^53 - 1. */
  readonly samples: number;
  /** 0 to 2^64 - 1, a bigint above 2^53 - 1; the same seed gives the same hits on every executor. Default: drawn. */
  readonly seed?: number | bigint | undefined;
}

/** An estimate of pi. */
export interface PiResult {
  /** 4 hits / samples. */
  readonly pi: number;
  /** Points inside the circle, of all in the square that just holds it. */
  readonly hits: number;
  readonly samples: number;
  /**
   * The standard error of `pi`: 4 sqrt(p (1 - p) / samples) with p = hits / samples. Where all samples hit or all missed,
   * which would make that 0, p = (hits + 1) / (samples + 2): Laplace's rule of succession, that is about 4 / samples, as
   * with one hit or one miss. For an interval from few samples take Wilson's, which holds there too: with z = 1.96 for 95%
   * 4 (hits + z^2/2 ± z sqrt(hits (samples - hits) / samples + z^2/4)) / (samples + z^2).
   * P. S. Laplace, "Essai philosophique sur les probabilités" (1814); E. B. Wilson, "Probable inference, the law of
   * succession, and statistical inference", JASA 22 (1927).
   */
  readonly stderr: number;
  /** As given, or a safe integer that was drawn. */
  readonly seed: number | bigint;
}

/** Checked options and the work that they ask for. An item of the plan is a block. */
export interface PreparedPi {
  readonly plan: Plan;
  readonly samples: number;
  readonly seed: number | bigint;
}

const BLOCK = 2 ** 20;
/** Measured: a block takes 0.15 ms, and 1.8 to 3.5 ms in the JS twin, which is why a chunk has no more than one. */
const MS_PER_SAMPLE = 1.4e-7;
const GRAIN = 1;
/** Bytes: see assembly/kernels/pi.ts. */
const SCRATCH = 17_440;

export const pi: BuiltinKernel<PiOptions, PreparedPi> = {
  file: "pi",
  prepare(options) {
    optionsObject("options", options);
    const samples = wholeNumber("samples", options.samples, 1, Number.MAX_SAFE_INTEGER);
    const seed = options.seed === undefined ? drawSeed() : seedNumber("seed", options.seed);
    const args = [samples, BigInt(seed)] satisfies BeforeScratch<KernelArgs<Compiled>> & KernelArgs<Twin>;
    const n = Math.ceil(samples / BLOCK);
    return {
      plan: { name: "pi", n, grain: GRAIN, args, partial: "sum", cost: samples * MS_PER_SAMPLE, scratch: SCRATCH },
      samples,
      seed,
    };
  },
};

/** The estimate that a total of hits amounts to. */
export function piResult({ samples, seed }: PreparedPi, hits: number | bigint): PiResult {
  const count = Number(hits);
  return { pi: 4 * (count / samples), hits: count, samples, stderr: standardError(count, samples), seed };
}

function standardError(hits: number, samples: number): number {
  const isAllOrNone = hits === 0 || hits === samples;
  const share = isAllOrNone ? (hits + 1) / (samples + 2) : hits / samples;
  return 4 * Math.sqrt((share * (1 - share)) / samples);
}
