/**
 * The built-in computations: plan (kernels), run (an executor), reduce (kernels). Made twice from the same lines, for the
 * Wasm kernels and for their JS twins.
 */
import { defaultExecutor } from "./executors/default.js";
import type { copyOut } from "./executors/entry/copy.js";
import type { Executor, RunOptions } from "./executors/executor.js";
import { jsKernel, type Kernel, wasmKernel } from "./executors/handles.js";
import {
  type FractalOptions as FractalParameters,
  type FractalResult,
  fractal,
  fractalResult,
  type PiOptions as PiParameters,
  type PiResult,
  pi,
  piResult,
  sum,
  sumResult,
} from "./kernels/index.js";
import type { Plan } from "./kernels/kernel.js";
import { packageFile } from "./locate.js";
import { type AnyArray, elementType, type HeapArray, isOnHeap, pin, temporaryArray } from "./memory/heap.js";
import { optionsObject, show } from "./validate.js";

/** Where and how to compute. */
export interface ComputeOptions extends RunOptions {
  /** Default: `defaultExecutor()`, the shared pool of threads. */
  readonly executor?: Executor | undefined;
}

/** What to sample, and where. */
export type PiOptions = PiParameters & ComputeOptions;
export type { FractalResult, PiResult };
/** What to draw, and where. `out`: an Int32Array of width * height on the heap, filled in place of a new array. */
export type FractalOptions = FractalParameters &
  ComputeOptions & { readonly out?: Int32Array<ArrayBufferLike> | undefined };

/** The computations, over one kind of kernels. */
export interface Computations {
  /** See the function `estimatePi`. */
  estimatePi(options: PiOptions): Promise<PiResult>;
  /** See the function `renderFractal`. */
  renderFractal(
    options: FractalOptions & { readonly out: HeapArray<"int32"> },
  ): Promise<FractalResult<HeapArray<"int32">>>;
  renderFractal(options: FractalOptions): Promise<FractalResult>;
  /** See the function `sumUpTo`. */
  sumUpTo(n: number, options?: ComputeOptions): Promise<bigint>;
}

/** Results larger than this are not copied on the caller's thread in one go: 48 MB cost it 120 ms. */
const COPY_INLINE_BYTES = 4 * 2 ** 20;
/** Elements copied between two turns of the event loop: 1 MiB. */
const COPY_STEP = 2 ** 18;

type Language = Kernel["language"];

function kernelOf(language: Language, file: string, name: string): Kernel {
  if (language === "js") return jsKernel(packageFile(`kernels/${file}.twin.js`), name);
  return wasmKernel(packageFile(`kernels/${file}.wasm`), name);
}

function executorOf(options: ComputeOptions): Executor {
  const { executor } = options;
  if (executor === undefined) return defaultExecutor();
  if (typeof executor === "object" && executor !== null && typeof executor.run === "function") return executor;
  throw new TypeError(`executor must be an executor such as new ThreadExecutor(), got ${show(executor)}`);
}

function runPlan(
  language: Language,
  file: string,
  plan: Plan,
  options: ComputeOptions,
  out?: AnyArray,
): Promise<unknown> {
  const { name, n, grain, partial, cost, args, output } = plan;
  const job = {
    kernel: kernelOf(language, file, name),
    n,
    grain,
    partial,
    args: out ? [out, ...args] : args,
    ...(output && { outputs: [{ index: 0, cover: output.cover }] }),
    ...(language === "wasm" && { cost }),
  };
  return executorOf(options).run(job, { signal: options.signal, onProgress: options.onProgress });
}

/** The computations over the Wasm kernels, or over their JS twins. */
export function computations(language: Language): Computations {
  async function estimatePi(options: PiOptions): Promise<PiResult> {
    const prepared = pi.prepare(options);
    const hits = await runPlan(language, pi.file, prepared.plan, options);
    return piResult(prepared, hits as bigint);
  }

  async function renderFractal(options: FractalOptions): Promise<FractalResult<never>> {
    const prepared = fractal.prepare(options);
    const { plan } = prepared;
    const { length } = plan.output;
    if (options.out !== undefined) {
      checkOutput(options.out, length);
      await runPlan(language, fractal.file, plan, options, options.out);
      return fractalResult(prepared, options.out as never);
    }
    const executor = executorOf(options);
    const { array, free } = temporaryArray("int32", length, `a picture of ${prepared.width}x${prepared.height}`);
    try {
      await runPlan(language, fractal.file, plan, { ...options, executor }, array);
      return fractalResult(prepared, (await copyOf(array, executor)) as never);
    } finally {
      free();
    }
  }

  async function sumUpTo(n: number, options: ComputeOptions = {}): Promise<bigint> {
    optionsObject("options", options);
    const { plan } = sum.prepare(n);
    return sumResult((await runPlan(language, sum.file, plan, options)) as bigint);
  }

  return { estimatePi, renderFractal, sumUpTo };
}

const wasm = computations("wasm");

/**
 * Estimates pi by sampling points in the unit square: 4 times the share of those within the circle.
 * @returns hits depend on (seed, samples) only; `stderr` is the standard error of `pi`. Rejects with a TypeError or
 * RangeError that names the argument, or with the signal's reason
 */
export const estimatePi: Computations["estimatePi"] = wasm.estimatePi;

/**
 * Counts the iterations that each pixel's orbit survives, row by row: int32, row 0 at the start of `region.im`.
 * @returns with `out` the result's `data` is that array, otherwise an ordinary Int32Array of its own. Rejects with a
 * TypeError or RangeError that names the argument, a MemoryError when the picture does not fit the heap, or the signal's
 * reason
 */
export const renderFractal: Computations["renderFractal"] = wasm.renderFractal;

/**
 * Adds up 0 + 1 + ... + n-1 by looping: the classic busy loop.
 * @param n 0 to 2^32
 * @returns the exact sum. Rejects with a TypeError or RangeError that names the argument, or with the signal's reason
 */
export const sumUpTo: Computations["sumUpTo"] = wasm.sumUpTo;

function checkOutput(out: unknown, length: number): void {
  if (elementType(out) !== "int32" || !isOnHeap(out))
    throw new TypeError(
      `out must be an Int32Array made by heap.int32, got ${elementType(out) && !isOnHeap(out) ? "an ordinary " : ""}${show(out)}`,
    );
  const array = out as HeapArray<"int32">;
  if (array.length !== length)
    throw new RangeError(`out must have width * height = ${length} elements, got ${array.length}`);
  const unpin = pin(array);
  if (!unpin) throw new RangeError("out has been freed, or reaches beyond a heap array");
  unpin();
}

async function copyOf(shared: HeapArray<"int32">, executor: Executor): Promise<Int32Array<ArrayBuffer>> {
  const { parallel, sharedMemory } = executor.capabilities;
  if (shared.byteLength <= COPY_INLINE_BYTES) return new Int32Array(shared);
  if (parallel && sharedMemory && !executor.isShutdown)
    return executor.submit(jsKernel<typeof copyOut>(packageFile("executors/entry/copy.js"), "copyOut"), [shared]);
  const copy = new Int32Array(shared.length);
  for (let at = 0; at < shared.length; at += COPY_STEP) {
    copy.set(shared.subarray(at, at + COPY_STEP), at);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return copy;
}
