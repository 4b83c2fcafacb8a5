/**
 * Sums: of values, of products, of squares.
 *
 *   x ─blocks─> a sum each, in four lanes ─one call─> neighbours added in pairs ─> the sum
 */
import { step } from "../job/steps.js";
import { elementType, type HeapArray } from "../memory/heap.js";
import { type ArraysOptions, type Call, kernel, withCall } from "./call.js";
import { FLOATS, type Float, NUMBERS, type Numbers, type Same } from "./types.js";

/** Elements of a block: 32 KiB of doubles, 2 us. */
const BLOCK = 4096;

/**
 * Adds up all elements, in doubles. Integers are exact to 2^53.
 * @returns 0 for nothing; NaN where there is one. Rejects with a TypeError that names the argument, or the signal's reason
 */
export function sum(x: Numbers, options: ArraysOptions = {}): Promise<number> {
  return withCall(options, [], async (call) => {
    const on = await call.input("x", x, NUMBERS);
    return joined(call, `sum_${elementType(x)}`, on.length, { x: on }, "total");
  });
}

/**
 * Adds up the products of elements, in doubles.
 * @param b of the type and length of `a`
 * @returns 0 for nothing. Rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function dot<T extends Float>(a: T, b: Same<T>, options: ArraysOptions = {}): Promise<number> {
  return withCall(options, [], async (call) => {
    const x = await call.input("a", a, FLOATS);
    const y = await call.input("b", b, [elementType(a) as "float64"]);
    if (y.length !== x.length) throw new RangeError(`b must have as many elements as a, ${x.length}, got ${y.length}`);
    return joined(call, `dot_${elementType(a)}`, x.length, { x, y, scale: 1 }, "total");
  });
}

/** Sums of squares from here to its inverse neither overflow nor lose bits. */
const TINY = 2 ** -960;

/**
 * The root of the sum of squares, in doubles, also where the squares would overflow.
 * @returns 0 for nothing. Rejects with a TypeError that names the argument, or the signal's reason
 */
export function norm(x: Float, options: ArraysOptions = {}): Promise<number> {
  return withCall(options, [], async (call) => {
    const on = await call.input("x", x, FLOATS);
    const type = elementType(x);
    const squares = (scale: number) => joined(call, `dot_${type}`, on.length, { x: on, y: on, scale }, "total");
    const direct = await squares(1);
    if (!(direct < TINY) && direct !== Infinity) return Math.sqrt(direct);
    const most = await joined(call, `greatest_${type}`, on.length, { x: on }, "greatestOfAll");
    if (most === 0 || most === Infinity) return most;
    // A power of two, which changes no bit; its inverse must be a number, too.
    const exponent = Math.min(1022, Math.max(-1022, Math.floor(Math.log2(most))));
    return Math.sqrt(await squares(2 ** -exponent)) * 2 ** exponent;
  });
}

/** Runs a kernel that makes a number of each block, and joins these. */
async function joined(
  call: Call,
  name: string,
  length: number,
  args: Readonly<Record<string, unknown>>,
  join: "total" | "greatestOfAll",
): Promise<number> {
  const blocks = Math.ceil(length / BLOCK);
  const sums = call.between("float64", blocks);
  const result: HeapArray<"float64"> = call.temporary("float64", 1);
  const [list, last] = join === "total" ? [{ sums }, "total"] : [{ most: sums }, join];
  await call.steps([
    step(kernel("sum", name), blocks, { size: BLOCK, ...args, ...list }),
    step(kernel("sum", last), undefined, { ...list, out: result }),
  ]);
  return result[0] as number;
}
