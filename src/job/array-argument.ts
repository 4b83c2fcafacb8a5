/**
 * An array argument of a job, as plain data: where it lies in the caller's memory, and which of its elements belong to
 * the items. Threads need its place alone. An executor without shared memory carries it by the rest, and extends the
 * record by the places of the copies.
 */
import type { Cover } from "../kernels/kernel.js";
import { ARRAY_TYPES, type ElementType } from "../memory/elements.js";
import type { Role } from "./roles.js";

/** Consecutive items have consecutive elements, from the array's first one on. */
export interface ElementRanges extends Cover {
  /** Elements of all items together: the rest of the array belongs to none. */
  readonly end: number;
  /** The job's `outputs` say so: the kernel is trusted to write nothing else. */
  readonly isDeclared: boolean;
}

/** What a kernel needs to get it. */
export interface PlacedArray {
  /** Among all arguments of the job. */
  readonly index: number;
  readonly type: ElementType;
  readonly pointer: number;
  readonly length: number;
}

export interface ArrayArgument extends PlacedArray {
  /** The kernel's name for it, where its types are known. */
  readonly name?: string | undefined;
  /** The caller has called it so. */
  readonly isByName?: boolean;
  /** "shared": every item changes all of it, so that processes can't have it. */
  readonly role: Role | "shared" | undefined;
  /** Of use between the steps of a job alone. */
  readonly isTemp?: boolean;
  /** Undefined: no element belongs to an item, so that nothing of the array is a result. */
  readonly elements: ElementRanges | undefined;
  /** The kind of allcores/sync, where it is the words of a primitive. */
  readonly primitive?: string | undefined;
}

/** How messages name an array argument. */
export function nameOf({ index, name, isByName }: ArrayArgument): string {
  if (isByName) return `args.${name}`;
  return name === undefined ? `args[${index}]` : `args[${index}] (${name})`;
}

/** The record without what threads do not need: messages of them are a third smaller. */
export function placeOf({ index, type, pointer, length }: ArrayArgument): PlacedArray {
  return { index, type, pointer, length };
}

export function elementBytes({ type }: Pick<PlacedArray, "type">): number {
  return ARRAY_TYPES[type].BYTES_PER_ELEMENT;
}

export function byteLength(array: Pick<PlacedArray, "type" | "length">): number {
  return array.length * elementBytes(array);
}

/** Whether both are the same elements; otherwise they may still overlap. */
export function isSameArray(a: PlacedArray, b: PlacedArray): boolean {
  return a.pointer === b.pointer && a.type === b.type && a.length === b.length;
}
