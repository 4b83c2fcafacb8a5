/** What an executor is asked with, beside kernels: the options of its forms, and the types of arguments. */
import type { AnyFunction, Kernel, RangeArgs } from "../job/handles.js";
import type { HeapArray } from "../memory/heap.js";
import type { RunOptions, SubmitOptions } from "../run-options.js";

/** What an executor runs its kernels on. */
export type ExecutorKind = "serial" | "threads" | "processes" | "async" | "interpreters" | "cluster";

/** What a caller may rely on. */
export interface Capabilities {
  /** More than one core at a time. */
  readonly parallel: boolean;
  /** Kernels work on the caller's heap arrays themselves, not on copies. */
  readonly sharedMemory: boolean;
}

/** How a range is cut, stopped and watched. */
export interface RangeOptions extends RunOptions {
  /** Items a chunk, 1 or more, default `ceil(n / 1024)`. Results may depend on it, and on nothing else of how a job is run. */
  readonly grain?: number | undefined;
}

/** How the partial values of a range become one. */
export interface ReduceOptions<T> extends RangeOptions {
  /** Joins two partial values; called as a left fold over the chunks in order. */
  combine(a: T, b: T): T;
  /** The leftmost value, used once, and the result for n = 0. */
  readonly initial: T;
}

/** Accumulators of a range, and how they become one. */
export interface AccumulateOptions<A extends HeapArray> extends RangeOptions {
  /** Items a chunk, 1 or more, default `ceil(n / 1024)`, but at least the length of `out`. */
  readonly grain?: number | undefined;
  /** A heap array of the length and type of every accumulator, which gets the result: it is overwritten, never read. */
  readonly out: A;
  /**
   * Joins two accumulators, element by element ("sum": whole numbers wrap; "min" and "max": NaN wins), or by a kernel
   * `(into, from)`, which changes `into`, the left one.
   */
  readonly combine: "sum" | "min" | "max" | Kernel<(into: A, from: A) => void>;
  /** What every accumulator starts from, and `out` for n = 0. Default: 0; for "min" and "max" the type's greatest and least value. */
  readonly identity?: number | undefined;
}

/** How far `map` runs ahead, and how it is stopped. */
export interface MapOptions extends SubmitOptions {
  /** Calls in flight at most, 1 or more, default twice the concurrency. */
  readonly window?: number | undefined;
}

/** Optional where the kernel can be called without arguments. */
type GivenArgs<List extends readonly unknown[], Named, Options> = [] extends List
  ? [args?: List | NoInfer<Named>, options?: Options]
  : [args: List | NoInfer<Named>, options?: Options];
export type CallArgs<F extends AnyFunction, Options, Named = never> = GivenArgs<Parameters<F>, Named, Options>;
export type ForArgs<F extends AnyFunction, Options, Named> = GivenArgs<RangeArgs<F>, Named, Options>;
