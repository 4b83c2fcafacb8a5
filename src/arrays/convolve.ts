/**
 * Convolutions.
 *
 *   a short one ─blocks─> sums of products
 *   two long ones ─zeros─> transforms ─products─> transform back ─part─> out
 */
import { type Step, step } from "../job/steps.js";
import { elementType, type HeapArray } from "../memory/heap.js";
import { oneOf } from "../validate.js";
import { type Call, kernel, type Out, separate, withCall } from "./call.js";
import { checkLength, realStep, transformSteps, turnsOf } from "./fourier.js";
import { FLOATS, type Float, type Plain, type Same } from "./types.js";

type Floats = HeapArray<"float64" | "float32">;

const MODES = ["full", "same", "valid"] as const;
/** The longest that is summed up directly. A transform takes as long as so many products for each element, about. */
const SHORT = { float64: 256, float32: 512 } as const;
/** Products of a block, at most: 0.3 ms. */
const PRODUCTS = 2 ** 20;
/** Elements of a block that is copied or multiplied. */
const BLOCK = 2 ** 15;

/**
 * The convolution of two arrays, as NumPy has it: `out[i]` is the sum of all `a[j] * b[i - j]`. Where the shorter one has at
 * most 256 elements (512 of float32) products are added up in the order of its elements, otherwise by Fourier transforms,
 * whose error is that of the greatest values: infinities and NaN are then everywhere.
 * @param options.mode "full" (default): a.length + b.length - 1 elements; "same": the middle ones, as many as the longer has;
 * "valid": those that all of the shorter one contributes to
 * @returns rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function convolve<T extends Float, R extends Same<T> = Plain<T>>(
  a: T,
  b: Same<T>,
  options: Out<R> & { readonly mode?: "full" | "same" | "valid" | undefined } = {},
): Promise<R> {
  return withCall(options, ["out", "mode"], async (call) => {
    const mode = oneOf("mode", options.mode ?? "full", MODES);
    const left = await call.input("a", a, FLOATS);
    const type = elementType(a) as (typeof FLOATS)[number];
    const right = await call.input("b", b, [type]);
    for (const [name, { length }] of Object.entries({ a: left, b: right }))
      if (length === 0) throw new RangeError(`${name} must not be empty`);
    separate("out", options.out, "a", a);
    separate("out", options.out, "b", b);
    const [x, y] = left.length >= right.length ? [left, right] : [right, left];
    const lost = { full: 0, same: (y.length - 1) >> 1, valid: y.length - 1 }[mode];
    const full = x.length + y.length - 1;
    const length = { full, same: x.length, valid: x.length - y.length + 1 }[mode];
    const output = call.output("out", options.out, type, length);
    const given = { x, y, start: lost, out: output.array };
    await call.steps(y.length <= SHORT[type] ? [direct(type, given)] : transformed(call, type, { ...given, full }));
    return (await output.result()) as R;
  });
}

interface Given {
  readonly x: Floats;
  readonly y: Floats;
  /** The first element of the whole convolution that is wanted. */
  readonly start: number;
  readonly out: Floats;
}

function direct(type: keyof typeof SHORT, given: Given): Step {
  const most = 64 * Math.ceil(PRODUCTS / given.y.length / 64);
  const size = Math.min(given.out.length, Math.min(BLOCK, most));
  return step(
    kernel("convolve", `direct_${type}`),
    Math.ceil(given.out.length / size),
    { ...given, size },
    { grain: 1 },
  );
}

function transformed(call: Call, type: keyof typeof SHORT, given: Given & { readonly full: number }): Step[] {
  const half = lengthFrom(Math.ceil(given.full / 2));
  checkLength("a and b together", half, 2);
  const turns = turnsOf(call, 2 * half);
  const [padded, pairs] = [call.between(type, 2 * half), call.between(type, 2 * half)];
  const [first, second] = [call.between(type, 2 * half + 2), call.between(type, 2 * half + 2)];
  const forward = (from: Floats, to: Floats) => [
    part(type, { start: 0, x: from, out: padded }),
    ...transformSteps(call, type, { from: padded, to: pairs, inverse: false }),
    realStep(type, { half, back: false, from: pairs, to, turns }),
  ];
  const size = Math.min(BLOCK, first.length);
  return [
    ...turns.steps,
    ...forward(given.x, first),
    ...forward(given.y, second),
    step(kernel("convolve", `multiply_${type}`), Math.ceil(first.length / size), { size, x: second, out: first }),
    realStep(type, { half, back: true, from: first, to: pairs, turns }),
    ...transformSteps(call, type, { from: pairs, to: padded, inverse: true }),
    part(type, { start: given.start, x: padded, out: given.out }),
  ];
}

function part(type: keyof typeof SHORT, args: { start: number; x: Floats; out: Floats }): Step {
  const size = Math.min(BLOCK, args.out.length);
  return step(kernel("convolve", `part_${type}`), Math.ceil(args.out.length / size), { ...args, size });
}

/** The least of 1, 3, 5, 9 and 15 times a power of two that is not less: the transforms of these are fast. */
function lengthFrom(least: number): number {
  return Math.min(...[1, 3, 5, 9, 15].map((odd) => odd * 2 ** Math.max(0, Math.ceil(Math.log2(least / odd)))));
}
