/** The classic examples of the GIL's cost: each runs the same lines over the Wasm kernels and over their JS twins. */
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

/** An answer in one line, and its fault, if it differs from the known answer. */
export interface Verdict {
  readonly answer: string;
  readonly fault?: string | undefined;
}

export interface Example {
  readonly title: string;
  readonly subtitle: string;
  /** Whether the twin draws other samples than the kernel. */
  readonly isRandom: boolean;
  /** The reported times of the Python original, in seconds. */
  readonly python: {
    readonly single: number;
    readonly gil?: number;
    readonly free?: number;
    readonly processes?: number;
  };
  /** Computes, on the clock. Returns the check of the answer, run off the clock (hashing the picture takes as long again). */
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
/** The hash of the little-endian counts as numpy computes them. */
const PICTURE_SHA256 = "50aa683b24e41813f553102fa5a3d45d1bb4203ac593f8cc1d77e5295ab27552";

/** @param out the array for the counts, which each run fills again */
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

/** The examples, and the counts of the picture, as the last run of the fractal left them. */
export function makeExamples(): {
  readonly examples: readonly Example[];
  readonly counts: Int32Array<SharedArrayBuffer>;
} {
  const counts = heap.int32(PICTURE.width * PICTURE.height);
  return { examples: [pi, fractal(counts), sums], counts };
}
