/** What an executor and its child processes say to each other about a job. */
import type { ArrayArgument } from "../job/array-argument.js";
import type { WireFailure } from "../job/failure.js";
import type { Range } from "../job/range.js";
import type { NumberJoin, WireAccumulation, WireJob, WireJsKernel, WireWasmKernel } from "../job/wire-job.js";

/** A file that the owner has written and children open. */
export interface FilePlace {
  readonly path: string;
  /** Where the serialized job lies. */
  readonly jobAt: number;
  readonly jobBytes: number;
}

/** The byte of a task in a file, which the child sets to the task's value when it begins on it. */
export interface BegunPlace {
  readonly path: string;
  readonly at: number;
  readonly value: number;
}

/** An array argument with the places of its copies. */
export interface CarriedArray extends ArrayArgument {
  /**
   * Where the file holds what the array was before the job; undefined where it is not carried in, or is `input`. An array
   * between steps has both its places in the file of these.
   */
  readonly snapshotAt?: number | undefined;
  /** The same, where no folder had room for a file. */
  readonly input?: Uint8Array | undefined;
  /** Where the parts of the result go in the file, if items have `elements`. */
  readonly resultAt: number;
}

/** A kernel that each process compiles itself. */
export type ProcessKernel = WireJsKernel | Omit<WireWasmKernel, "module">;

/** A job as children get it. */
export interface ProcessJob {
  readonly wire: Omit<WireJob, "kernel" | "accumulation"> & {
    readonly kernel: ProcessKernel;
    readonly arrays: readonly CarriedArray[];
    readonly accumulation?:
      | (Omit<WireAccumulation, "combine"> & { readonly combine: NumberJoin | ProcessKernel })
      | undefined;
  };
  /** The Wasm module, when it has no URL. */
  readonly bytes: Uint8Array | undefined;
  /** The same of the kernel that joins accumulators. */
  readonly joinBytes?: Uint8Array | undefined;
}

/** A job of which children get claims. */
export type RangeJob = ProcessJob & { readonly wire: { readonly range: Range } };

/** Where a job comes from: the file, or the message itself where no folder had the room. */
export type JobSource = ({ readonly file: FilePlace } | { readonly job: Uint8Array }) & {
  /** Path of the file that has the arrays between steps. */
  readonly temps?: string | undefined;
};

export type ProcessTask = { readonly begun: BegunPlace | undefined } & (
  | { readonly kind: "call"; readonly job: Uint8Array }
  | PlainCall
  | {
      readonly kind: "claim";
      readonly id: number;
      readonly source: JobSource;
      /** The same number twice, where there is only something to join. */
      readonly first: number;
      readonly last: number;
      /** Of a job with accumulators. */
      readonly errand?: Errand | undefined;
    }
);

/** A join of two accumulators, by their places in the job's file: what they come to is put at the first one. */
export interface JoinOrder {
  readonly into: number;
  readonly from: number;
}

/** An accumulator that does not lie at its place in the file, for want of room. */
export interface LooseNode {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What a call joins before it begins on its claim, and where it puts what the claim comes to. */
export interface Errand {
  readonly orders: readonly JoinOrder[];
  /** Accumulators of these orders. */
  readonly loose: readonly LooseNode[];
  readonly places: readonly number[];
}

/** A call whose arguments are no objects: every stack can read the message, and it need not be serialized before. */
export interface PlainCall {
  readonly kind: "plain";
  readonly job: ProcessJob;
}

/** The reply to any call whose result is no object, either. */
export interface PlainReply {
  readonly value: unknown;
}

/** Whether a value is no object, so that a message brings it as it is. */
export function isPlain(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol");
}

/** A part of an array that did not go through the file. */
export interface LoosePart {
  /** The argument's index. */
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface ProcessReply {
  readonly pid: number;
  /** Time in the kernel, in ms. */
  readonly ms: number;
  /** The item up to which the claim was done, at the end of a chunk: the executor gives the rest out again. */
  readonly end: number;
  /** Serialized `Partials`: the caller's stack may be too small to read what a kernel returned. */
  readonly partials: Uint8Array;
  readonly parts: readonly LoosePart[];
  /** What an errand came to, where the file has no room for it. */
  readonly nodes?: readonly LooseNode[];
  readonly failure?: WireFailure;
}

/** The owner's message at the end of a job to each child that took part. */
export interface EndMessage {
  readonly allcores: "end";
  readonly id: number;
  /** Whether to look for changes that are lost. */
  readonly check: boolean;
}

/** What a child found: the argument (its index) that the kernel changed where it must not. */
export interface Verdict {
  readonly allcores: "verdict";
  readonly id: number;
  readonly pid: number;
  /** Claims that the child had returned by then. */
  readonly claims: number;
  readonly changed: number | undefined;
}

/** The time after which a child returns a claim, in ms: a dispatch costs 66 us, and a waiting job waits for a claim. */
export const CLAIM_MS = 30;
