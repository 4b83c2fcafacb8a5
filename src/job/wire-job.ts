/** A job as workers get it: plain data. */
import type { ElementType } from "../memory/elements.js";
import type { CapturedArguments } from "./arguments.js";
import type { PlacedArray } from "./array-argument.js";
import type { Range } from "./range.js";

interface NamedKernel {
  readonly name: string;
  /** How messages call it. */
  readonly label: string;
}

export interface WireJsKernel extends NamedKernel {
  readonly language: "js";
  readonly url: string;
}

export interface WireWasmKernel extends NamedKernel {
  readonly language: "wasm";
  /** Of its module; undefined where the handle was made of bytes. */
  readonly url?: string | undefined;
  readonly id: string;
  /** A `WebAssembly.Module`. */
  readonly module: object;
  /** The kernel takes i64 indices. */
  readonly bigIndex: boolean;
  /** Of a module that this package compiled: what its instances and its results need. */
  readonly compiled?: WireCompiled | undefined;
}

export type WireKernel = WireJsKernel | WireWasmKernel;

/** To make a key takes longer than to look something up by it, and the same handle is called time and again. */
const keys = new WeakMap<WireKernel, string>();

/** The same for all jobs of a kernel, and for no other kernel. */
export function kernelKey(kernel: WireKernel): string {
  const known = keys.get(kernel);
  if (known !== undefined) return known;
  const key =
    kernel.language === "js"
      ? `${kernel.name} ${kernel.url}`
      : `${kernel.name} ${kernel.id} ${Number(kernel.bigIndex)}`;
  keys.set(kernel, key);
  return key;
}

/** A kernel of a module that this package compiled. */
export interface WireCompiled {
  readonly base: number;
  readonly arena: number;
  readonly locks: boolean;
  /** The type of its result, in AssemblyScript. */
  readonly result: string;
  /** How many values it takes behind its own arguments, scratch memory among these. */
  readonly hidden: number;
  /** Whether it checks the indices of its arrays. */
  readonly isChecked: boolean;
}

/** How numbers are joined without a kernel. */
export const NUMBER_JOINS = ["sum", "min", "max"] as const;
export type NumberJoin = (typeof NUMBER_JOINS)[number];

/** The accumulators of a range (accumulate.ts). */
export interface WireAccumulation {
  readonly type: ElementType;
  /** Elements of an accumulator. */
  readonly length: number;
  readonly identity: number | bigint;
  readonly combine: NumberJoin | WireKernel;
  /** Chunks of the whole job: they fix the tree, also where a part of them is computed. */
  readonly chunks: number;
  /** Pointer of the array for the result; 0: what a part of the chunks comes to is joined elsewhere. */
  readonly out: number;
}

/** A job as a kernel is bound to it. */
export type PlacedJob = Omit<WireJob, "arrays"> & {
  /** In the order of their indices: each goes between the values at its index. */
  readonly arrays: readonly PlacedArray[];
};

export interface WireJob extends CapturedArguments {
  readonly kernel: WireKernel;
  /** Undefined: one plain call. */
  readonly range: Range | undefined;
  /** The range stands for one plain call, whose arrays are all its own. */
  readonly isCall?: boolean;
  /** Bytes. */
  readonly scratch: number;
  /** Of a range with partial "array". */
  readonly accumulation?: WireAccumulation | undefined;
}
