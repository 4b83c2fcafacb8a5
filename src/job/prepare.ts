/**
 * From the Job that a caller gives to what an executor runs: checked, its kernel compiled, its arguments captured, so that
 * later changes by the caller are not seen.
 */
import { CompileError } from "../errors.js";
import { elementType } from "../memory/elements.js";
import type { KernelSignature } from "../memory/metadata.js";
import { type KernelModule, kernelModule } from "../memory/modules.js";
import { finiteNumber, oneOf, optionsObject, show, wholeNumber } from "../validate.js";
import {
  type AccumulatingJob,
  type CheckedAccumulation,
  checkChunks,
  checkedAccumulation,
  defaultGrain,
} from "./accumulate.js";
import { type CapturedArguments, captureArguments } from "./arguments.js";
import { byteLength } from "./array-argument.js";
import { withKernelTypes } from "./element-ranges.js";
import { failureOf, KernelFault, NOT_LOADED, rebuildFailure } from "./failure.js";
import { checkKernel, type Kernel } from "./handles.js";
import { hiddenValues, type TypedArguments } from "./item-length.js";
import type { Job } from "./job.js";
import { arranged, type GivenArguments, givenArguments } from "./named-arguments.js";
import type { Range } from "./range.js";
import { refuseTemps } from "./roles.js";
import { checkForm, checkJoin, checkSignature, mostItems, takenParameters } from "./signature.js";
import type { WireJob, WireJsKernel, WireKernel, WireWasmKernel } from "./wire-job.js";

export interface PreparedJob {
  readonly wire: WireJob;
  readonly chunks: number;
  /** Of a Wasm kernel's module, where they are known. */
  readonly bytes: Uint8Array | undefined;
  /** The same of a kernel that joins accumulators. */
  readonly joinBytes?: Uint8Array | undefined;
  readonly cost: number | undefined;
  /** Items that its kernel and its arrays reach, if there is a limit. */
  readonly most?: number | undefined;
  /** What the compiler knew of its kernel, with what it was given. */
  readonly typed?: TypedArguments | undefined;
  /** Unpins the arrays. */
  release(): void;
}

interface CheckedJob {
  readonly job: Job;
  readonly args: GivenArguments;
  readonly range: Range | undefined;
  readonly scratch: number;
  readonly accumulation: CheckedAccumulation | undefined;
}

/** At once, if its kernels are there. @param isStep whether arrays may be of use between steps alone */
export function prepareJob(job: Job | AccumulatingJob, isStep = false): PreparedJob | Promise<PreparedJob> {
  optionsObject("job", job);
  checkKernel(job.kernel);
  const args = givenArguments(job.args, job.kernel);
  const range = job.n === undefined ? undefined : checkedRange(job, job.n);
  const scratch = wholeNumber("scratch", job.scratch ?? 0, 0, 2 ** 31);
  if (job.cost !== undefined) finiteNumber("cost", job.cost);
  checkOutputs(job.outputs);
  if (job.outputs && args.names) throw new TypeError("args must be an array where outputs are given by their index");
  const releases: (() => void)[] = [];
  const release = () => {
    for (const one of releases.splice(0)) one();
  };
  const rest = { chunks: range ? Math.ceil(range.n / range.grain) : 1, cost: job.cost, release };
  try {
    const captured = captureArguments(job, args.list, range, releases, args.labels);
    if (!isStep) refuseTemps(captured.arrays, args.labels.of);
    const accumulation = "accumulate" in job ? checkedAccumulation(job.accumulate, args, releases) : undefined;
    const given = { job, args, range, scratch, accumulation };
    if (isCompiledJoin(accumulation)) return withCompiledJoin({ ...given, accumulation }, captured, rest);
    if (job.kernel.language === "wasm") {
      const finish = (module: KernelModule) => joined(withModule(given, module, captured, rest), accumulation);
      const known = loaded.get(job.kernel);
      if (known) return finish(known);
      return loadModule(job.kernel)
        .then(finish)
        .catch((error) => {
          release();
          throw error;
        });
    }
    const wire = { kernel: wireJsKernel(job.kernel), range, scratch, ...captured };
    return joined({ ...rest, bytes: undefined, wire }, accumulation);
  } catch (error) {
    release();
    throw error;
  }
}

type Rest = Pick<PreparedJob, "chunks" | "cost" | "release">;

type CompiledJoin = CheckedAccumulation & { readonly combine: Kernel };

function isCompiledJoin(accumulation: CheckedAccumulation | undefined): accumulation is CompiledJoin {
  return typeof accumulation?.combine === "object" && accumulation.combine.language === "wasm";
}

/** Of a job whose accumulators are joined by a kernel that must be compiled. */
async function withCompiledJoin(
  given: CheckedJob & { readonly accumulation: CompiledJoin },
  captured: CapturedArguments,
  rest: Rest,
): Promise<PreparedJob> {
  const { job, range, scratch, accumulation } = given;
  try {
    const prepared =
      job.kernel.language === "wasm"
        ? withModule(given, await loadModule(job.kernel), captured, rest)
        : { ...rest, bytes: undefined, wire: { kernel: wireJsKernel(job.kernel), range, scratch, ...captured } };
    const { combine } = accumulation;
    const module = await loadModule(combine);
    const signature = module.compiled?.kernels.find(({ name }) => name === combine.name);
    const kernel = wasmKernel(combine, module, signature, undefined);
    if (!module.sharesMemory) throw noSharedMemory(combine);
    checkJoin(kernel, accumulation.type, module, signature);
    const joined = { ...accumulation, combine: kernel, chunks: rest.chunks };
    return { ...prepared, joinBytes: module.bytes, wire: { ...prepared.wire, accumulation: joined } };
  } catch (error) {
    rest.release();
    throw error;
  }
}

/** The job with its accumulation, if it has one that no compiled kernel joins. */
function joined(job: PreparedJob, accumulation: CheckedAccumulation | undefined): PreparedJob {
  if (!accumulation) return job;
  const { combine } = accumulation;
  const join = typeof combine === "string" ? combine : wireJsKernel(combine);
  return { ...job, wire: { ...job.wire, accumulation: { ...accumulation, combine: join, chunks: job.chunks } } };
}

/** Modules of handles that can't change: 14 steps took twice as long where each waited for its own. */
const loaded = new WeakMap<Kernel, KernelModule>();

function withModule(
  { job: { kernel }, args, range, scratch, accumulation }: CheckedJob,
  module: KernelModule,
  captured: CapturedArguments,
  rest: Rest,
): PreparedJob {
  const needsHeap = captured.arrays.length > 0 || scratch > 0 || accumulation;
  if (!module.sharesMemory && needsHeap) throw noSharedMemory(kernel);
  const signature = module.compiled?.kernels.find(({ name }) => name === kernel.name);
  const wired = wasmKernel(kernel, module, signature, range);
  const { name, label } = wired;
  const gets = { range, scratch: scratch > 0, accumulator: accumulation?.type };
  const isByName = args.names !== undefined;
  // What is wrong with the form of the call would look like wrong names.
  if (signature && isByName) checkForm({ label, ...gets }, signature);
  const taken = signature && takenParameters(signature, gets);
  const { list, values, arrays } = arranged(args, captured, taken, label);
  const given = { name, label, args: list, isByName, ...gets };
  checkSignature(given, module, signature);
  const most = mostItems(given, module, signature);
  const wire = { kernel: wired, range, values, arrays, scratch };
  if (!signature) return { ...rest, bytes: module.bytes, most, wire };
  const typed = { signature, range, args: list, accumulatorBytes: accumulation && byteLength(accumulation) };
  const all = signature.hidden ? [...values, ...hiddenValues(typed)] : values;
  const named = arrays.map((array) => withKernelTypes(array, typed));
  return { ...rest, bytes: module.bytes, most, typed, wire: { ...wire, values: all, arrays: named } };
}

function checkOutputs(outputs: unknown): void {
  if (outputs === undefined) return;
  if (!Array.isArray(outputs))
    throw new TypeError(`outputs must be an array of { index, cover }, got ${show(outputs)}`);
  outputs.forEach((output: { index?: unknown; cover?: Record<string, unknown> } | undefined, i) => {
    wholeNumber(`outputs[${i}].index`, output?.index, 0, Number.MAX_SAFE_INTEGER);
    for (const key of ["itemsPerRow", "rowLength", "itemLength"] as const)
      wholeNumber(`outputs[${i}].cover.${key}`, output?.cover?.[key], 1, Number.MAX_SAFE_INTEGER);
  });
}

function checkedRange(job: Job | AccumulatingJob, items: number): Range {
  const n = wholeNumber("n", items, 0, Number.MAX_SAFE_INTEGER);
  const length = "accumulate" in job && elementType(job.accumulate.out) ? job.accumulate.out.length : 0;
  const grain = wholeNumber("grain", job.grain ?? defaultGrain(n, length), 1, Number.MAX_SAFE_INTEGER);
  if ("accumulate" in job) {
    checkChunks(n, grain);
    return { n, grain, partial: "array", call: Math.min(grain, defaultGrain(n)) };
  }
  return { n, grain, partial: oneOf("partial", job.partial ?? "none", ["none", "sum", "value"]) };
}

async function loadModule(kernel: Kernel): Promise<KernelModule> {
  try {
    const module = await kernelModule(kernel.source);
    if (Object.isFrozen(kernel)) loaded.set(kernel, module);
    return module;
  } catch (error) {
    const isFile = (error as NodeJS.ErrnoException).syscall !== undefined;
    if (!isFile) throw error;
    throw rebuildFailure(failureOf({ label: labelOf(kernel) }, new KernelFault(NOT_LOADED, error)));
  }
}

function noSharedMemory(kernel: Kernel): CompileError {
  return new CompileError(
    `${labelOf(kernel)} can't reach arrays on the heap: its module does not import the shared memory. Compile it with ` +
      "--importMemory --sharedMemory --initialMemory 1 --maximumMemory 65535 --enable threads",
  );
}

/** How messages call a kernel. */
export function labelOf({ name, source }: Kernel): string {
  return typeof source === "string" ? `${name} (${source.length > 200 ? `${source.slice(0, 60)}...` : source})` : name;
}

/** Of handles that can't change: those that `jsKernel` makes. */
const wired = new WeakMap<Kernel, WireJsKernel>();
/** The same of Wasm kernels, which are called over ranges or by themselves. */
const wiredForRanges = new WeakMap<Kernel, WireWasmKernel>();
const wiredForCalls = new WeakMap<Kernel, WireWasmKernel>();

/** A handle of a JS kernel as workers get it. */
export function wireJsKernel(kernel: Kernel): WireJsKernel {
  const known = wired.get(kernel);
  if (known) return known;
  const wire: WireJsKernel = { language: "js", name: kernel.name, label: labelOf(kernel), url: String(kernel.source) };
  if (Object.isFrozen(kernel)) wired.set(kernel, wire);
  return wire;
}

/** A kernel as workers get it. @throws CompileError, KernelError when its module can't be loaded */
export async function wireKernel(kernel: Kernel, range: Range | undefined): Promise<WireKernel> {
  if (kernel.language === "js") return wireJsKernel(kernel);
  const module = await loadModule(kernel);
  const signature = module.compiled?.kernels.find(({ name }) => name === kernel.name);
  return wasmKernel(kernel, module, signature, range);
}

function wasmKernel(
  kernel: Kernel,
  module: KernelModule,
  signature: KernelSignature | undefined,
  range: Range | undefined,
): WireWasmKernel {
  const all = range ? wiredForRanges : wiredForCalls;
  const known = all.get(kernel);
  if (known) return known;
  const made = newWasmKernel(kernel, module, signature, range);
  if (Object.isFrozen(kernel)) all.set(kernel, made);
  return made;
}

function newWasmKernel(
  kernel: Kernel,
  { id, module, compiled, signatures }: KernelModule,
  signature: KernelSignature | undefined,
  range: Range | undefined,
): WireWasmKernel {
  const { name, source } = kernel;
  const common = {
    language: "wasm",
    name,
    url: typeof source === "string" ? source : undefined,
    id,
    module,
    bigIndex: range !== undefined && signatures?.get(name)?.params[0] === "i64",
  } as const;
  if (!compiled) return { ...common, label: labelOf(kernel) };
  const { base, arena, locks } = compiled;
  const result = signature?.result ?? "void";
  const hidden = 2 * (signature?.hidden?.length ?? 0);
  const facts = { base, arena, locks, result, hidden, isChecked: compiled.checked !== undefined };
  return { ...common, label: `${name} (${compiled.source})`, compiled: facts };
}
