/** Which elements of an array argument the items of a range cover, when processes carry the parts back. */
import type { Cover } from "../kernels/kernel.js";
import type { WireArray } from "./job.js";

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
