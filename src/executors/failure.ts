/** Failures of kernels as plain data: the same on the wire of every executor, and rebuilt the same on the caller's side. */
import { KernelError } from "../errors.js";
import { damageIn } from "../memory/intact.js";
import { slotOf } from "../memory/slots.js";
import { mappedModule } from "../memory/source-maps.js";
import { pack, unpack } from "./pack.js";
import { isOwnSource, type ReadStack, readStack } from "./source-position.js";

/** What a message says of a kernel. */
export interface FailedKernel {
  readonly label: string;
  readonly language?: "js" | "wasm";
  readonly url?: string | undefined;
  readonly id?: number | undefined;
  readonly own?: { readonly base: number } | undefined;
}

/** What a kernel threw, as plain data. */
interface WireCause {
  readonly thrown: "error" | "value";
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** Own properties such as `code`, or the thrown value itself, when they can be cloned. */
  readonly extra?: unknown;
  /** What an error gives as its own cause. */
  readonly cause?: WireCause | undefined;
}

/** Causes of causes that are kept: an error may be its own. */
const MAX_CAUSES = 8;

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
  readonly cause: WireCause;
}

/** What `KernelFault` says of a module or an export that is not there. */
export const NOT_LOADED = "could not be loaded";

const NATIVE: Record<string, ErrorConstructor> = {
  EvalError,
  RangeError,
  ReferenceError,
  RuntimeError: WebAssembly.RuntimeError as unknown as ErrorConstructor,
  SyntaxError,
  TypeError,
  URIError,
};

function describeCause(thrown: unknown, depth = 0): WireCause {
  try {
    if (thrown instanceof Error) {
      const { name, message, stack } = thrown;
      const hasCause = thrown.cause !== undefined && depth < MAX_CAUSES;
      return {
        thrown: "error",
        name: String(name),
        message: String(message),
        stack,
        extra: ownProperties(thrown),
        cause: hasCause ? describeCause(thrown.cause, depth + 1) : undefined,
      };
    }
    return { thrown: "value", name: typeof thrown, message: String(thrown), extra: cloned(thrown) };
  } catch {
    return { thrown: "value", name: typeof thrown, message: "a value that can't be shown" };
  }
}

/** Each for itself: one that can't be cloned must not take the others along. */
function ownProperties(error: Error): Record<string, unknown> {
  const pairs = Object.entries(error).map(([key, value]) => [key, cloned(value)] as const);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

function cloned(value: unknown): unknown {
  try {
    return unpack(pack(value)); // not structuredClone: what a process can't send is left out everywhere
  } catch {
    return undefined;
  }
}

/** The KernelError of a failure: its message holds kernel, range and text, its cause is what was thrown. */
export function rebuildFailure({ kernel, module, moduleId, range, what, cause, ...rest }: WireFailure): KernelError {
  const damage = rest.damage ?? damageOf(rest.base);
  const { position, stack } = stackOf(cause, moduleId, module, Boolean(damage));
  const where = `${range ? ` on items [${range[0]}, ${range[1]})` : ""}${position ? ` ${position}` : ""}`;
  const text = cause.thrown === "error" ? `${cause.name}: ${cause.message}` : `it threw ${cause.message}`;
  const note = damage ? `; ${damage}: with ALLCORES_CHECKED=1 the job that does it fails` : "";
  return new KernelError(`${kernel} ${what ?? "failed"}${where}: ${text}${note}`, {
    cause: rebuildCause({ ...cause, stack }),
  });
}

function damageOf(base: number | undefined): string | undefined {
  return base === undefined ? undefined : damageIn(slotOf(base));
}

/**
 * An abort says itself where it is, by a text in its static data; what aborts in a library, and traps, are found by the
 * stack.
 */
function stackOf(
  { extra, stack }: WireCause,
  id: number | undefined,
  url: string | undefined,
  isDamaged: boolean,
): ReadStack {
  const own = (extra as { position?: unknown } | undefined)?.position;
  const module = stack?.includes("wasm-function") ? mappedModule(id, url) : undefined;
  const read = stack !== undefined && module ? readStack(stack, module) : { stack };
  return isOwnSource(own) && !isDamaged ? { ...read, position: `at ${own}` } : read;
}

function rebuildCause(cause: WireCause): unknown {
  if (cause.thrown === "value") return cause.extra === undefined ? cause.message : cause.extra;
  const error = Object.assign(new (NATIVE[cause.name] ?? Error)(cause.message), cause.extra);
  for (const [key, value] of [
    ["name", cause.name],
    ["stack", cause.stack],
    ["cause", cause.cause && rebuildCause(cause.cause)],
  ] as const)
    if (value !== undefined) Object.defineProperty(error, key, { value, configurable: true, writable: true });
  return error;
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

/** The wire form of whatever a kernel call threw. Never throws itself. */
export function failureOf(
  kernel: FailedKernel,
  thrown: unknown,
  range?: readonly [begin: number, end: number],
): WireFailure {
  const isWasm = kernel.language === "wasm";
  const damage = damageOf(kernel.own?.base);
  const base = damage === undefined ? kernel.own?.base : undefined;
  const at = { kernel: kernel.label, ...(isWasm && { module: kernel.url, moduleId: kernel.id }), range, damage, base };
  return thrown instanceof KernelFault
    ? { ...at, what: thrown.what, cause: describeCause(thrown.cause) }
    : { ...at, cause: describeCause(thrown) };
}
