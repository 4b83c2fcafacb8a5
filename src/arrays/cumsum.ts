/**
 * Running sums, minima and maxima.
 *
 *   x ─blocks─> what each comes to ─one call─> what those before it come to ─blocks─> out
 */
import { step } from "../job/steps.js";
import { elementType } from "../memory/heap.js";
import { kernel, type Out, separate, withCall } from "./call.js";
import { FLOATS, type Float, type Plain, type Same } from "./types.js";

/** Elements of a block: 32 KiB of doubles. */
const BLOCK = 4096;
const WHAT = { sum: 0, min: 1, max: 2 } as const;

/**
 * The sum of all elements up to each one, added up in doubles by blocks; NaN carries on.
 * @param options.out may be `x`
 * @returns rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function cumsum<T extends Float, R extends Same<T> = Plain<T>>(x: T, options: Out<R> = {}): Promise<R> {
  return running("sum", x, options);
}

/** The least of all elements up to each one; otherwise as `cumsum`. */
export function cummin<T extends Float, R extends Same<T> = Plain<T>>(x: T, options: Out<R> = {}): Promise<R> {
  return running("min", x, options);
}

/** The greatest of all elements up to each one; otherwise as `cumsum`. */
export function cummax<T extends Float, R extends Same<T> = Plain<T>>(x: T, options: Out<R> = {}): Promise<R> {
  return running("max", x, options);
}

function running<R>(name: keyof typeof WHAT, x: Float, options: Out<R>): Promise<R> {
  return withCall(options, ["out"], async (call) => {
    const on = await call.input("x", x, FLOATS);
    const type = elementType(x) as (typeof FLOATS)[number];
    separate("out", options.out, "x", x, { inPlace: true });
    const output = call.output("out", options.out, type, on.length);
    const blocks = Math.ceil(on.length / BLOCK);
    const [totals, starts] = [call.between("float64", blocks), call.between("float64", blocks)];
    const shape = { size: BLOCK, what: WHAT[name] };
    await call.steps([
      step(kernel("scan", `totals_${type}`), blocks, { ...shape, x: on, totals }),
      step(kernel("scan", "before"), undefined, { what: shape.what, totals, starts }),
      step(kernel("scan", `run_${type}`), blocks, { ...shape, x: on, starts, out: output.array }),
    ]);
    return (await output.result()) as R;
  });
}
