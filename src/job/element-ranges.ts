/** Which elements of an array argument the items of a range cover, when processes carry the parts back. */
import type { Cover } from "../kernels/kernel.js";
import { arrayType, type KernelSignature } from "../memory/metadata.js";
import type { Range } from "../worker/slicer.js";
import type { WireArray } from "./job.js";

/**
 * What a compiled kernel's types say of its arrays, for executors without shared memory: Whole<T> is read only, Shared<T>
 * is not for them, and of a Ptr<T> that is longer than n and no multiple of it the first n elements belong to the items.
 */
export function withCompiledTypes(
  arrays: readonly WireArray[],
  signature: KernelSignature | undefined,
  range: Range | undefined,
): readonly WireArray[] {
  if (!signature) return arrays;
  return arrays.map((array) => {
    const { name, type = "" } = signature.params[array.index + (range ? 2 : 0)] ?? {};
    const named = { ...array, name };
    const kind = arrayType(type)?.kind;
    if (kind === "Whole") return { ...named, role: "in" };
    if (kind === "Shared") return { ...named, shared: true };
    const isLonger = range && kind === "Ptr" && array.length > range.n && array.length % range.n !== 0;
    return isLonger ? { ...named, head: range.n } : named;
  });
}

/** How messages name an array argument. */
export function nameOf({ index, name }: WireArray): string {
  return name === undefined ? `args[${index}]` : `args[${index}] (${name})`;
}

/** What of an array belongs to the items, for who meant another part. */
export function itsPart({ name = "array", length, role, head }: WireArray, n: number): string {
  if (role === "in") return "it is input";
  const counts = `${length} elements for ${n} items`;
  if (head !== undefined) return `${counts}: the first ${n} belong to them, one each`;
  if (length % n !== 0) return `${counts}, which is no multiple: none belongs to them`;
  if (length === n) return `${counts}: one belongs to each`;
  return `${counts}: ${length / n} belong to each; pass ${name}.subarray(0, ${n}) if it is the first ${n}, one each`;
}

/** The cover of an array that chunks return their parts of, or undefined for one that is input only. */
export function coverOf({ cover, length, role, head }: WireArray, n: number): Cover | undefined {
  if (role === "in") return undefined;
  if (cover) return cover;
  if (head !== undefined) return { itemsPerRow: 1, rowLength: 1, itemLength: 1 };
  if (length === 0 || length % n !== 0) return undefined;
  const perItem = length / n;
  return { itemsPerRow: 1, rowLength: perItem, itemLength: perItem };
}

/** Where item `i` of an array starts, in elements; for the end of the range, where the part of all items ends. */
export function elementOf(cover: Cover, i: number, n: number, { length, head = length }: WireArray): number {
  const { itemsPerRow, rowLength, itemLength } = cover;
  if (i >= n) return head;
  return Math.floor(i / itemsPerRow) * rowLength + (i % itemsPerRow) * itemLength;
}
