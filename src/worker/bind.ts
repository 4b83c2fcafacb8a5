/** From a job on the wire to a function that can be called, on whatever thread runs it. */

import { isSameArray } from "../job/array-argument.js";
import { KernelFault, NOT_LOADED } from "../job/failure.js";
import type { WireCompiled, WireJob, WireKernel } from "../job/wire-job.js";
import type { ArenaClaim } from "../memory/arenas.js";
import { type HeapArray, viewOf } from "../memory/heap.js";
import { type ArenaUse, Lease } from "../memory/instances.js";
import { instanceExport } from "../memory/modules.js";
import { importModule } from "./load.js";

type Callable = (...args: unknown[]) => unknown;

/** JS kernels by module and name: `import()` of a known module still takes 10 us. */
const imported = new Map<string, Callable>();

async function loadFunction(kernel: WireKernel, isLocal: boolean): Promise<Callable> {
  if (kernel.language === "wasm") return wasmFunction(kernel);
  const key = `${kernel.name} ${kernel.url}`;
  const known = imported.get(key);
  if (known) return known;
  let module: Record<string, unknown>;
  try {
    module = await importModule(kernel.url as string, isLocal);
  } catch (cause) {
    throw new KernelFault(NOT_LOADED, cause);
  }
  const found = callable(module[kernel.name], kernel.name, Object.keys(module));
  imported.set(key, found);
  return found;
}

function wasmFunction({ id, module, name }: WireKernel): Callable {
  let found: unknown;
  try {
    found = instanceExport(id as number, module as object, name);
  } catch (cause) {
    throw new KernelFault(NOT_LOADED, cause);
  }
  return callable(found, name, []);
}

function callable(value: unknown, name: string, known: string[]): Callable {
  if (typeof value === "function") return value as Callable;
  const has = known.length > 0 ? `; it exports ${known.join(", ")}` : "";
  throw new KernelFault(NOT_LOADED, new TypeError(`the module exports no function "${name}"${has}`));
}

/** What a kernel is bound to. */
export interface Surroundings {
  /** Pointer of this worker's scratch memory. */
  readonly scratch: number;
  /** The arenas of this worker's pool, for kernels that allocate; otherwise this thread allocates them itself. */
  readonly arenas?: ArenaClaim | undefined;
  /** Whether code of this thread made the call. */
  readonly isLocal?: boolean;
  /** The job is over: not worth waiting for an arena. */
  readonly giveUp?: () => boolean;
}

/** A kernel with its arguments. */
export interface BoundKernel {
  /** Called as `(begin, end)` for a range, as `()` otherwise. */
  call(...lead: number[]): unknown;
  /** What the last call took of its arena; undefined for kernels without one. */
  readonly lastUse?: (() => ArenaUse | undefined) | undefined;
  /** After the last call: gives back its instance and arena. */
  release(): void;
}

/** @throws KernelFault when the kernel can't be loaded */
export async function bindKernel(job: WireJob, { scratch, ...rest }: Surroundings): Promise<BoundKernel> {
  const { run, ...bound } = await loadCallable(job.kernel, rest);
  const isWasm = job.kernel.language === "wasm";
  const args = [...job.values];
  const views: HeapArray[] = [];
  for (const [i, array] of job.arrays.entries()) {
    // An array that was given twice is one array to the kernel too.
    const same = isWasm ? -1 : job.arrays.findIndex((other) => isSameArray(other, array));
    if (!isWasm) views.push(views[same] ?? viewOf(array.type, array.pointer, array.length));
    args.splice(array.index, 0, isWasm ? array.pointer : views[i]);
  }
  if (job.scratch > 0) args.push(isWasm ? scratch : viewOf("uint8", scratch, job.scratch));
  const { bigIndex } = job.kernel;
  if (job.range === undefined) return { call: () => run(...args), ...bound };
  if (bigIndex) return { call: (begin, end) => run(BigInt(begin as number), BigInt(end as number), ...args), ...bound };
  return { call: (begin, end) => run(begin, end, ...args), ...bound };
}

async function loadCallable(kernel: WireKernel, surroundings: Pick<Surroundings, "arenas" | "giveUp" | "isLocal">) {
  if (kernel.compiled === undefined)
    return { run: await loadFunction(kernel, surroundings.isLocal ?? false), release() {} };
  return compiledFunction(kernel, kernel.compiled, surroundings);
}

/** How results of types that Wasm does not know become what they mean. */
const RESULTS: Readonly<Record<string, (value: never) => unknown>> = {
  u32: (value: number) => value >>> 0,
  usize: (value: number) => value >>> 0,
  u64: (value: bigint) => BigInt.asUintN(64, value),
  bool: (value: number) => value !== 0,
};

function compiledFunction(
  kernel: WireKernel,
  compiled: WireCompiled,
  { arenas, giveUp }: Pick<Surroundings, "arenas" | "giveUp">,
) {
  const { id, module, name, label } = kernel;
  const lease = new Lease(
    { ...compiled, id: id as number, module: module as object, label },
    arenas,
    giveUp ?? (() => false),
  );
  const convert = RESULTS[compiled.result] as ((value: unknown) => unknown) | undefined;
  const run: Callable = convert ? (...args) => convert(lease.call(name, args)) : (...args) => lease.call(name, args);
  const lastUse = compiled.arena > 0 ? () => lease.lastUse() : undefined;
  return { run, lastUse, release: () => lease.release() };
}
