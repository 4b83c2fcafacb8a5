/**
 * The Job type, and its wire form.
 *
 *   Job (handles, typed arrays) ── prepareJob: checks, compiles, captures ──> PreparedJob { wire, pinned arrays }
 *                                                                  wire: plain data that every executor sends as it is
 */
import { CompileError, UnsupportedError } from "../errors.js";
import type { Cover } from "../kernels/kernel.js";
import { type AnyArray, type ElementType, elementType, isOnHeap, pin } from "../memory/heap.js";
import type { KernelSignature } from "../memory/metadata.js";
import { type KernelModule, kernelModule } from "../memory/modules.js";
import { finiteNumber, oneOf, optionsObject, show, wholeNumber } from "../validate.js";
import { alone } from "../worker/bind.js";
import type { Partial, Range } from "../worker/slicer.js";
import { nameOf, withCompiledTypes } from "./element-ranges.js";
import { failureOf, KernelFault, NOT_LOADED, rebuildFailure } from "./failure.js";
import { checkKernel, type Kernel } from "./handles.js";
import { checkPrimitive, refuseWords, strayWords } from "./primitives.js";
import { type Role, roleOf } from "./roles.js";
import { checkSignature } from "./signature.js";

/** What an executor runs, as plain data: the one form under submit, map, parallelFor, parallelReduce and the built-ins. */
export interface Job {
  readonly kernel: Kernel;
  /** Items of the range, which the kernel gets as `(begin, end, ...args)`. Left out: it is called once, `(...args)`. */
  readonly n?: number;
  /** Items a chunk (default `ceil(n / 1024)`). */
  readonly grain?: number;
  /** Arguments after `(begin, end)`. Typed arrays on the heap reach a Wasm kernel as pointers. */
  readonly args?: readonly unknown[];
  /** Bytes of zeroed scratch memory a worker, passed last: a pointer (Wasm) or a Uint8Array (JS). */
  readonly scratch?: number;
  /** "none" (default): nothing is kept. "sum": exact integer sum. "value": the values in chunk order. */
  readonly partial?: Partial;
  /** Array arguments (by index in `args`) that the kernel only writes, and which of their elements the items cover. */
  readonly outputs?: readonly { readonly index: number; readonly cover: Cover }[];
  /** Expected ms on one core, of a Wasm kernel: jobs of under 0.05 ms run at once on the caller. */
  readonly cost?: number;
}

/** What `run` resolves with. */
export type JobResult<J extends Job> = J extends { n: number }
  ? J extends { partial: "sum" }
    ? bigint
    : J extends { partial: "value" }
      ? unknown[]
      : "partial" extends keyof J
        ? J extends { partial?: "none" }
          ? undefined
          : unknown
        : undefined
  : unknown;

/** A kernel on the wire. Threads get the compiled module; processes the URL or the bytes. */
export interface WireKernel {
  readonly language: "js" | "wasm";
  readonly name: string;
  /** How messages call it. */
  readonly label: string;
  readonly url?: string | undefined;
  readonly id?: number;
  readonly module?: object;
  /** The kernel takes i64 indices. */
  readonly bigIndex?: boolean;
  /** Of a module that this package compiled: what its instances and its results need. */
  readonly compiled?: WireCompiled | undefined;
}

/** A kernel of a module that this package compiled. */
export interface WireCompiled {
  readonly base: number;
  readonly arena: number;
  readonly locks: boolean;
  /** The type of its result, in AssemblyScript. */
  readonly result: string;
}

/** An array argument: where it lies in the shared memory. */
export interface WireArray {
  readonly index: number;
  /** What a compiled kernel calls it. */
  readonly name?: string | undefined;
  readonly type: ElementType;
  readonly pointer: number;
  readonly length: number;
  readonly role: Role | undefined;
  readonly cover: Cover | undefined;
  /** How many elements belong to the items, one each, when not all of them do. */
  readonly head?: number;
  /** All items write all of it. */
  readonly shared?: boolean;
}

export interface WireJob {
  readonly kernel: WireKernel;
  /** Undefined: one plain call. */
  readonly range: Range | undefined;
  /** The arguments; array arguments have holes here. */
  readonly values: readonly unknown[];
  readonly arrays: readonly WireArray[];
  readonly scratch: number;
}

export interface PreparedJob {
  readonly wire: WireJob;
  readonly chunks: number;
  readonly bytes: Uint8Array | undefined;
  /** The array arguments themselves, in the order of `wire.arrays`. */
  readonly arrays: readonly AnyArray[];
  readonly cost: number | undefined;
  /** Releases the arrays. */
  release(): void;
}

/** Checks a job and captures its arguments, so that later changes by the caller are not seen. */
export async function prepareJob(job: Job): Promise<PreparedJob> {
  optionsObject("job", job);
  checkKernel(job.kernel);
  const args = job.args ?? [];
  if (!Array.isArray(args)) throw new TypeError(`args must be an array of arguments, got ${show(args)}`);
  const range = job.n === undefined ? undefined : checkedRange(job, job.n);
  const scratch = wholeNumber("scratch", job.scratch ?? 0, 0, 2 ** 31);
  if (job.cost !== undefined) finiteNumber("cost", job.cost);
  checkOutputs(job.outputs);
  const releases: (() => void)[] = [];
  const release = () => {
    for (const one of releases.splice(0)) one();
  };
  try {
    const { values, arrays, wireArrays } = splitArguments(args, job, range, releases);
    const module = job.kernel.language === "wasm" ? await loadModule(job.kernel) : undefined;
    if (module && !module.sharesMemory && (arrays.length > 0 || scratch > 0)) throw noSharedMemory(job.kernel);
    const signature = module?.compiled?.kernels.find(({ name }) => name === job.kernel.name);
    const kernel = wireKernel(job.kernel, module, signature, range);
    if (module) checkSignature({ ...kernel, args, range, scratch: scratch > 0 }, module, signature);
    const wire = { kernel, range, values, arrays: withCompiledTypes(wireArrays, signature, range), scratch };
    const chunks = range ? Math.ceil(range.n / range.grain) : 1;
    return { wire, chunks, bytes: module?.bytes, arrays, cost: job.cost, release };
  } catch (error) {
    release();
    throw error;
  }
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

function checkedRange(job: Job, items: number): Range {
  const n = wholeNumber("n", items, 0, Number.MAX_SAFE_INTEGER);
  const grain = wholeNumber("grain", job.grain ?? Math.max(1, Math.ceil(n / 1024)), 1, Number.MAX_SAFE_INTEGER);
  return { n, grain, partial: oneOf("partial", job.partial ?? "none", ["none", "sum", "value"]) };
}

function splitArguments(args: readonly unknown[], job: Job, range: Range | undefined, releases: (() => void)[]) {
  const values: unknown[] = [...args];
  const arrays: AnyArray[] = [];
  const wireArrays: WireArray[] = [];
  args.forEach((arg, index) => {
    checkPrimitive(`args[${index}]`, arg, job.kernel.language);
    if (!ArrayBuffer.isView(arg)) return;
    const type = elementType(arg);
    const onHeap = type !== undefined && isOnHeap(arg);
    if (!onHeap && range === undefined && job.kernel.language === "js") return; // cloned like any other value
    if (!onHeap)
      throw new TypeError(
        strayWords(`args[${index}]`, arg, job.kernel.language) ??
          `args[${index}] must lie on the shared heap, got an ordinary ${show(arg)}; make it with heap.float64(...) ` +
            "or the like",
      );
    const array = arg as AnyArray;
    const unpin = pin(array);
    if (!unpin) throw new RangeError(`args[${index}] is a heap array that has been freed, or reaches beyond one`);
    releases.push(unpin);
    const output = job.outputs?.find((entry) => entry.index === index);
    const role = output ? "out" : roleOf(array);
    values[index] = undefined;
    arrays.push(array);
    wireArrays.push({ index, type, pointer: array.byteOffset, length: array.length, role, cover: output?.cover });
  });
  return { values: captured(values), arrays, wireArrays };
}

/** One clone of all together: an object that is given twice stays one, and a buffer under several views is copied once. */
function captured(values: unknown[]): unknown[] {
  if (!values.some((value) => typeof value === "object" || typeof value === "function" || typeof value === "symbol"))
    return values;
  try {
    return structuredClone(withoutPools(values));
  } catch (cause) {
    const index = values.findIndex((value) => !canBeCloned(value));
    const name = index < 0 ? "args" : `args[${index}]`; // together they may be too much for the stack
    throw new TypeError(`${name} can't be sent to a worker: ${(cause as Error).message}`, { cause });
  }
}

/** A Buffer that alone shows a part of Node's pool would bring all of it: 8 KiB, with what others have left there. */
function withoutPools(values: unknown[]): unknown[] {
  const buffers = values.map((value) => (ArrayBuffer.isView(value) ? value.buffer : undefined));
  const isOnly = (buffer: ArrayBufferLike) => buffers.filter((other) => other === buffer).length === 1;
  return values.map((value) => (Buffer.isBuffer(value) && isOnly(value.buffer) ? alone(value) : value));
}

function canBeCloned(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

async function loadModule(kernel: Kernel): Promise<KernelModule> {
  try {
    return await kernelModule(kernel.source);
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

function wireKernel(
  kernel: Kernel,
  module: KernelModule | undefined,
  signature: KernelSignature | undefined,
  range: Range | undefined,
): WireKernel {
  const url = typeof kernel.source === "string" ? kernel.source : undefined;
  const common = { language: kernel.language, name: kernel.name, label: labelOf(kernel), url };
  if (module === undefined) return common;
  const { id, compiled } = module;
  const bigIndex = range !== undefined && module.signatures?.get(kernel.name)?.params[0] === "i64";
  const result = signature?.result ?? "void";
  return {
    ...common,
    id,
    module: module.module,
    bigIndex,
    ...(compiled && {
      label: `${kernel.name} (${compiled.source})`,
      compiled: { base: compiled.base, arena: compiled.arena, locks: compiled.locks, result },
    }),
  };
}

/** Refuses a job that an executor without shared memory can't take over to its workers. */
export function refuseShared({ wire, bytes, arrays }: PreparedJob): void {
  const module = wire.values.findIndex((value) => value instanceof WebAssembly.Module);
  if (module >= 0)
    throw new UnsupportedError(
      `args[${module}] is a WebAssembly.Module, which can't be sent to a process: pass its bytes`,
    );
  if (wire.kernel.language === "wasm" && wire.kernel.url === undefined && bytes === undefined)
    throw new UnsupportedError(
      `${wire.kernel.label}: a WebAssembly.Module can't be sent to a process; make the handle from a URL or bytes`,
    );
  for (const [i, array] of arrays.entries()) refuseWords(nameOf(wire.arrays[i] as WireArray), array);
  const [first] = wire.arrays;
  if (wire.range === undefined && first)
    throw new UnsupportedError(
      `${nameOf(first)} is on the shared heap, which processes do not share; ` +
        `${wire.kernel.language === "js" ? "pass a copy (array.slice()), or use" : "use"} parallelFor or a ThreadExecutor`,
    );
  const common = wire.arrays.find(({ shared }) => shared);
  if (common)
    throw new UnsupportedError(
      `${nameOf(common)} is a Shared<T>, which all items change: processes share no memory; return values and use ` +
        "parallelReduce, or use threads",
    );
  for (const [i, a] of wire.arrays.entries())
    for (const [j, b] of wire.arrays.entries()) {
      if (i >= j || (a.role === "in" && b.role === "in")) continue;
      const isSame = a.pointer === b.pointer && a.length === b.length && a.type === b.type && a.role === b.role;
      if (isSame || !overlap(arrays[i] as AnyArray, arrays[j] as AnyArray)) continue;
      throw new UnsupportedError(
        `${nameOf(b)} overlaps ${nameOf(a)}, and a process would have two copies of what they share; mark both ` +
          "with input(...) if the kernel only reads them, or use threads",
      );
    }
}

function overlap(a: AnyArray, b: AnyArray): boolean {
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}
