/** Handles of the tests' kernels. */
import { type AnyFunction, jsKernel, type Kernel, type Untyped, wasmKernel } from "allcores";
import { inject } from "vitest";

export const KERNELS = new URL("../fixtures/kernels.mjs", import.meta.url);
export const BROKEN = new URL("../fixtures/broken.mjs", import.meta.url);
export const MISSING = new URL("../fixtures/missing.mjs", import.meta.url);

/** An export of fixtures/kernels.mjs. */
export function js<F extends AnyFunction = Untyped>(name: string): Kernel<F> {
  return jsKernel<F>(KERNELS, name);
}

/** An export of the fixture over the shared memory. */
export function wasm<F extends AnyFunction = Untyped>(name: string): Kernel<F> {
  return wasmKernel<F>(inject("shared"), name);
}

/** An export of the fixture without memory. */
export function pure<F extends AnyFunction = Untyped>(name: string): Kernel<F> {
  return wasmKernel<F>(inject("pure"), name);
}

export const bytesOf = (url: string): Buffer => Buffer.from(url.slice(url.indexOf(",") + 1), "base64");

export type Range<Args extends unknown[] = [], Result = void> = (begin: number, end: number, ...args: Args) => Result;
export const add = js<(a: number, b: number) => number>("add");
export const identity = js<(value: unknown) => unknown>("identity");
export const whoAmI = js<() => string>("whoAmI");
export const spin = js<(ms: number, value?: number) => number>("spin");
export const fill = js<Range<[out: Float64Array]>>("fill");
export const count = js<Range<[hits: Int32Array]>>("count");
export const span = js<Range<[], string>>("span");
export const spinItems = js<Range<[ms: number]>>("spinItems");
export const exit = js<(code: number) => never>("exit");
export const forever = js<(mark?: string) => never>("forever");
