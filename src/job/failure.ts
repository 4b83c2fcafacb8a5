/** Failures of kernels as plain data: the same from every executor, so that the caller rebuilds the same error. */
import { isNativeError } from "node:util/types";
import { type AllcoresError, type ErrorClass, KernelError } from "../errors.js";
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
  readonly id?: string | undefined;
  readonly compiled?: { readonly base: number; readonly isChecked: boolean } | undefined;
}

/** A failed call: the kernel, its items, and what it threw. */
export interface WireFailure {
  readonly kernel: string;
  /** The module's URL, when it is a Wasm kernel. */
  readonly module?: string | undefined;
  /** Its number on the owner's side. */
  readonly moduleId?: string | undefined;
  readonly range?: readonly [begin: number, end: number] | undefined;
  /** Whether it is not the job's kernel, but the one that joins its accumulators. */
  readonly isJoin?: true;
  /** The step that failed, when it was not the kernel's code. */
  readonly what?: string | undefined;
  /** What is wrong with the module's static data; undefined where only the owner can compare it, by `base`. */
  readonly damage?: string | undefined;
  readonly base?: number | undefined;
  /** The kernel was compiled without checks of its indices. */
  readonly isUnchecked?: boolean | undefined;
  readonly cause: WireThrown;
}

/** The step of a KernelFault: a module or an export is not there. */
export const NOT_LOADED = "could not be loaded";

/** A result can't be cloned. */
export const NOT_SENT = "returned a value that can't be sent back";

/** The caller can't read a result. */
export const NOT_RECEIVED = "returned a value that can't be received";

/** Memory was changed that is not the kernel's: the step of a KernelFault. */
export const STRAY = "stored at an address that is not its own";

/** What V8 and SpiderMonkey say of a load or store beyond the memory, or of an atomic one at an odd address. */
const WILD = /memory access out of bounds|out of bounds memory access|unaligned/;

/** Where to go on from an error that a wrong index may have caused. */
const CHECKED_BUILD =
  ". A checked build finds wrong indices: compileKernels(url, { checked: true }), allcores build --checked, or ALLCORES_CHECKED=1";

/** A message names so many of the properties that can't be sent. */
const MAX_NAMED = 5;

/** The error of a failure: its message holds kernel, range and text, its cause is what was thrown. */
export function rebuildFailure(
  { kernel, module, moduleId, range, what, cause: wire, ...rest }: WireFailure,
  Failed: ErrorClass = KernelError,
): AllcoresError {
  const damage = rest.damage ?? damageOf(rest.base);
  const { thrown: cause, left } = rebuildThrown(wire);
  const { position, stack } = stackOf(cause, wire.stack, moduleId, module, Boolean(damage));
  if (stack !== wire.stack) Object.defineProperty(cause, "stack", { value: stack, configurable: true, writable: true });
  const where = `${range ? ` on items [${range[0]}, ${range[1]})` : ""}${position ? ` ${position}` : ""}`;
  const named = left.slice(0, MAX_NAMED).join(", ") + (left.length > MAX_NAMED ? ", ..." : "");
  const text = textOfThrown(wire);
  const isCorrupt = damage || what === STRAY || WILD.test(text);
  const notes =
    (left.length > 0 ? ` (left out, since it can't be sent: ${named})` : "") +
    (damage ? `; ${damage}: with ALLCORES_CHECKED=1 the job that does it fails` : "") +
    (isCorrupt && rest.isUnchecked ? CHECKED_BUILD : "");
  return new Failed(`${kernel} ${what ?? "failed"}${where}: ${text}${notes}`, { cause });
}

function damageOf(base: number | undefined): string | undefined {
  return base === undefined ? undefined : damageIn(slotOf(base));
}

/**
 * The text of an abort holds its position, read from static data. The stack gives the position of traps, and of aborts in
 * a library.
 */
function stackOf(
  cause: unknown,
  stack: string | undefined,
  id: string | undefined,
  url: string | undefined,
  isDamaged: boolean,
): ReadStack {
  const aborted = (cause as { position?: unknown } | null | undefined)?.position;
  const module = stack?.includes("wasm-function") ? mappedModule(id, url) : undefined;
  const read = stack !== undefined && module ? readStack(stack, module) : { stack };
  return isKernelSource(aborted) && !isDamaged ? { ...read, position: `at ${aborted}` } : read;
}

/** Thrown inside a worker when another step than the kernel's code failed. */
export class KernelFault extends Error {
  constructor(
    readonly what: string,
    cause: unknown,
  ) {
    super(what, { cause });
  }
}

/** A kernel may throw a proxy, which throws at `instanceof`. */
export function isFault(thrown: unknown): thrown is KernelFault {
  return isNativeError(thrown) && thrown instanceof KernelFault;
}

/** Thrown where a kernel that joins accumulators failed: it has no items. */
export class JoinFault extends Error {
  constructor(
    readonly kernel: FailedKernel,
    cause: unknown,
  ) {
    super("a join failed", { cause });
  }
}

/** The plain data of a failed call. Never throws. */
export function failureOf(
  kernel: FailedKernel,
  thrown: unknown,
  range?: readonly [begin: number, end: number],
): WireFailure {
  if (isNativeError(thrown) && thrown instanceof JoinFault)
    return { ...failureOf(thrown.kernel, thrown.cause), isJoin: true };
  const isWasm = kernel.language === "wasm";
  const damage = damageOf(kernel.compiled?.base);
  const base = damage === undefined ? kernel.compiled?.base : undefined;
  const isUnchecked = kernel.compiled && !kernel.compiled.isChecked;
  const module = isWasm && { module: kernel.url, moduleId: kernel.id };
  const at = { kernel: kernel.label, ...module, range, damage, base, ...(isUnchecked && { isUnchecked }) };
  return isFault(thrown)
    ? { ...at, what: thrown.what, cause: describeThrown(thrown.cause) }
    : { ...at, cause: describeThrown(thrown) };
}
