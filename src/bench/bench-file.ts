/** The content of `bench/*.bench.ts`: works, each of which every implementation does in every place, and peers do, too. */
import type { Computations } from "../compute.js";
import type { Executor } from "../executors/executor.js";
import type { HeapArray } from "../memory/heap.js";
import type { Check } from "./gate.js";

/** "quick": works of some 15 ms in plain JS on one core. "full": of some 150 ms. */
export type BenchSize = "quick" | "full";

/** The default export of a bench file. */
export interface Bench {
  works(size: BenchSize): readonly Work[];
}

/** One work of one size. */
export interface Work {
  readonly name: string;
  /** How outcomes are compared: what `run` returns, or the output where there is one. */
  readonly check: Check<never>;
  /** What `items` counts. */
  readonly unit: string;
  /** Items of a call; a work whose items must be counted counts them on the executor. */
  items(executor: Executor): number | Promise<number>;
  /** Bytes that a call writes, for GB/s. */
  readonly bytes?: number;
  /** Elements of the heap array that `run` fills. */
  readonly outputLength?: number;
  /** Does the work once. @param output of `outputLength` elements */
  run(computations: Computations, executor: Executor, output: HeapArray<"int32">): Promise<unknown>;
  /** Whether the kernel skips steps whose result it knows: the bench then measures it without these shortcuts, too. */
  readonly hasShortcuts?: boolean;
  /** Whether implementations draw different random numbers: each must give the same in all of its places. */
  readonly isRandom?: boolean;
  /** Whether the work is small enough for slow peers: it runs on one core only, and only if one of its peers is here. */
  readonly isSmall?: boolean;
  readonly peers: readonly PeerSource[];
  /** The request that peers get. */
  readonly request: string;
  /** Reads a peer's answer, which is compared with what `run` returns, or with the output's digest. */
  read(answer: string): unknown;
  digest?(output: HeapArray<"int32">): string;
}

/** A program that does the same work, reached by a pipe. */
export interface PeerSource {
  /** "C", "numpy". */
  readonly name: string;
  /** Starts the program. Rejects with the reason why it is missing here, or with the signal's reason. */
  start(signal: AbortSignal): Promise<Peer>;
}

/** A running peer. */
export interface Peer extends AsyncDisposable {
  /** Does a work once: ms by the peer's clock, and its answer. */
  ask(request: string): Promise<{ readonly ms: number; readonly answer: string }>;
}
