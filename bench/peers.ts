/**
 * Peers: programs in C and Python that do the works of the kernels, for those who bench them side by side. Their sources
 * ship with the package (bench/native, bench/python); which of them run depends on the machine.
 *
 *   peersFor("pi") -> rows --start--> Peer --ask(works.pi.request(...))--> { ms, answer } -> works.pi.answer(answer)
 */
import { type Complex, machine, type Region } from "allcores";
import { type CProgram, startC } from "./programs/c.js";
import type { Peer } from "./programs/peer.js";
import { type PythonProgram, type PythonVariant, startPython } from "./programs/python.js";

export { checksum } from "./programs/checksum.js";
export type { Peer } from "./programs/peer.js";

export type PeerWork = "pi" | "fractal" | "sum";

export interface PiRequest {
  /** Of C by hand: a multiple of 128, below 2^34. */
  readonly samples: number;
  readonly seed: number | bigint;
}

export interface FractalRequest {
  readonly width: number;
  readonly height: number;
  readonly region: Region;
  readonly maxIterations: number;
  /** For a Julia set. */
  readonly c?: Complex | undefined;
}

export interface SumRequest {
  /** Up to 2^32. */
  readonly n: number;
}

/** How each work is asked for, and what the answers mean. */
export const works = {
  pi: {
    request: ({ samples, seed }: PiRequest) => `${samples} ${seed}`,
    /** Hits, of a stream of the peer's own. */
    answer: (text: string) => Number(text),
  },
  fractal: {
    request: ({ width, height, region, maxIterations, c }: FractalRequest) =>
      [width, height, ...region.re, ...region.im, maxIterations, ...(c ? [c.re, c.im] : [])].join(" "),
    /** The `checksum` of the counts. */
    answer: (text: string) => text,
  },
  sum: {
    request: ({ n }: SumRequest) => String(n),
    answer: (text: string) => BigInt(text),
  },
} as const;

/** A way to do a work that this machine may have. */
export interface PeerRow {
  /** The same for all works: "C", "C, AVX2 by hand", "Python", "numpy", "numba", "numba, 8 threads". */
  readonly name: string;
  readonly language: "C" | "Python";
  /** How many threads it computes on. */
  readonly threads: number;
  /** Plain Python: 35 to 90 times as slow as C, so it is given less to do. */
  readonly isSlow: boolean;
  /**
   * Starts it. Rejects with an error whose one line says why it is not here: "no Python here has numba".
   * @param signal kills it when it aborts, also later
   */
  start(signal?: AbortSignal): Promise<Peer>;
}

function c(name: string, program: CProgram): PeerRow {
  return { name, language: "C", threads: 1, isSlow: false, start: (signal) => startC(program, signal) };
}

function python(name: string, program: PythonProgram, variant: PythonVariant, threads = 1): PeerRow {
  const isSlow = variant === "python";
  return { name, language: "Python", threads, isSlow, start: (signal) => startPython(program, variant, signal) };
}

/** All ways to do a work besides ours, here or not: `start` tells. */
export function peersFor(work: PeerWork): PeerRow[] {
  const threads = machine().allowed;
  return [
    c("C", work),
    ...(work === "sum" ? [] : [c("C, AVX2 by hand", `${work}-avx2`)]),
    python("Python", work, "python"),
    python("numpy", work, "numpy"),
    python("numba", work, "numba"),
    ...(threads > 1 ? [python(`numba, ${threads} threads`, work, "numba-parallel", threads)] : []),
  ];
}
