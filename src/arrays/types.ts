/** The typed arrays that verbs take and give. */

export type Float = Float64Array | Float32Array;
export type Int = Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;
export type Numbers = Float | Int;
/** What can be sorted. */
export type Key = Float64Array | Float32Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array;
/** The same element type, wherever it lies. */
export type Same<T, B extends ArrayBufferLike = ArrayBufferLike> = T extends Float64Array
  ? Float64Array<B>
  : T extends Float32Array
    ? Float32Array<B>
    : T extends Int32Array
      ? Int32Array<B>
      : T extends Uint32Array
        ? Uint32Array<B>
        : T extends BigInt64Array
          ? BigInt64Array<B>
          : T extends BigUint64Array
            ? BigUint64Array<B>
            : never;
/** The same element type, in ordinary memory. */
export type Plain<T> = Same<T, ArrayBuffer>;
/** As of `estimatePi`: a safe integer, or a bigint below 2^64. */
export type Seed = number | bigint;

/** The heap's names of these element types. */
export const FLOATS = ["float64", "float32"] as const;
export const INTS = ["int32", "uint32", "int16", "uint16", "int8", "uint8"] as const;
export const NUMBERS = [...FLOATS, ...INTS] as const;
export const KEYS = ["float64", "float32", "int32", "uint32", "int64", "uint64"] as const;
