/**
 * The built-in computations: plan (kernels), run (an executor), reduce (kernels). Made from the same lines for each flavour
 * of kernels: the Wasm kernels, their JS twins, and the twins ported to Wasm as they are.
 */
import { type ComputeOptions, executorOf } from "./compute-options.js";
import { copyOf } from "./copies.js";
import { UnsupportedError } from "./errors.js";
import { jsKernel, type Kernel, wasmKernel } from "./job/handles.js";
import {
  type FormulaOptions,
  type FractalOutput,
  type FractalParameters,
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

/** What to sample, and where. */
export type PiOptions = PiParameters & ComputeOptions;
export type { FractalResult, PiResult };

/** What is drawn as int32. */
interface CountsOptions {
  /** See `FractalOutput`. */
  readonly output?: "counts" | undefined;
  /** An array of width * height on the heap, filled in place of a new one. */
  readonly out?: Int32Array<ArrayBufferLike> | undefined;
}
/** What is drawn as float32. */
interface RealOptions<Output> {
  /** See `FractalOutput`. */
  readonly output: Output;
  /** An array of width * height on the heap, filled in place of a new one. */
  readonly out?: Float32Array<ArrayBufferLike> | undefined;
}
/** What is drawn as either, by a value that is known at run time only. */
interface AnyOptions {
  /** See `FractalOutput`. */
  readonly output?: FractalOutput | undefined;
  /** Not here: whether it must be an Int32Array or a Float32Array depends on `output`, so name that in the code. */
  readonly out?: undefined;
}
/** The outputs that are float32. */
type RealOutput = Exclude<FractalOutput, "counts">;
type OutputOptions<Output> = [Output] extends ["counts"]
  ? CountsOptions
  : "counts" extends Output
    ? CountsOptions | RealOptions<Exclude<Output, "counts">> | AnyOptions
    : RealOptions<Output>;

/** What to draw, and where: counts, or another output by its name. */
export type FractalOptions<Output extends FractalOutput = "counts"> = FormulaOptions &
  ComputeOptions &
  OutputOptions<Output>;

/** The computations, over one kind of kernels. */
export interface Computations {
  /** See the function `estimatePi`. */
  estimatePi(options: PiOptions): Promise<PiResult>;
  /** See the function `renderFractal`. */
  renderFractal(
    options: FractalOptions & { readonly out: HeapArray<"int32"> },
  ): Promise<FractalResult<HeapArray<"int32">>>;
  renderFractal(
    options: FractalOptions<RealOutput> & { readonly out: HeapArray<"float32"> },
  ): Promise<FractalResult<HeapArray<"float32">>>;
  renderFractal(options: FractalOptions): Promise<FractalResult>;
  renderFractal(options: FractalOptions<RealOutput>): Promise<FractalResult<Float32Array<ArrayBuffer>>>;
  renderFractal(
    options: FractalOptions<FractalOutput>,
  ): Promise<FractalResult<Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>>;
  /** See the function `sumUpTo`. */
  sumUpTo(n: number, options?: ComputeOptions): Promise<bigint>;
}

/** One implementation of the kernels. */
interface Flavour {
  readonly kernelOf: (file: string, name: string) => Kernel;
  /** What plans are made for: kernels that take scratch memory, and whose small jobs may run at once on the caller. */
  readonly isFast?: boolean;
  /** Throws at a picture for which there is no kernel. */
  readonly checkPicture?: (options: FractalParameters) => void;
}

const FLAVOURS: Readonly<Record<"wasm" | "js" | "scalar", Flavour>> = {
  wasm: { kernelOf: (file, name) => wasmKernel(packageFile(`kernels/${file}.wasm`), name), isFast: true },
  js: { kernelOf: (file, name) => jsKernel(packageFile(`kernels/${file}.twin.js`), name) },
  scalar: {
    kernelOf: (file, name) => wasmKernel(packageFile(`kernels/${file}.scalar.wasm`), name),
    checkPicture: refuseBeyondScalar,
  },
};

function refuseBeyondScalar(options: FractalParameters): void {
  const [kind, output] = [options.kind ?? "mandelbrot", options.output ?? "counts"];
  const only = 'scalar kernels draw kind "mandelbrot" and "julia" with output "counts" only';
  if (kind !== "mandelbrot" && kind !== "julia") throw new UnsupportedError(`${only}, got kind ${show(kind)}`);
  if (output !== "counts") throw new UnsupportedError(`${only}, got output ${show(output)}`);
}

function runPlan(
  { kernelOf, isFast }: Flavour,
  file: string,
  plan: Plan,
  options: ComputeOptions,
  out?: AnyArray,
): Promise<unknown> {
  const { name, n, grain, partial, cost, scratch = 0, args, output } = plan;
  const job = {
    kernel: kernelOf(plan.file ?? file, name),
    n,
    grain,
    partial,
    args: out ? [out, ...args] : args,
    ...(output && { outputs: [{ index: 0, cover: output.cover }] }),
    ...(isFast && { cost, scratch }),
  };
  return executorOf(options).run(job, { signal: options.signal, onProgress: options.onProgress });
}

/** The computations over one flavour of kernels. */
export function computations(name: keyof typeof FLAVOURS): Computations {
  const flavour = FLAVOURS[name];

  async function estimatePi(options: PiOptions): Promise<PiResult> {
    const prepared = pi.prepare(options);
    const hits = await runPlan(flavour, pi.file, prepared.plan, options);
    return piResult(prepared, hits as bigint);
  }

  async function renderFractal(
    options: FractalParameters & FractalOptions<FractalOutput>,
  ): Promise<FractalResult<never>> {
    const prepared = fractal.prepare(options);
    flavour.checkPicture?.(options);
    const { plan } = prepared;
    const { type, length } = plan.output;
    if (options.out !== undefined) {
      checkOutput(options.out, type, length);
      await runPlan(flavour, fractal.file, plan, options, options.out);
      return fractalResult(prepared, options.out as never);
    }
    const executor = executorOf(options);
    const { array, free } = temporaryArray(type, length, `a picture of ${prepared.width}x${prepared.height}`);
    try {
      await runPlan(flavour, fractal.file, plan, { ...options, executor }, array);
      return fractalResult(prepared, (await copyOf(array, executor)) as never);
    } finally {
      free();
    }
  }

  async function sumUpTo(n: number, options: ComputeOptions = {}): Promise<bigint> {
    optionsObject("options", options);
    const { plan } = sum.prepare(n);
    return sumResult((await runPlan(flavour, sum.file, plan, options)) as bigint);
  }

  return { estimatePi, renderFractal, sumUpTo };
}

const wasm = computations("wasm");

/**
 * Estimates pi by sampling points in a square: 4 times the share of those within the circle that it just holds.
 * @returns hits depend on (seed, samples) only; `stderr` is the standard error of `pi`. Rejects with a TypeError or
 * RangeError that names the argument, or with the signal's reason
 */
export const estimatePi: Computations["estimatePi"] = wasm.estimatePi;

/**
 * Draws a fractal, row by row, row 0 at the start of `region.im`: the iterations that each pixel's orbit survives, as
 * int32, or with `output` "smooth" or "distance" float32 values (see `FractalOutput`).
 * @returns with `out` the result's `data` is that array, otherwise a new ordinary Int32Array or Float32Array.
 * Rejects with a TypeError or RangeError that names the argument, an UnsupportedError for an output that the kind has not,
 * a MemoryError when the picture does not fit the heap, or the signal's reason
 */
export const renderFractal: Computations["renderFractal"] = wasm.renderFractal;

/**
 * Adds up 0 + 1 + ... + n-1 by looping: the classic busy loop.
 * @param n 0 to 2^32
 * @returns the exact sum. Rejects with a TypeError or RangeError that names the argument, or with the signal's reason
 */
export const sumUpTo: Computations["sumUpTo"] = wasm.sumUpTo;

type OutputType = NonNullable<Plan["output"]>["type"];
const ARRAY_NAMES = { int32: "an Int32Array", float32: "a Float32Array" } as const satisfies Record<OutputType, string>;

function checkOutput(out: unknown, type: OutputType, length: number): void {
  if (elementType(out) !== type || !isOnHeap(out))
    throw new TypeError(
      `out must be ${ARRAY_NAMES[type]} made by heap.${type}, got ${elementType(out) && !isOnHeap(out) ? "an ordinary " : ""}${show(out)}`,
    );
  const array = out as HeapArray<OutputType>;
  if (array.length !== length)
    throw new RangeError(`out must have width * height = ${length} elements, got ${array.length}`);
  const unpin = pin(array);
  if (!unpin) throw new RangeError("out has been freed, or reaches beyond a heap array");
  unpin();
}
