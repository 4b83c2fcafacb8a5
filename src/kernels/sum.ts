/** 0 + 1 + ... + n-1 by looping. Flow: options -> `prepare` -> plan -> (an executor) -> total -> `sumResult`. */
import { wholeNumber } from "../validate.js";
import type { BuiltinKernel, KernelArgs, Plan } from "./kernel.js";

type Compiled = Awaited<ReturnType<typeof import("../../build/kernels/sum.js").instantiate>>["sum"];
type Twin = typeof import("./sum.twin.js").sum;

/** Measured: 0.3 ns a number, one cycle. The JS twin takes three times as long. */
const MS_PER_ITEM = 0.3e-6;
/** 1.3 ms a chunk. */
const GRAIN = 2 ** 22;

export const sum: BuiltinKernel<number, { readonly plan: Plan }> = {
  file: "sum",
  /** `n`: how many numbers to add, 0 to 2^32, so that the total stays below 2^63. */
  prepare(n) {
    wholeNumber("n", n, 0, 2 ** 32);
    const args = [] satisfies KernelArgs<Compiled> & KernelArgs<Twin>;
    return { plan: { name: "sum", n, grain: GRAIN, args, partial: "sum", cost: n * MS_PER_ITEM } };
  },
};

/** The total as the public result. */
export function sumResult(total: number | bigint): bigint {
  return BigInt(total);
}
