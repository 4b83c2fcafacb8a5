/**
 * Wasm modules of kernels: compiled once by the owner, handed to workers compiled (posting a module costs 0.1 us more
 * than posting nothing, and optimised code is shared by all threads), instantiated once a thread over the shared memory.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { threadId } from "node:worker_threads";
import { instantiateSync } from "@assemblyscript/loader";
import { CompileError, UnsupportedError } from "../errors.js";
import { sharedMemory } from "./heap.js";
import { type ModuleMetadata, readMetadata } from "./metadata.js";
import { occupySlot } from "./slots.js";
import { nameSourceMap } from "./source-maps.js";
import { takeStaticData } from "./static-data.js";
import {
  checkCompiledRules,
  checkImports,
  checkMemoryRules,
  type FunctionSignature,
  inspectWasm,
  METADATA_SECTION,
} from "./wasm.js";

/** A compiled module. */
export interface KernelModule {
  /** Names the module to workers, which keep their instances by it: kernels there may load modules themselves. */
  readonly id: string;
  /** A `WebAssembly.Module`: the name itself is not known to users' compilers without the dom library. */
  readonly module: object;
  /** Types of its exported functions; undefined for a `WebAssembly.Module` from elsewhere, whose bytes are unknown. */
  readonly signatures: ReadonlyMap<string, FunctionSignature> | undefined;
  readonly bytes: Uint8Array | undefined;
  /** It works on the shared memory, not on a private one (or none). */
  readonly sharesMemory: boolean;
  /** What it says of itself, if this package compiled it. */
  readonly compiled?: ModuleMetadata | undefined;
}

const byUrl = new Map<string, Promise<KernelModule>>();
const bySource = new WeakMap<object, Promise<KernelModule>>();
let lastId = 0;

/** The module of a kernel handle's source, compiled and checked on first use. */
export function kernelModule(source: string | Uint8Array | object): Promise<KernelModule> {
  const known = typeof source === "string" ? byUrl.get(source) : bySource.get(source);
  if (known) return known;
  const made = compile(source);
  if (typeof source === "string") {
    byUrl.set(source, made);
    made.catch(() => byUrl.delete(source)); // a file may be there the next time
  } else bySource.set(source, made);
  return made;
}

async function compile(source: string | Uint8Array | object): Promise<KernelModule> {
  const id = `${process.pid}.${threadId}.${++lastId}`;
  if (source instanceof WebAssembly.Module) {
    if (WebAssembly.Module.customSections(source, METADATA_SECTION).length > 0)
      throw new UnsupportedError(
        "the module was made by allcores, and a WebAssembly.Module does not show its static data: pass its bytes or its URL",
      );
    // A compiled module shows its imports, but not its data segments, nor its globals.
    const imports = WebAssembly.Module.imports(source);
    checkImports(imports, "the module");
    const sharesMemory = imports.some(({ kind }) => kind === "memory");
    return { id, module: source, signatures: undefined, bytes: undefined, sharesMemory };
  }
  const bytes = typeof source === "string" ? await read(new URL(source)) : (source as Uint8Array);
  const label = typeof source === "string" ? source : "the module";
  const info = inspectWasm(bytes, label);
  const facts = { id, signatures: info.exports, bytes, sharesMemory: info.importsMemory };
  if (info.metadata === undefined) {
    checkMemoryRules(info, label);
    return { ...facts, module: await compileBytes(bytes, label) };
  }
  const compiled = readMetadata(info.metadata, label);
  const file = typeof source === "string" ? fileOf(source) : compiled.source;
  if (source instanceof Uint8Array) nameSourceMap(id, source);
  checkCompiledRules(info, file);
  const { code, segments } = takeStaticData(bytes, file);
  const module = await compileBytes(code, file);
  if (compiled.hasStaticData || segments.length > 0) occupySlot(compiled, bytes, segments, file);
  return { ...facts, sharesMemory: true, module, compiled };
}

/** Compiling up to this many bytes at once takes 1 ms. */
const SMALL = 65_536;

/**
 * Small modules are compiled on this thread: `WebAssembly.compile` queues behind what V8 is optimising in the background,
 * which after a use of the AssemblyScript compiler took 1.1 s.
 */
async function compileBytes(bytes: Uint8Array, label: string): Promise<object> {
  try {
    if (bytes.length <= SMALL) return new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new CompileError(`${label} is not a valid Wasm module: ${(cause as Error).message}`, { cause });
  }
}

/** How messages name a module's file. */
function fileOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url.slice(0, 60);
}

async function read(url: URL): Promise<Uint8Array> {
  if (url.protocol === "file:") return readFile(url);
  if (url.protocol === "data:") return new Uint8Array(await (await fetch(url)).arrayBuffer());
  throw new UnsupportedError(`a Wasm kernel is loaded from a file: or data: URL, got ${url.protocol}`);
}

type Exports = Record<string, unknown>;
const instances = new Map<string, Exports>();

/** A module's export, of this thread's instance over the shared memory. */
export function instanceExport(id: string, module: object, name: string): unknown {
  let exports = instances.get(id);
  if (exports === undefined) {
    // The loader's `exports` are wrapped (25 ns a call): kernels are called on the bare instance.
    exports = instantiateSync(module, { env: { memory: sharedMemory() } }).instance.exports as Exports;
    instances.set(id, exports);
  }
  return exports[name];
}
