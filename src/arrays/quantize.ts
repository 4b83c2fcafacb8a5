/** Rows of floats as bytes: a quarter of the memory, which is what a search reads. */

import { wholeNumber } from "../validate.js";
import { type ArraysOptions, kernel, withCall } from "./call.js";
import { quantize as quantizeHere } from "./twins/quantize.js";

export { quantizeHere };

/** Row i is about `scales[i] * data[i * dim ..]`. */
export interface QuantizedRows {
  readonly data: Int8Array<ArrayBufferLike>;
  readonly scales: Float32Array<ArrayBufferLike>;
}

/**
 * Rounds each row to bytes: `scales[i]` is its greatest magnitude by 127.
 * @param rows row-major, `dim` numbers each
 * @returns ordinary arrays, which `nearest` takes. Rejects with a TypeError or RangeError that names the argument, or the
 *   signal's reason
 */
export function quantize(
  rows: Float32Array,
  options: ArraysOptions & { readonly dim: number },
): Promise<QuantizedRows> {
  return withCall(options, ["dim"], async (call) => {
    const dim = wholeNumber("dim", options.dim, 1, 2 ** 24);
    const x = await call.input("rows", rows, ["float32"]);
    const n = x.length / dim;
    if (!Number.isInteger(n))
      throw new RangeError(`rows must have a multiple of dim = ${dim} numbers, got ${x.length}`);
    const [data, scales] = [
      call.output("data", undefined, "int8", x.length),
      call.output("scales", undefined, "float32", n),
    ];
    await call.range(kernel("quantize", "quantize"), n, { rows: x, data: data.array, scales: scales.array });
    return { data: await data.result(), scales: await scales.result() };
  });
}
