/** How many elements of an array belong to each item, by the type that a compiled kernel gives it. */
import { type ArrayKind, arrayType, type KernelSignature } from "../memory/metadata.js";
import type { Range } from "./range.js";

/** What is known of a job's arrays from the kernel's types and its other arguments. */
export interface TypedArguments {
  readonly signature: KernelSignature;
  readonly range: Range | undefined;
  /** All arguments of the job. */
  readonly args: readonly unknown[];
  /** Of the accumulator that the kernel gets, too. */
  readonly accumulatorBytes?: number | undefined;
}

/** What a kernel's parameter for the size of blocks is called. */
const SIZE = "size";

/** The elements of a block, where the kernel takes them as an argument. */
function givenSize({ signature: { params }, range, args }: TypedArguments): number | undefined {
  const place = params.findIndex(({ name, type }) => name === SIZE && /^(?:[iu](?:8|16|32)|[iu]size)$/.test(type));
  const size = place < 0 ? undefined : args[place - (range ? 2 : 0)];
  return typeof size === "number" ? size : undefined;
}

/** Elements an item of an array; 0 where the type does not say. Of the last block there may be fewer. */
export function itemLength(kind: ArrayKind, length: number, typed: TypedArguments): number {
  const n = typed.range?.n ?? 0;
  if (n === 0) return (kind === "Blocks" && givenSize(typed)) || 0;
  if (kind === "Rows") return length / n;
  if (kind === "Blocks") return givenSize(typed) ?? Math.ceil(length / n);
  return kind === "Ptr" && length === n ? 1 : 0;
}

/** @throws TypeError, RangeError where the array of a Rows or Blocks does not fit the items */
export function checkItems(name: string, length: number, type: string, typed: TypedArguments): void {
  const kind = arrayType(type)?.kind;
  if (kind !== "Rows" && kind !== "Blocks") return;
  if (!typed.range)
    throw new TypeError(`${name} has parts for the items of a range (${type}): call it with parallelFor`);
  const { n } = typed.range;
  if (kind === "Rows") {
    if (n > 0 && length % n !== 0)
      throw new RangeError(
        `${name} must have as many elements for each of the n = ${n} items (${type}), got ${length}`,
      );
    return;
  }
  const size = givenSize(typed);
  if (size !== undefined && size < 1) throw new RangeError(`${SIZE} must be 1 or more elements a block, got ${size}`);
  const blocks = length === 0 ? 0 : Math.ceil(length / (size ?? Math.ceil(length / n)));
  if (blocks === n || n === 0) return;
  const of = size === undefined ? "of one size" : `of ${size} elements`;
  throw new RangeError(`${name} must be n = ${n} blocks ${of} (${type}), got ${length}, which are ${blocks}`);
}

/** The greatest length that a kernel takes, an i32. */
const MOST_ELEMENTS = 2 ** 31 - 1;

/**
 * The values that a kernel takes behind its own arguments: the bytes of arrays and their elements an item.
 * @throws RangeError
 */
export function hiddenValues(typed: TypedArguments): number[] {
  const { signature, range, args } = typed;
  return (signature.hidden ?? []).flatMap((place) => {
    const { name = "", type = "" } = signature.params[place] ?? {};
    if (arrayType(type)?.kind === "Acc") return accumulatorValues(typed.accumulatorBytes ?? 0);
    const array = args[place - (range ? 2 : 0)] as ArrayBufferView & { readonly length: number };
    if (array.length > MOST_ELEMENTS)
      throw new RangeError(`${name} must have at most 2^31 - 1 elements, since ${signature.name} asks its length`);
    return [array.byteLength, itemLength(arrayType(type)?.kind ?? "Ptr", array.length, typed)];
  });
}

/** Those of one accumulator. */
export function accumulatorValues(bytes: number): number[] {
  return [bytes, 0];
}
