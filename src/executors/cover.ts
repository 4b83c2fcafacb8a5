/** Which elements of an array argument the items of a range cover, when processes carry the parts back. */
import type { Cover } from "../kernels/kernel.js";
import type { WireArray } from "./job.js";

/** The cover of an array that chunks return their parts of, or undefined for one that is input only. */
export function coverOf({ cover, length, role }: WireArray, n: number): Cover | undefined {
  if (role === "in") return undefined;
  if (cover) return cover;
  if (length === 0 || length % n !== 0) return undefined;
  const perItem = length / n;
  return { itemsPerRow: 1, rowLength: perItem, itemLength: perItem };
}

/** Where item `i` starts, in elements; the array's end for the end of the range. */
export function elementOf({ itemsPerRow, rowLength, itemLength }: Cover, i: number, n: number, length: number): number {
  if (i >= n) return length;
  return Math.floor(i / itemsPerRow) * rowLength + (i % itemsPerRow) * itemLength;
}
