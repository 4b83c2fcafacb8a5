/** What an executor runs: the one form under submit, map, parallelFor, parallelReduce and the built-in computations. */
import type { Cover } from "../kernels/kernel.js";
import type { Kernel } from "./handles.js";
import type { PartialKind } from "./range.js";

/** What an executor runs, as plain data: the one form under submit, map, parallelFor, parallelReduce and the built-ins. */
export interface Job {
  readonly kernel: Kernel;
  /** Items of the range, which the kernel gets as `(begin, end, ...args)`. Left out: it is called once, `(...args)`. */
  readonly n?: number;
  /** Items a chunk (default `ceil(n / 1024)`). */
  readonly grain?: number;
  /**
   * Arguments after `(begin, end)`, or an object of them by the names of a compiled kernel's parameters. Typed arrays on the
   * heap reach a Wasm kernel as pointers.
   */
  readonly args?: readonly unknown[] | object;
  /** Bytes of zeroed scratch memory a worker, passed last: a pointer (Wasm) or a Uint8Array (JS). */
  readonly scratch?: number;
  /** "none" (default): nothing is kept. "sum": exact integer sum. "value": the values in chunk order. */
  readonly partial?: PartialKind;
  /** Array arguments (by index in the list `args`) that the kernel only writes, and which of their elements the items cover. */
  readonly outputs?: readonly { readonly index: number; readonly cover: Cover }[];
  /** Expected ms on one core, of a Wasm kernel: jobs of under 0.05 ms run at once on the caller. */
  readonly cost?: number;
}

/** What `run` resolves with. */
export type JobResult<J extends Job> = J extends { n: number }
  ? J extends { partial: "sum" }
    ? bigint
    : J extends { partial: "value" }
      ? unknown[]
      : "partial" extends keyof J
        ? J extends { partial?: "none" }
          ? undefined
          : unknown
        : undefined
  : unknown;
