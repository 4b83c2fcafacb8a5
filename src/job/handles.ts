/** Kernel handles: plain data that names a function which an executor can call, with its type. */
import { oneOf, show } from "../validate.js";

/** Any function type; `never[]` so that every function is assignable. */
export type AnyFunction = (...args: never[]) => unknown;
/** What an untyped handle stands for: takes anything, returns unknown. */
export type Untyped = (...args: unknown[]) => unknown;

declare const signature: unique symbol;
declare const parameters: unique symbol;

/**
 * A function that executors can call: an export of a JS module or of a Wasm module. `Named` is what it takes in place of a
 * list of arguments: an object of them, by the names of its parameters.
 */
export interface Kernel<F extends AnyFunction = AnyFunction, Named extends object = never> {
  readonly language: "js" | "wasm";
  readonly name: string;
  /** Where it comes from: a URL, or bytes or a compiled module (Wasm only). */
  readonly source: string | Uint8Array | object;
  /** Never there at run time: ties the handle to F. */
  readonly [signature]?: F;
  /** Never there either: a handle with names goes where one without them is asked for. */
  readonly [parameters]?: (named: Named) => void;
}

/** The arguments of a range kernel after `begin` and `end`. */
export type RangeArgs<F extends AnyFunction> = F extends (begin: never, end: never, ...rest: infer Rest) => unknown
  ? Rest
  : never;

/** The same of a kernel with an accumulator, its last parameter. */
export type AccArgs<F extends AnyFunction> = F extends (
  begin: never,
  end: never,
  ...rest: [...infer Rest, infer _Accumulator]
) => unknown
  ? Rest
  : never;

function checkedName(name: unknown): string {
  if (typeof name === "string" && name !== "") return name;
  throw new TypeError(`name must be the name of an export, got ${show(name)}`);
}

function checkedUrl(what: string, url: unknown): string {
  if (url instanceof URL) return url.href;
  if (typeof url === "string" && URL.canParse(url)) return url;
  throw new TypeError(`${what} must be a URL, such as new URL("./kernel.js", import.meta.url), got ${show(url)}`);
}

/**
 * A handle of an export of an ES module, which every worker imports for itself.
 * @param url where the module is: a URL or its string
 * @param name the export: a function, or an async one
 * @throws TypeError when the URL or the name is none. A module or export that is not there is found when it is called:
 * a KernelError
 */
export function jsKernel<F extends AnyFunction = Untyped>(url: URL | string, name: string): Kernel<F> {
  return Object.freeze({ language: "js", name: checkedName(name), source: checkedUrl("url", url) });
}

/**
 * A handle of an export of a Wasm module over the shared memory.
 * @param source a URL, the module's bytes (copied), or a `WebAssembly.Module` (not for processes: it can't be sent there;
 *   its data segments and globals can't be checked)
 * @param name the exported function; array arguments reach it as their pointers
 * @throws TypeError when the source or the name is none. A module that is not valid, or breaks the rules of shared memory,
 * is found when it is called: a CompileError
 */
export function wasmKernel<F extends AnyFunction = Untyped>(
  source: URL | string | ArrayBufferLike | ArrayBufferView | object,
  name: string,
): Kernel<F> {
  return Object.freeze({ language: "wasm", name: checkedName(name), source: wasmSource(source) });
}

/** A handle of an export of a module whose bytes are shared by all handles of it, and never change. */
export function moduleKernel(bytes: Uint8Array, name: string): Kernel<Untyped, Record<string, unknown>> {
  return Object.freeze({ language: "wasm", name, source: bytes });
}

function wasmSource(source: unknown): string | Uint8Array | object {
  if (source instanceof WebAssembly.Module) return source as object;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice();
  if (source instanceof ArrayBuffer || source instanceof SharedArrayBuffer) return new Uint8Array(source).slice();
  if (source instanceof URL || typeof source === "string") return checkedUrl("source", source);
  throw new TypeError(`source must be a URL, the bytes of a Wasm module or a WebAssembly.Module, got ${show(source)}`);
}

/** Whether it has the form of a handle, of whatever language. */
export function isKernel(value: unknown): value is Kernel {
  const handle = value as Kernel | null | undefined;
  return (
    typeof handle === "object" && handle !== null && typeof handle.name === "string" && handle.source !== undefined
  );
}

/** Refuses what is not a kernel handle. @param name the argument's */
export function checkKernel(kernel: unknown, name = "kernel"): asserts kernel is Kernel {
  if (!isKernel(kernel))
    throw new TypeError(
      `${name} must be a handle made by jsKernel, wasmKernel or compileKernels, got ${show(kernel)}` +
        (kernel === undefined ? ": is it exported, and by this name?" : "") +
        (typeof kernel === "function" ? "; a function can't be sent to a worker: export it from a module" : ""),
    );
  oneOf(`${name}.language`, kernel.language, ["js", "wasm"]);
}
