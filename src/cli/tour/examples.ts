/** The classic examples of what the GIL costs, each the same lines over the Wasm kernels and over their JS twins. */
import { createHash } from "node:crypto";
import { type Executor, type estimatePi, heap, type renderFractal, type sumUpTo } from "allcores";

/** The package's computations, or those of the twins. */
export interface Computations {
  readonly estimatePi: typeof estimatePi;
  readonly renderFractal: typeof renderFractal;
  readonly sumUpTo: typeof sumUpTo;
}

interface Options {
  readonly executor: Executor;
  readonly signal: AbortSignal;
}

/** An answer in one line, and what is wrong with it by what was known beforehand. */
export interface Verdict {
  readonly answer: string;
  readonly fault?: string | undefined;
}

export interface Example {
  readonly title: string;
  readonly subtitle: string;
  /** The twin draws other samples than the kernel does. */
  readonly isRandom: boolean;
  /** What the Python original was reported to take, in seconds. */
  readonly python: {
    readonly single: number;
    readonly gil?: number;
    readonly free?: number;
    readonly processes?: number;
  };
  /** Computes: this is timed. Gives the check of the answer, which is not (hashing the picture takes as long again). */
  run(computations: Computations, options: Options): Promise<() => Verdict>;
}

const SAMPLES = 10_000_000;

const pi: Example = {
  title: "pi",
  subtitle: "10,000,000 samples",
  isRandom: true,
  python: { single: 4.92, gil: 4.96, free: 1.29 },
  async run({ estimatePi }, options) {
    const { pi, hits, stderr } = await estimatePi({ samples: SAMPLES, seed: 42, ...options });
    const isNear = Math.abs(pi - Math.PI) <= 5 * stderr;
    return () => ({
      answer: `${pi} (${hits} hits)`,
      fault: isNear ? undefined : `${pi} is more than 5 standard errors from pi`,
    });
  },
};

export const PICTURE = { width: 3000, height: 4000, maxIterations: 20 } as const;
export const REGION = { re: [-1.5, 0], im: [-1, 0] } as const;
/** Of the little-endian counts as numpy computes them. */
const PICTURE_SHA256 = "50aa683b24e41813f553102fa5a3d45d1bb4203ac593f8cc1d77e5295ab27552";

/** @param out where the counts go, from run to run */
const fractal = (out: Int32Array<SharedArrayBuffer>): Example => ({
  title: "fractal",
  subtitle: "3000x4000, 20 iterations",
  isRandom: false,
  python: { single: 2.68 },
  async run({ renderFractal }, options) {
    await renderFractal({ ...PICTURE, region: REGION, out, ...options });
    return () => {
      const answer = createHash("sha256").update(out).digest("hex");
      return { answer, fault: answer === PICTURE_SHA256 ? undefined : "the counts are not those of numpy" };
    };
  },
});

const TERMS = [90_000_000, 30_000_000, 22_000_000, 130_000_000];
const SUMS = "4049999955000000 449999985000000 241999989000000 8449999935000000";

const sums: Example = {
  title: "four sums",
  subtitle: "n = 90, 30, 22, 130 million",
  isRandom: false,
  python: { single: 2.5, gil: 2.5, processes: 1.3 },
  async run({ sumUpTo }, options) {
    const answer = (await Promise.all(TERMS.map((n) => sumUpTo(n, options)))).join(" ");
    return () => ({ answer, fault: answer === SUMS ? undefined : `${answer}, not ${SUMS}` });
  },
};

/** The examples, and the counts of the picture that the last run of the second has left. */
export function makeExamples(): {
  readonly examples: readonly Example[];
  readonly counts: Int32Array<SharedArrayBuffer>;
} {
  const counts = heap.int32(PICTURE.width * PICTURE.height);
  return { examples: [pi, fractal(counts), sums], counts };
}
