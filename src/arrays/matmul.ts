/**
 * Products of matrices.
 *
 *   b ─panels of columns─> packed ─┐
 *   a ─blocks of rows──────────────┴─> out
 */
import { step } from "../job/steps.js";
import { elementType } from "../memory/heap.js";
import { show, wholeNumber } from "../validate.js";
import { kernel, type Out, separate, withCall } from "./call.js";
import { FLOATS, type Float, type Plain, type Same } from "./types.js";

/** Rows of a block at most: the panel's part is read once for all of them. */
const ROWS = 32;
/** Products of a block at most, where its rows are few enough: 1 ms of float32. */
const PRODUCTS = 2 ** 24;

/**
 * The product of two matrices, row-major: a of `a.length / inner` rows by `inner` columns, b of `inner` rows by
 * `b.length / inner` columns. It has the bits of the plain loop in the type of the elements: products are rounded, and added
 * in order.
 * @param options.inner columns of a, rows of b
 * @param options.transposeB b is given as columns x inner, so that each of its columns lies in one piece
 * @returns rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function matmul<T extends Float, R extends Same<T> = Plain<T>>(
  a: T,
  b: Same<T>,
  options: Out<R> & { readonly inner: number; readonly transposeB?: boolean | undefined },
): Promise<R> {
  return withCall(options, ["out", "inner", "transposeB"], async (call) => {
    const { inner, transposeB = false } = options;
    wholeNumber("inner", inner, 1, 2 ** 31 - 1);
    if (typeof transposeB !== "boolean")
      throw new TypeError(`transposeB must be true or false, got ${show(transposeB)}`);
    const left = await call.input("a", a, FLOATS);
    const type = elementType(a) as (typeof FLOATS)[number];
    const right = await call.input("b", b, [type]);
    const [rows, columns] = [sizeBy("a", left.length, inner), sizeBy("b", right.length, inner)];
    separate("out", options.out, "a", a);
    separate("out", options.out, "b", b);
    const output = call.output("out", options.out, type, rows * columns);
    if (output.array.length === 0) return (await output.result()) as R;
    const width = 32 / left.BYTES_PER_ELEMENT;
    const count = Math.ceil(columns / width);
    const panels = call.between(type, count * width * inner);
    const height = heightOf(rows, inner * columns);
    const shape = { inner, columns };
    await call.steps([
      step(kernel("matmul", `pack_${type}`), count, { ...shape, transposed: transposeB, from: right, panels }),
      step(
        kernel("matmul", `multiply_${type}`),
        Math.ceil(rows / height),
        { ...shape, size: height * columns, a: left, panels, out: output.array },
        { grain: 1 },
      ),
    ]);
    return (await output.result()) as R;
  });
}

function sizeBy(name: string, length: number, inner: number): number {
  if (length % inner === 0) return length / inner;
  throw new RangeError(`${name} must have a multiple of ${inner} elements (inner), got ${length}`);
}

/** Rows of a block: whole tiles, and enough blocks for sixteen workers. */
function heightOf(rows: number, products: number): number {
  const most = Math.min(ROWS, rows / 16, PRODUCTS / products);
  return Math.min(rows, Math.max(4, 4 * Math.floor(most / 4)));
}
