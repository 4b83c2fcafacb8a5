/** The types of elements that heap arrays hold, and the typed arrays of each. */
import { show } from "../validate.js";

export const ARRAY_TYPES = {
  float64: Float64Array,
  float32: Float32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  uint8Clamped: Uint8ClampedArray,
} as const;

/** Element types of heap arrays, by the name of the method that makes them. */
export type ElementType = keyof typeof ARRAY_TYPES;

type ArrayOn<Buffer extends ArrayBufferLike> = {
  float64: Float64Array<Buffer>;
  float32: Float32Array<Buffer>;
  int64: BigInt64Array<Buffer>;
  uint64: BigUint64Array<Buffer>;
  int32: Int32Array<Buffer>;
  uint32: Uint32Array<Buffer>;
  int16: Int16Array<Buffer>;
  uint16: Uint16Array<Buffer>;
  int8: Int8Array<Buffer>;
  uint8: Uint8Array<Buffer>;
  uint8Clamped: Uint8ClampedArray<Buffer>;
};
/** A typed array on the shared heap. */
export type HeapArray<T extends ElementType = ElementType> = ArrayOn<SharedArrayBuffer>[T];
/** A typed array in ordinary memory. */
export type OrdinaryArray<T extends ElementType = ElementType> = ArrayOn<ArrayBuffer>[T];
/** A typed array of one of the heap's element types, wherever it lies. */
export type AnyArray = ArrayOn<ArrayBufferLike>[ElementType];
/** What a heap array is made of: a length, or its elements. */
export type Content<T extends ElementType> = number | ArrayLike<HeapArray<T>[number]>;

/** The name of the typed array that holds such elements. */
export function arrayTypeName(type: ElementType): string {
  return ARRAY_TYPES[type].name;
}

const TYPES = Object.entries(ARRAY_TYPES) as [ElementType, (typeof ARRAY_TYPES)[ElementType]][];

/** The typed array's element type by heap name, or undefined for what the heap does not hold. */
export function elementType(value: unknown): ElementType | undefined {
  for (const [name, Type] of TYPES) if (value instanceof Type) return name;
  return undefined;
}

/** What elements are in JS. */
function elementKind(type: ElementType): "number" | "bigint" {
  return type === "int64" || type === "uint64" ? "bigint" : "number";
}

/** The error of a value that is neither a length nor an array of such elements. */
export function notElements(type: ElementType, value: unknown, options?: ErrorOptions): TypeError {
  const message = `heap.${type} takes a length or an array of ${elementKind(type)}s, got ${show(value)}`;
  return new TypeError(message, options);
}

/**
 * Fills an array, as typed arrays are filled: plain arrays of numbers may hold what converts to a number.
 * @throws TypeError that names the first element of the wrong type, for what typed arrays refuse, and all but bigints in
 *   a plain array for 64 bits
 */
export function copyIn(type: ElementType, array: AnyArray, content: ArrayLike<unknown>): void {
  const kind = elementKind(type);
  const refuseWrong = (cause?: unknown) => {
    const wrong = Array.prototype.findIndex.call(content, (element) => typeof element !== kind);
    if (wrong < 0) return;
    throw new TypeError(`heap.${type}: element ${wrong} must be a ${kind}, got ${show(content[wrong])}`, { cause });
  };
  // An array of bigints would take texts and booleans, too.
  if (kind === "bigint" && !ArrayBuffer.isView(content)) refuseWrong();
  try {
    array.set(content as never);
  } catch (error) {
    refuseWrong(error);
    throw ArrayBuffer.isView(content) ? notElements(type, content, { cause: error }) : error;
  }
}
