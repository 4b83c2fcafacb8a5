/**
 * A file of kernels, compiled while the program runs:
 *
 *   file ─> a free slot ─> on disk? ─┬─> bytes ─> handles
 *                                    └─> the compiler's thread ─> onto disk
 */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { CompileError, UnsupportedError } from "../errors.js";
import { type AnyFunction, type Kernel, moduleKernel, type Untyped } from "../job/handles.js";
import { isChecked } from "../memory/intact.js";
import { dropSlot, keepSlot, slotBase } from "../memory/slots.js";
import { attachSourceMap } from "../memory/source-maps.js";
import { areAsTheyWere, fromCache, intoCache } from "./cache.js";
import type { Compiled, CompileReply, CompileRequest } from "./messages.js";
import { type CompileOptions, checkedOptions, compilerVersions, kernelFile, reportWarnings } from "./options.js";
import { compileInThread } from "./thread.js";

/**
 * Handles of a file's kernels by name, with the types of M's functions. Arguments may be given by name, too; the types of
 * these are known of kernels that `allcores build` has compiled.
 */
export type Kernels<M = Record<string, Untyped>> = {
  readonly [K in keyof M as M[K] extends AnyFunction ? K : never]: M[K] extends AnyFunction
    ? Kernel<M[K], Record<string, unknown>>
    : never;
};

/** The outcome of one file and its options in this process. */
interface Known {
  readonly compiled: Compiled;
  readonly kernels: Kernels;
}

const known = new Map<string, Known>();
/** Calls for one file and options run one after another, so that a second call finds what the first one compiled. */
const underWay = new Map<string, Promise<unknown>>();

/**
 * Compiles a file of kernels in AssemblyScript, in a separate thread; a file that has not changed since the last time
 * comes from disk (4 ms). Needs the package `assemblyscript`.
 * @param url the file: `new URL("./kernels.ts", import.meta.url)`
 * @returns handles of the functions that it exports, for every executor. M gives them types: an interface, or the type of a
 * module of JS twins
 * @throws CompileError with file:line:column and the code, for all errors at once; UnsupportedError without the compiler
 */
export async function compileKernels<M = Record<string, Untyped>>(
  url: URL | string,
  options: CompileOptions = {},
): Promise<Kernels<M>> {
  const request = { file: kernelFile(url), ...checkedOptions(withDefault(options)) };
  const key = JSON.stringify(request);
  const before = underWay.get(key);
  const working = (before ?? Promise.resolve()).catch(() => {}).then(() => compileOnce(key, request, options));
  underWay.set(key, working);
  try {
    return (await working) as Kernels<M>;
  } finally {
    if (underWay.get(key) === working) underWay.delete(key);
  }
}

/** With ALLCORES_CHECKED=1 builds are checked ones. What `allcores build` writes outlives the variable, and is not. */
function withDefault(options: CompileOptions): CompileOptions {
  const isOpen = isChecked && typeof options === "object" && options !== null && options.checked === undefined;
  return isOpen ? { ...options, checked: true } : options;
}

async function compileOnce(
  key: string,
  request: Omit<CompileRequest, "base">,
  options: CompileOptions,
): Promise<Kernels> {
  const same = known.get(key);
  if (same && (await areAsTheyWere(same.compiled.dependencies))) return same.kernels;
  const slot = keepSlot(key, request.file);
  try {
    const compiled = await findOrCompile({ ...request, base: slotBase(slot) }, options.cache !== false);
    reportWarnings(compiled.warnings, options);
    attachSourceMap(compiled.wasm, compiled.map);
    const handles = compiled.kernels.map(({ name }) => [name, moduleKernel(compiled.wasm, name)] as const);
    const kernels = Object.freeze(Object.fromEntries(handles));
    known.set(key, { compiled, kernels });
    if (!compiled.hasStaticData) dropSlot(slot);
    return kernels;
  } catch (error) {
    dropSlot(slot);
    throw error;
  }
}

async function findOrCompile(request: CompileRequest, mayCache: boolean): Promise<Compiled> {
  const versions = compilerVersions(request.file);
  const found = mayCache ? await fromCache(request, versions) : undefined;
  if (found) return found;
  const reply = await compileInThread(request);
  if (reply.state === "failed" && !existsSync(request.file)) throw notFound(request.file);
  const compiled = compiledOf(reply);
  if (mayCache) await intoCache(request, versions, compiled);
  return compiled;
}

function notFound(file: string): CompileError {
  const url = `new URL(${JSON.stringify(`./${basename(file)}`)}, import.meta.url)`;
  return new CompileError(
    `${file} not found: ${url} is beside the module that runs. Where that is compiled into a folder of its own, such as ` +
      "dist/, go up from there, or copy the kernels into it",
  );
}

/** @throws CompileError, UnsupportedError for replies that hold no module */
export function compiledOf(reply: CompileReply): Compiled {
  if (reply.state === "done") return reply.compiled;
  throw reply.state === "missing" ? new UnsupportedError(reply.message) : new CompileError(reply.message);
}
