/**
 * Arrays of random numbers, the same on any executor: element i depends on the seed and `offset + i` alone, so that parts
 * filled apart are the whole.
 */
import { type ElementType, elementType } from "../memory/heap.js";
import { finiteNumber, seedNumber, show, wholeNumber } from "../validate.js";
import { type ArraysOptions, checkedArray, kernel, withCall } from "./call.js";
import { FLOATS, type Float, INTS, type Int, type Seed } from "./types.js";

/** Which numbers. */
export interface RandomOptions extends ArraysOptions {
  /** As of `estimatePi`: a safe integer, or a bigint below 2^64. */
  readonly seed: Seed;
  /** Which number of the stream is the first, default 0. */
  readonly offset?: number | undefined;
}

/** Elements of an item: 0.1 ms of normal numbers. A whole number of the kernel's groups, so that no block begins in one. */
const BLOCK = 4096;
/** The bits of each type. */
const BITS = { int32: 32, uint32: 32, int16: 16, uint16: 16, int8: 8, uint8: 8 } as const;

/**
 * Uniform numbers from `low` (0) up to and without `high` (1).
 * @param out is filled; a number makes an ordinary array of that length
 * @returns the array. Rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function uniform<T extends Float>(out: T, options: RandomOptions & Bounds): Promise<T>;
export function uniform(length: number, options: RandomOptions & Bounds): Promise<Float64Array<ArrayBuffer>>;
export function uniform(out: Float | number, options: RandomOptions & Bounds): Promise<unknown> {
  return fill("uniform", out, FLOATS, options, ["low", "high"], (type) => {
    const { low = 0, high = 1 } = options;
    const [a, b] = [finiteNumber("low", low), finiteNumber("high", high)];
    const [from, to] = type === "float32" ? [Math.fround(a), Math.fround(b)] : [a, b];
    const range = to - from;
    if (range > 0 && range < Infinity) return [from, to];
    throw new RangeError(`high must be greater than low, by a finite ${type}, got low ${low} and high ${high}`);
  });
}

/** Where uniform numbers lie. */
interface Bounds {
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/**
 * Normal numbers of mean 0 and standard deviation 1, or of `mean` and `std` (Marsaglia's polar method).
 * @param out is filled; a number makes an ordinary array of that length
 * @returns the array. Rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function normal<T extends Float>(out: T, options: RandomOptions & Shape): Promise<T>;
export function normal(length: number, options: RandomOptions & Shape): Promise<Float64Array<ArrayBuffer>>;
export function normal(out: Float | number, options: RandomOptions & Shape): Promise<unknown> {
  return fill("normal", out, FLOATS, options, ["mean", "std"], () => {
    const { mean = 0, std = 1 } = options;
    if (finiteNumber("std", std) < 0) throw new RangeError(`std must be 0 or more, got ${std}`);
    return [finiteNumber("mean", mean), std];
  });
}

/** How normal numbers are spread. */
interface Shape {
  readonly mean?: number | undefined;
  readonly std?: number | undefined;
}

/**
 * Whole numbers from `low` (0) up to and without `high`, each as likely to within 2^-32 of its share.
 * @param out is filled; a number makes an ordinary Int32Array of that length
 * @returns the array. Rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function integers<T extends Int>(out: T, options: RandomOptions & IntegerBounds): Promise<T>;
export function integers(length: number, options: RandomOptions & IntegerBounds): Promise<Int32Array<ArrayBuffer>>;
export function integers(out: Int | number, options: RandomOptions & IntegerBounds): Promise<unknown> {
  return fill("integers", out, INTS, options, ["low", "high"], (type) => {
    const { low = 0, high } = options;
    const bits = BITS[type];
    const least = type.startsWith("u") ? 0 : -(2 ** (bits - 1));
    wholeNumber("low", low, least, least + 2 ** bits - 1);
    return [low, wholeNumber("high", high, low + 1, least + 2 ** bits)];
  });
}

/** Where whole numbers lie. */
interface IntegerBounds {
  readonly low?: number | undefined;
  readonly high: number;
}

/** @param range checks the verb's own options, and gives what its kernel takes */
function fill<T extends ElementType>(
  name: "uniform" | "normal" | "integers",
  given: unknown,
  types: readonly [T, ...T[]],
  options: RandomOptions,
  own: readonly string[],
  range: (type: T) => readonly [number, number],
): Promise<unknown> {
  return withCall(options, ["seed", "offset", ...own], async (call) => {
    const { seed, offset = 0 } = options;
    if (typeof given !== "number" && !ArrayBuffer.isView(given))
      throw new TypeError(`out must be an array or a length, got ${show(given)}`);
    const isLength = typeof given === "number";
    const length = isLength ? wholeNumber("length", given, 0, 2 ** 32) : checkedArray("out", given, types).length;
    const type = isLength ? types[0] : (elementType(given) as T);
    const [a, b] = range(type);
    seedNumber("seed", seed);
    wholeNumber("offset", offset, 0, Number.MAX_SAFE_INTEGER - length);
    const output = call.output("out", isLength ? undefined : given, type, length);
    const args = { size: BLOCK, seed: BigInt(seed), offset: BigInt(offset), a, b, out: output.array };
    await call.range(kernel("random", `${name}_${type}`), Math.ceil(length / BLOCK), args);
    return output.result();
  });
}
