/** From a job on the wire to a function that this thread can call. */
import { kept } from "../builtins.js";
import { isSameArray } from "../job/array-argument.js";
import { KernelFault, NOT_LOADED } from "../job/failure.js";
import type { Range } from "../job/range.js";
import {
  kernelKey,
  type PlacedJob,
  type WireCompiled,
  type WireJsKernel,
  type WireWasmKernel,
} from "../job/wire-job.js";
import type { ArenaClaim } from "../memory/arenas.js";
import { viewOf } from "../memory/heap.js";
import { type ArenaUse, type CompiledModule, Lease } from "../memory/instances.js";
import { instanceExport } from "../memory/modules.js";
import { importModule } from "./load.js";

type Callable = (...args: unknown[]) => unknown;

/** JS kernels by their keys: `import()` of a known module still takes 10 us. */
const imported = new Map<string, Callable>();

async function importFunction(kernel: WireJsKernel, isLocal: boolean): Promise<Callable> {
  let module: Record<string, unknown>;
  try {
    module = await importModule(kernel.url, isLocal);
  } catch (cause) {
    throw new KernelFault(NOT_LOADED, cause);
  }
  const found = callable(module[kernel.name], kernel.name, kept.Object.keys(module));
  imported.set(kernelKey(kernel), found);
  return found;
}

function wasmFunction({ id, module, name }: WireWasmKernel): Callable {
  let found: unknown;
  try {
    found = instanceExport(id, module, name);
  } catch (cause) {
    throw new KernelFault(NOT_LOADED, cause);
  }
  return callable(found, name, []);
}

function callable(value: unknown, name: string, known: string[]): Callable {
  if (typeof value === "function") return value as Callable;
  const has = known.length > 0 ? `; it exports ${known.join(", ")}` : "";
  throw new KernelFault(NOT_LOADED, new kept.TypeError(`the module exports no function "${name}"${has}`));
}

/** What a kernel is bound to. */
export interface Surroundings {
  /** Pointer of this worker's scratch memory. */
  readonly scratch: number;
  /** The arenas of this worker's pool, for kernels that allocate; otherwise this thread allocates them itself. */
  readonly arenas?: ArenaClaim | undefined;
  /** Whether code of this thread made the call, and no message. */
  readonly isLocal?: boolean;
  /** Whether the job is over, so that the call need not wait for an arena. */
  readonly giveUp?: () => boolean;
  /** What the next call gets after the job's arguments: accumulators. */
  readonly last?: (() => readonly unknown[]) | undefined;
  /** The arenas for a kernel of another module that joins them. */
  readonly joinArenas?: ArenaClaim | undefined;
  /** Of another kernel of the same module that this thread has bound. */
  readonly lease?: Lease | undefined;
}

/** A kernel with its arguments. */
export interface BoundKernel {
  /** Called as `(begin, end)` for a range, as `()` otherwise. */
  call(begin?: number, end?: number): unknown;
  /** What the last call took of its arena; undefined for kernels without one. */
  readonly lastUse?: (() => ArenaUse | undefined) | undefined;
  /** Its instance, of kernels that this package compiled. */
  readonly lease?: Lease | undefined;
  /** After the last call: gives back its instance and arena. */
  release(): void;
}

/** At once, if its kernel need not be imported. @throws KernelFault when the kernel can't be loaded */
export function bindKernel(job: PlacedJob, surroundings: Surroundings): BoundKernel | Promise<BoundKernel> {
  const { kernel } = job;
  const { last } = surroundings;
  if (kernel.language === "wasm") {
    const loaded = wasmCallable(kernel, surroundings);
    const { bigIndex, compiled } = kernel;
    return withArguments(loaded, wasmArguments(job, surroundings), job.range, { last, bigIndex, ...compiled });
  }
  const bind = (run: Callable) => withArguments({ run }, jsArguments(job, surroundings), job.range, { last });
  const known = imported.get(kernelKey(kernel));
  return known ? bind(known) : importFunction(kernel, surroundings.isLocal ?? false).then(bind);
}

/** A kernel before it has its arguments. */
interface Loaded extends Partial<Pick<BoundKernel, "lastUse" | "lease" | "release">> {
  readonly run: Callable;
}

interface Indexed {
  readonly bigIndex?: boolean;
}

function withArguments(
  loaded: Loaded,
  args: readonly unknown[],
  range: Range | undefined,
  { last, bigIndex = false, hidden = 0 }: Pick<Surroundings, "last"> & Partial<Pick<WireCompiled, "hidden">> & Indexed,
): BoundKernel {
  const { run } = loaded;
  if (last) {
    const own = args.slice(0, args.length - hidden);
    const behind = args.slice(args.length - hidden);
    if (range === undefined) return bound(loaded, () => run(...own, ...last(), ...behind));
    const index = bigIndex ? BigInt : Number;
    return bound(loaded, (begin = 0, end = 0) => run(index(begin), index(end), ...own, ...last(), ...behind));
  }
  if (range === undefined) return bound(loaded, () => run(...args));
  if (bigIndex) return bound(loaded, (begin = 0, end = 0) => run(BigInt(begin), BigInt(end), ...args));
  return bound(loaded, (begin, end) => run(begin, end, ...args));
}

/** Field by field: a spread takes 0.8 us of a short call's 5. */
function bound({ lastUse, lease, release = () => {} }: Loaded, call: BoundKernel["call"]): BoundKernel {
  return { call, lastUse, lease, release };
}

function jsArguments({ values, arrays, scratch: bytes }: PlacedJob, { scratch }: Surroundings): unknown[] {
  const args = [...values];
  for (const array of arrays) {
    // An array that was given twice is one array to the kernel too.
    const twin = arrays.find((other) => isSameArray(other, array)) ?? array;
    const known = twin === array ? undefined : args[twin.index];
    args.splice(array.index, 0, known ?? viewOf(array.type, array.pointer, array.length));
  }
  return bytes > 0 ? [...args, viewOf("uint8", scratch, bytes)] : args;
}

function wasmArguments({ kernel, values, arrays, scratch: bytes }: PlacedJob, { scratch }: Surroundings): unknown[] {
  const args = [...values];
  for (const { index, pointer } of arrays) args.splice(index, 0, pointer);
  const hidden = kernel.language === "wasm" ? (kernel.compiled?.hidden ?? 0) : 0;
  if (bytes > 0) args.splice(args.length - hidden, 0, scratch);
  return args;
}

/** What results become whose AssemblyScript types Wasm does not know. */
const RESULTS: Readonly<Record<string, (value: unknown) => unknown>> = {
  u32: (value) => Number(value) >>> 0,
  usize: (value) => Number(value) >>> 0,
  u64: (value) => BigInt.asUintN(64, value as bigint),
  bool: (value) => value !== 0,
};

/** What instances are made of, by the kernel as this thread has it: a step of some us is bound anew each time. */
const modules = new WeakMap<WireWasmKernel, CompiledModule>();

function moduleOf(kernel: WireWasmKernel, compiled: WireCompiled): CompiledModule {
  const known = modules.get(kernel);
  if (known) return known;
  const { id, module, label } = kernel;
  const made = { ...compiled, id, module, label };
  modules.set(kernel, made);
  return made;
}

function wasmCallable(kernel: WireWasmKernel, { arenas, giveUp = () => false, ...given }: Surroundings): Loaded {
  const { name, compiled } = kernel;
  if (!compiled) return { run: wasmFunction(kernel) };
  const lease = given.lease ?? new Lease(moduleOf(kernel, compiled), arenas, giveUp);
  const convert = RESULTS[compiled.result];
  const run: Callable = convert ? (...args) => convert(lease.call(name, args)) : (...args) => lease.call(name, args);
  const lastUse = compiled.arena > 0 ? () => lease.lastUse() : undefined;
  // A lease that was given is another kernel's to release.
  return { run, lastUse, lease, ...(!given.lease && { release: () => lease.release() }) };
}
