/** A job as workers get it: plain data. */
import type { CapturedArguments } from "./arguments.js";
import type { Range } from "./range.js";

/** A kernel on the wire. Threads get the compiled module; processes the URL or the bytes. */
export interface WireKernel {
  readonly language: "js" | "wasm";
  readonly name: string;
  /** How messages call it. */
  readonly label: string;
  readonly url?: string | undefined;
  readonly id?: number;
  readonly module?: object;
  /** The kernel takes i64 indices. */
  readonly bigIndex?: boolean;
  /** Of a module that this package compiled: what its instances and its results need. */
  readonly compiled?: WireCompiled | undefined;
}

/** A kernel of a module that this package compiled. */
export interface WireCompiled {
  readonly base: number;
  readonly arena: number;
  readonly locks: boolean;
  /** The type of its result, in AssemblyScript. */
  readonly result: string;
}

export interface WireJob extends CapturedArguments {
  readonly kernel: WireKernel;
  /** Undefined: one plain call. */
  readonly range: Range | undefined;
  /** Bytes. */
  readonly scratch: number;
}
