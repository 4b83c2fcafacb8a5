/** From a job on the wire to a function that can be called, on whatever thread runs it. */
import { isOnHeap, viewOf } from "../memory/heap.js";
import { instanceExport } from "../memory/modules.js";
import { KernelFault, NOT_LOADED } from "./failure.js";
import type { WireJob, WireKernel } from "./job.js";
import { isThenable } from "./slicer.js";

type Callable = (...args: unknown[]) => unknown;

/** JS kernels by module and name: `import()` of a known module still takes 10 us. */
const imported = new Map<string, Callable>();

async function loadFunction(kernel: WireKernel): Promise<Callable> {
  if (kernel.language === "wasm") return wasmFunction(kernel);
  const key = `${kernel.name} ${kernel.url}`;
  const known = imported.get(key);
  if (known) return known;
  let module: Record<string, unknown>;
  try {
    module = await import(kernel.url as string);
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

/**
 * The kernel with its arguments: called as `(begin, end)` for a range, as `()` otherwise.
 * @param scratch pointer of this worker's scratch memory
 * @param place where an array argument lies here, when not where the job says (in a process of its own)
 * @throws KernelFault when the kernel can't be loaded
 */
export async function bindKernel(
  job: WireJob,
  scratch: number,
  place?: (array: number) => number,
): Promise<(...lead: number[]) => unknown> {
  const run = await loadFunction(job.kernel);
  const args = [...job.values];
  const isWasm = job.kernel.language === "wasm";
  job.arrays.forEach(({ index, type, pointer, length }, position) => {
    const here = place ? place(position) : pointer;
    args[index] = isWasm ? here : viewOf(type, here, length);
  });
  if (job.scratch > 0) args.push(isWasm ? scratch : viewOf("uint8", scratch, job.scratch));
  if (job.range === undefined) return () => run(...args);
  if (job.kernel.bigIndex) return (begin, end) => run(BigInt(begin as number), BigInt(end as number), ...args);
  return (begin, end) => run(begin, end, ...args);
}

/** The value as it can be sent: refused here, where there is somebody to tell, and not by the port. */
function sendable(value: unknown): unknown {
  const type = typeof value;
  const isPlain = type !== "object" && type !== "function" && type !== "symbol";
  if (isPlain || value === null) return value;
  if (isOnHeap(value)) return ownCopy(value);
  // A view without bytes may have lost its buffer to somebody else.
  if (ArrayBuffer.isView(value) && value.byteLength > 0) return value;
  try {
    structuredClone(value);
    return value;
  } catch (cause) {
    throw new KernelFault("returned a value that can't be sent back", cause);
  }
}

/** A result that is a view of shared or scratch memory: what it shows now, since the memory will be another's. */
export function ownCopy(view: unknown): unknown {
  return ArrayBuffer.isView(view) && "slice" in view ? (view as Uint8Array).slice() : view;
}

/** Checks a value, or the one that a promise brings. */
export function sendableResult(value: unknown): unknown {
  return isThenable(value) ? Promise.resolve(value).then(sendable) : sendable(value);
}
