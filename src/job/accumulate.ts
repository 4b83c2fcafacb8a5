/**
 * A range whose chunks have an accumulator each: an array that the kernel adds to, made and filled by the package. Neighbours
 * are joined in pairs (join-order.ts) until one is left: the result.
 */
import { ARRAY_TYPES } from "../memory/elements.js";
import { type AnyArray, type ElementType, elementType, type HeapArray, isOnHeap, pin } from "../memory/heap.js";
import { oneOf, show, wholeNumber } from "../validate.js";
import { checkKernel, isKernel, type Kernel } from "./handles.js";
import type { Job } from "./job.js";
import type { GivenArguments } from "./named-arguments.js";
import { NUMBER_JOINS, type NumberJoin } from "./wire-job.js";

/** What a caller asks for. */
export interface Accumulation {
  readonly out: HeapArray;
  readonly combine: NumberJoin | Kernel;
  readonly identity?: number | undefined;
}

/** A job with accumulators. */
export interface AccumulatingJob extends Job {
  readonly n: number;
  readonly accumulate: Accumulation;
}

/** A checked accumulation, before its kernel is compiled. */
export interface CheckedAccumulation {
  readonly type: ElementType;
  readonly length: number;
  readonly identity: number | bigint;
  readonly combine: NumberJoin | Kernel;
  readonly out: number;
}

/**
 * Checks it, and pins the array for the result.
 * @param args the job's arguments, which it must not overlap
 * @param releases is given what unpins it
 */
export function checkedAccumulation(
  accumulation: Accumulation,
  { list, labels }: GivenArguments,
  releases: (() => void)[],
): CheckedAccumulation {
  const { out, combine } = accumulation;
  const type = elementType(out);
  if (type === undefined || !isOnHeap(out))
    throw new TypeError(`out must be an array on the shared heap, got ${type ? "an ordinary " : ""}${show(out)}`);
  if (isKernel(combine)) checkKernel(combine, "combine");
  else checkNumberJoin(combine);
  const start = identityOf(accumulation);
  for (const [i, arg] of list.entries())
    if (ArrayBuffer.isView(arg) && isOnHeap(arg) && overlap(out, arg as AnyArray))
      throw new RangeError(`out overlaps ${labels.of(i)}: it is overwritten, and inputs must not change`);
  const unpin = pin(out);
  if (!unpin) throw new RangeError("out is a heap array that has been freed, or reaches beyond one");
  releases.push(unpin);
  return { type, length: out.length, identity: start, combine, out: out.byteOffset };
}

function checkNumberJoin(combine: unknown): void {
  if (typeof combine === "string") oneOf("combine", combine, NUMBER_JOINS);
  else
    throw new TypeError(
      `combine must be "sum", "min", "max" or a kernel (into, from) beside out, got ${show(combine)}` +
        (typeof combine === "function" ? "; a function can't be sent to a worker: export it from a module" : ""),
    );
}

function overlap(a: AnyArray, b: AnyArray): boolean {
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}

/** Whole numbers of a type, its least and its greatest; undefined for floats. */
function boundsOf(type: ElementType): readonly [least: bigint, greatest: bigint] | undefined {
  if (type.startsWith("float")) return undefined;
  const bits = BigInt(8 * ARRAY_TYPES[type].BYTES_PER_ELEMENT);
  return type.startsWith("u") ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
}

/** As the elements of an array of the type are given. */
function element(type: ElementType, whole: bigint): number | bigint {
  return type === "int64" || type === "uint64" ? whole : Number(whole);
}

/** What accumulators start from. */
export function identityOf({ out, combine, identity }: Accumulation): number | bigint {
  const type = elementType(out) ?? "float64";
  return identity === undefined ? defaultIdentity(type, combine) : checkedIdentity(type, identity);
}

function defaultIdentity(type: ElementType, combine: NumberJoin | Kernel): number | bigint {
  const bounds = boundsOf(type);
  if (combine === "min") return bounds ? element(type, bounds[1]) : Infinity;
  if (combine === "max") return bounds ? element(type, bounds[0]) : -Infinity;
  return element(type, 0n);
}

function checkedIdentity(type: ElementType, identity: unknown): number | bigint {
  if (typeof identity !== "number") throw new TypeError(`identity must be a number, got ${show(identity)}`);
  const bounds = boundsOf(type);
  if (!bounds) return identity;
  const most = Number.MAX_SAFE_INTEGER;
  wholeNumber("identity", identity, Math.max(-most, Number(bounds[0])), Math.min(most, Number(bounds[1])));
  return element(type, BigInt(identity));
}

/**
 * Items a chunk where the caller does not say.
 * @param length elements of an accumulator: to fill and to join it costs as much as so many items
 */
export function defaultGrain(n: number, length = 0): number {
  return Math.max(1, Math.ceil(n / 1024), length);
}

/** Neighbours meet in a word of memory each (join-tree.ts): 1 GiB. */
const MOST_CHUNKS = 2 ** 28;

/** @throws RangeError for more chunks than can have accumulators */
export function checkChunks(n: number, grain: number): void {
  const least = Math.ceil(n / MOST_CHUNKS);
  if (grain < least)
    throw new RangeError(
      `grain must be at least ${least} for n = ${n}, since at most 2^28 chunks have accumulators, got ${grain}`,
    );
}
