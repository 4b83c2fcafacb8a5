/** Matrices transposed, by blocks of the result's rows. */
import { elementType } from "../memory/heap.js";
import { wholeNumber } from "../validate.js";
import { kernel, type Out, separate, withCall } from "./call.js";
import { FLOATS, type Float, type Plain, type Same } from "./types.js";

/** Elements of a block, but for a block of one row: 0.1 ms. */
const BLOCK = 2 ** 16;
/** Rows of a block are a multiple of a tile's, so that each line of the cache that is read belongs to one block. */
const TILE = 16;

/**
 * The transpose of a row-major matrix.
 * @param options.columns of x
 * @param options.out not x, nor a part of it
 * @returns `columns` rows. Rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function transpose<T extends Float, R extends Same<T> = Plain<T>>(
  x: T,
  options: Out<R> & { readonly columns: number },
): Promise<R> {
  return withCall(options, ["out", "columns"], async (call) => {
    const { columns } = options;
    wholeNumber("columns", columns, 1, 2 ** 31 - 1);
    const on = await call.input("x", x, FLOATS);
    const type = elementType(x) as (typeof FLOATS)[number];
    const rows = on.length / columns;
    if (!Number.isInteger(rows))
      throw new RangeError(`x must have a multiple of ${columns} elements (columns), got ${on.length}`);
    separate("out", options.out, "x", x);
    const output = call.output("out", options.out, type, on.length);
    if (rows > 0) {
      const height = Math.min(columns, TILE * Math.ceil(BLOCK / rows / TILE));
      const args = { size: height * rows, rows, columns, x: on, out: output.array };
      await call.range(kernel("transpose", `transpose_${type}`), Math.ceil(columns / height), args);
    }
    return (await output.result()) as R;
  });
}
