/** Fourier transforms, of complex numbers and of reals. */
import { elementType } from "../memory/heap.js";
import { type Call, type Out, separate, withCall } from "./call.js";
import { checkLength, realStep, transformSteps, turnsOf } from "./fourier.js";
import { FLOATS, type Float, type Plain, type Same } from "./types.js";

/**
 * The discrete Fourier transform of complex numbers, interleaved re, im: the sum of x[j] exp(-2 pi i j k / n). Of float32
 * it is computed in float32, with roots of unity rounded from doubles.
 * @param x 2 n numbers; n has no prime factor over 13
 * @param options.out may be `x`
 * @returns rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function fft<T extends Float, R extends Same<T> = Plain<T>>(x: T, options: Out<R> = {}): Promise<R> {
  return complex(x, options, false);
}

/** The inverse of `fft`, scaled by 1 / n; otherwise as it. */
export function ifft<T extends Float, R extends Same<T> = Plain<T>>(x: T, options: Out<R> = {}): Promise<R> {
  return complex(x, options, true);
}

function complex<R>(x: Float, options: Out<R>, inverse: boolean): Promise<R> {
  return withCall(options, ["out"], async (call) => {
    const { on, type } = await given(call, x);
    if (on.length % 2 !== 0) throw new RangeError(`x must have an even number of elements (re, im), got ${on.length}`);
    separate("out", options.out, "x", x, { inPlace: true });
    const output = call.output("out", options.out, type, on.length);
    if (on.length > 0) {
      checkLength("x", on.length / 2);
      await call.steps(transformSteps(call, type, { from: on, to: output.array, inverse }));
    }
    return (await output.result()) as R;
  });
}

/**
 * The transform of n reals: the n / 2 + 1 complex numbers, interleaved, from which the others follow. n is even, and n / 2
 * has no prime factor over 13.
 * @param options.out of n + 2 elements
 * @returns rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function rfft<T extends Float, R extends Same<T> = Plain<T>>(x: T, options: Out<R> = {}): Promise<R> {
  return withCall(options, ["out"], async (call) => {
    const { on, type } = await given(call, x);
    const half = on.length / 2;
    if (half < 1 || !Number.isInteger(half))
      throw new RangeError(`x must have an even number of elements, 2 or more, got ${on.length}`);
    checkLength("x", half, 2);
    separate("out", options.out, "x", x);
    const output = call.output("out", options.out, type, on.length + 2);
    const [pairs, turns] = [call.between(type, on.length), turnsOf(call, on.length)];
    await call.steps([
      ...transformSteps(call, type, { from: on, to: pairs, inverse: false }),
      ...turns.steps,
      realStep(type, { half, back: false, from: pairs, to: output.array, turns }),
    ]);
    return (await output.result()) as R;
  });
}

/**
 * The inverse of `rfft`, scaled by 1 / n: n reals of n / 2 + 1 complex numbers. The imaginary parts of the first and the
 * last count for nothing.
 * @param options.out of n elements, two less than `x`
 * @returns rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function irfft<T extends Float, R extends Same<T> = Plain<T>>(x: T, options: Out<R> = {}): Promise<R> {
  return withCall(options, ["out"], async (call) => {
    const { on, type } = await given(call, x);
    const half = on.length / 2 - 1;
    if (half < 1 || !Number.isInteger(half))
      throw new RangeError(`x must have an even number of elements (re, im), 4 or more, got ${on.length}`);
    checkLength("the result of x", half, 2);
    separate("out", options.out, "x", x);
    const output = call.output("out", options.out, type, 2 * half);
    const [pairs, turns] = [call.between(type, 2 * half), turnsOf(call, 2 * half)];
    await call.steps([
      ...turns.steps,
      realStep(type, { half, back: true, from: on, to: pairs, turns }),
      ...transformSteps(call, type, { from: pairs, to: output.array, inverse: true }),
    ]);
    return (await output.result()) as R;
  });
}

async function given(call: Call, x: Float) {
  return { on: await call.input("x", x, FLOATS), type: elementType(x) as (typeof FLOATS)[number] };
}
