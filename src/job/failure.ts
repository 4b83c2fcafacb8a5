/** Failures of kernels as plain data: the same on the wire of every executor, and rebuilt the same on the caller's side. */
import { isNativeError } from "node:util/types";
import { KernelError } from "../errors.js";
import { damageIn } from "../memory/intact.js";
import { slotOf } from "../memory/slots.js";
import { mappedModule } from "../memory/source-maps.js";
import { isKernelSource, type ReadStack, readStack } from "./source-position.js";
import { describeThrown, rebuildThrown, textOfThrown, type WireThrown } from "./thrown.js";

/** What a message says of a kernel. */
export interface FailedKernel {
  readonly label: string;
  readonly language?: "js" | "wasm";
  readonly url?: string | undefined;
  readonly id?: number | undefined;
  readonly compiled?: { readonly base: number } | undefined;
}

/** A failed call: what was called, on which items, and what came of it. */
export interface WireFailure {
  readonly kernel: string;
  /** The module's URL, when it is a Wasm kernel. */
  readonly module?: string | undefined;
  /** Its number on the owner's side. */
  readonly moduleId?: number | undefined;
  readonly range?: readonly [begin: number, end: number] | undefined;
  /** What went wrong, when it was not the kernel's own code that threw. */
  readonly what?: string | undefined;
  /** What is wrong with the module's static data; undefined where it is the owner that knows, with its base. */
  readonly damage?: string | undefined;
  readonly base?: number | undefined;
  readonly cause: WireThrown;
}

/** What `KernelFault` says of a module or an export that is not there. */
export const NOT_LOADED = "could not be loaded";

/** What it says of a result that can't be cloned. */
export const NOT_SENT = "returned a value that can't be sent back";

/** What it says of a result that the caller can't read. */
export const NOT_RECEIVED = "returned a value that can't be received";

/** Properties that can't be sent and are named in a message. */
const MAX_NAMED = 5;

/** The KernelError of a failure: its message holds kernel, range and text, its cause is what was thrown. */
export function rebuildFailure({
  kernel,
  module,
  moduleId,
  range,
  what,
  cause: wire,
  ...rest
}: WireFailure): KernelError {
  const damage = rest.damage ?? damageOf(rest.base);
  const { thrown: cause, left } = rebuildThrown(wire);
  const { position, stack } = stackOf(cause, wire.stack, moduleId, module, Boolean(damage));
  if (stack !== wire.stack) Object.defineProperty(cause, "stack", { value: stack, configurable: true, writable: true });
  const where = `${range ? ` on items [${range[0]}, ${range[1]})` : ""}${position ? ` ${position}` : ""}`;
  const named = left.slice(0, MAX_NAMED).join(", ") + (left.length > MAX_NAMED ? ", ..." : "");
  const notes =
    (left.length > 0 ? ` (left out, since it can't be sent: ${named})` : "") +
    (damage ? `; ${damage}: with ALLCORES_CHECKED=1 the job that does it fails` : "");
  return new KernelError(`${kernel} ${what ?? "failed"}${where}: ${textOfThrown(wire)}${notes}`, { cause });
}

function damageOf(base: number | undefined): string | undefined {
  return base === undefined ? undefined : damageIn(slotOf(base));
}

/**
 * An abort says itself where it is, by a text in its static data; what aborts in a library, and traps, are found by the
 * stack.
 */
function stackOf(
  cause: unknown,
  stack: string | undefined,
  id: number | undefined,
  url: string | undefined,
  isDamaged: boolean,
): ReadStack {
  const own = (cause as { position?: unknown } | null | undefined)?.position;
  const module = stack?.includes("wasm-function") ? mappedModule(id, url) : undefined;
  const read = stack !== undefined && module ? readStack(stack, module) : { stack };
  return isKernelSource(own) && !isDamaged ? { ...read, position: `at ${own}` } : read;
}

/** Thrown inside a worker to say what failed when it was not the kernel's own code. */
export class KernelFault extends Error {
  constructor(
    readonly what: string,
    cause: unknown,
  ) {
    super(what, { cause });
  }
}

/** What was thrown may be a proxy, which throws at every question. */
export function isFault(thrown: unknown): thrown is KernelFault {
  return isNativeError(thrown) && thrown instanceof KernelFault;
}

/** The wire form of whatever a kernel call threw. Never throws itself. */
export function failureOf(
  kernel: FailedKernel,
  thrown: unknown,
  range?: readonly [begin: number, end: number],
): WireFailure {
  const isWasm = kernel.language === "wasm";
  const damage = damageOf(kernel.compiled?.base);
  const base = damage === undefined ? kernel.compiled?.base : undefined;
  const at = { kernel: kernel.label, ...(isWasm && { module: kernel.url, moduleId: kernel.id }), range, damage, base };
  return isFault(thrown)
    ? { ...at, what: thrown.what, cause: describeThrown(thrown.cause) }
    : { ...at, cause: describeThrown(thrown) };
}
