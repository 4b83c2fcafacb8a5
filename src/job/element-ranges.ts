/** Which elements of an array argument belong to the items of a range: the part of a result that a process brings back. */
import { arrayType } from "../memory/metadata.js";
import { type ArrayArgument, type ElementRanges, elementBytes } from "./array-argument.js";
import { itemLength, type TypedArguments } from "./item-length.js";
import type { Range } from "./range.js";

/** The parts of an array that each item has `perItem` elements of. */
function evenRanges(perItem: number, n: number): ElementRanges {
  return { itemsPerRow: 1, rowLength: perItem, itemLength: perItem, end: perItem * n, isDeclared: false };
}

/** The ranges of an array whose elements are shared out evenly, if they can be. */
export function rangesOf(length: number, range: Range | undefined): ElementRanges | undefined {
  if (!range || length === 0 || length % range.n !== 0) return undefined;
  return evenRanges(length / range.n, range.n);
}

/** The ranges of an array of which the first n elements belong to the items, one each. */
export function firstRanges(length: number, { n }: Range): ElementRanges | undefined {
  return length < n ? undefined : evenRanges(1, n);
}

/**
 * What a compiled kernel's types say of its arrays: a Whole<T> is read only, all items change a Shared<T>, of a Ptr<T>
 * that is longer than n and no multiple of it the first n elements belong to the items, and of a Blocks<T> all do.
 */
export function withKernelTypes(array: ArrayArgument, typed: TypedArguments): ArrayArgument {
  const { signature, range } = typed;
  const { name, type = "" } = signature.params[array.index + (range ? 2 : 0)] ?? {};
  if (name === undefined) return array;
  const named = { ...array, name };
  const kind = arrayType(type)?.kind;
  if (kind === "Whole") return { ...named, role: "in", elements: undefined };
  if (kind === "Shared") return { ...named, role: "shared" };
  if (kind === "Blocks" && range && array.role !== "in" && !array.elements?.isDeclared) {
    const size = itemLength(kind, array.length, typed);
    const elements = { itemsPerRow: 1, rowLength: size, itemLength: size, end: array.length, isDeclared: false };
    return { ...named, elements: size === 0 ? undefined : elements };
  }
  const isLonger = kind === "Ptr" && range && array.length > range.n && array.length % range.n !== 0;
  const hasRanges = array.role === "in" || array.elements?.isDeclared;
  return isLonger && !hasRanges ? { ...named, elements: evenRanges(1, range.n) } : named;
}

/** The bytes of the elements of the items [begin, end), from the array's start. */
export function bytesOfItems(array: ArrayArgument, ranges: ElementRanges, begin: number, end: number, n: number) {
  const { itemsPerRow, rowLength, itemLength } = ranges;
  const at = (item: number) =>
    item >= n ? ranges.end : Math.floor(item / itemsPerRow) * rowLength + (item % itemsPerRow) * itemLength;
  const width = elementBytes(array);
  return [at(begin) * width, at(end) * width] as const;
}

/** Which part of an array belongs to the items, for messages about another one. */
export function describeRanges({ name = "array", length, role, elements }: ArrayArgument, n: number): string {
  if (role === "in") return "it is input";
  const counts = `${length} elements for ${n} items`;
  if (!elements) return `${counts}, which is no multiple: none belongs to them`;
  if (elements.itemLength * n > elements.end) return `${counts}: blocks of ${elements.itemLength} belong to each`;
  if (elements.end < length) return `${counts}: the first ${n} belong to them, one each`;
  const { itemLength } = elements;
  if (itemLength === 1) return `${counts}: one belongs to each`;
  return `${counts}: ${itemLength} belong to each; pass ${name}.subarray(0, ${n}) if it is the first ${n}, one each`;
}
