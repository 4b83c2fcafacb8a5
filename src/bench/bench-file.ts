/** What the files `bench/*.bench.ts` hold: works, each to be done by every implementation in every place, and by peers. */
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
  /** About what `run` returns, or about the output where there is one. */
  readonly check: Check<never>;
  /** What `items` counts. */
  readonly unit: string;
  /** Items of a call, counted on an executor where they must be. */
  items(executor: Executor): number | Promise<number>;
  /** Bytes that a call writes, for GB/s. */
  readonly bytes?: number;
  /** Elements of the heap array that `run` fills. */
  readonly outputLength?: number;
  /** Does it once. @param output of `outputLength` elements */
  run(computations: Computations, executor: Executor, output: HeapArray<"int32">): Promise<unknown>;
  /** The kernel leaves out steps whose end it knows: it is measured without that, too. */
  readonly hasShortcuts?: boolean;
  /** Implementations draw different random numbers; each must give the same in all of its places. */
  readonly isRandom?: boolean;
  /** Small enough for slow peers: done on one core only, and only where one of its peers is here. */
  readonly isSmall?: boolean;
  readonly peers: readonly PeerSource[];
  /** What the peers are asked. */
  readonly request: string;
  /** What their answer says: to be compared with what `run` returns, or with the output's digest. */
  read(answer: string): unknown;
  digest?(output: HeapArray<"int32">): string;
}

/** A program that does the same beyond a pipe. */
export interface PeerSource {
  /** "C", "numpy". */
  readonly name: string;
  /** Starts it. Rejects with the reason why it can't be had here, or with the signal's. */
  start(signal: AbortSignal): Promise<Peer>;
}

/** A running one. */
export interface Peer extends AsyncDisposable {
  /** Does a work once: ms by its clock, and what it found. */
  ask(request: string): Promise<{ readonly ms: number; readonly answer: string }>;
}
