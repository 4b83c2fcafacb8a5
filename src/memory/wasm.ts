/**
 * What a Wasm module is made of, read from its bytes: enough to decide whether many instances of it may share one
 * memory (checkMemoryRules), and to know the types of its exports, which the WebAssembly API of Node 20 does not show.
 *
 * Format: https://webassembly.github.io/spec/core/binary/modules.html (with threads and SIMD).
 */
import { CompileError } from "../errors.js";
import { Reader, type WasmType } from "./reader.js";

/** Types of an exported function; `i64` is a bigint in JS. */
export interface FunctionSignature {
  readonly params: readonly WasmType[];
  readonly results: readonly WasmType[];
}
const KINDS = ["function", "table", "memory", "global", "tag"] as const;
/** An import: `module.name` and what it is. */
export interface WasmImport {
  readonly module: string;
  readonly name: string;
  readonly kind: (typeof KINDS)[number];
}
/** What `inspectWasm` finds. Mutable globals are imported or defined, data segments active or passive. */
export interface WasmInfo {
  readonly imports: readonly WasmImport[];
  readonly importsMemory: boolean;
  /** Every imported memory is shared (false if there is none). */
  readonly sharedMemory: boolean;
  readonly dataSegments: number;
  readonly mutableGlobals: number;
  readonly hasStart: boolean;
  /** Exported functions by name. */
  readonly exports: ReadonlyMap<string, FunctionSignature>;
  /** Exported globals that can change. */
  readonly mutableExports: readonly string[];
  /** What the custom section `allcores` holds, if there is one: see metadata.ts. */
  readonly metadata: Uint8Array | undefined;
}

const SECTION = { custom: 0, type: 1, import: 2, function: 3, global: 6, export: 7, start: 8, data: 11 } as const;

/** The name of the section that says that a module was compiled by this package. */
export const METADATA_SECTION = "allcores";

/**
 * Reads the structure of a module; code is not looked at.
 * @param label how errors name the module, for example its file
 * @throws CompileError if the bytes are not a module, or use types that are not in the list above
 */
export function inspectWasm(bytes: Uint8Array, label = "the module"): WasmInfo {
  const reader = new Reader(bytes, label);
  for (const expected of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    if (reader.done || reader.byte() !== expected) reader.fail("no Wasm header (version 1)");

  let types: FunctionSignature[] = [];
  const functions: number[] = [];
  const imports: WasmImport[] = [];
  const importedMemories: number[] = [];
  const exports = new Map<string, FunctionSignature>();
  const isMutable: boolean[] = [];
  const mutableExports: string[] = [];
  let metadata: Uint8Array | undefined;
  let dataSegments = 0;
  let hasStart = false;

  while (!reader.done) {
    const id = reader.byte();
    const section = reader.part(reader.u32());
    if (id === SECTION.type) {
      types = section.list(() => {
        if (section.byte() !== 0x60) section.fail("a type that is not a function's");
        const params = section.list(() => section.valueType());
        return { params, results: section.list(() => section.valueType()) };
      });
    } else if (id === SECTION.import) {
      section.list(() => {
        const module = section.name();
        const name = section.name();
        const kind = KINDS[section.byte()] ?? section.fail("an unknown kind of import");
        imports.push({ module, name, kind });
        if (kind === "function") functions.push(section.u32());
        else if (kind === "memory") importedMemories.push(section.limits());
        else if (kind === "global") isMutable.push(section.globalIsMutable());
        else if (kind === "table") {
          section.valueType();
          section.limits();
        } else {
          section.byte();
          section.u32();
        }
      });
    } else if (id === SECTION.function) {
      for (const type of section.list(() => section.u32())) functions.push(type);
    } else if (id === SECTION.global) {
      section.list(() => {
        isMutable.push(section.globalIsMutable());
        section.skipExpression();
      });
    } else if (id === SECTION.export) {
      section.list(() => {
        const name = section.name();
        const kind = KINDS[section.byte()] ?? section.fail("an unknown kind of export");
        const index = section.u32();
        if (kind === "global" && isMutable[index]) mutableExports.push(name);
        if (kind !== "function") return;
        const type = types[functions[index] ?? -1] ?? section.fail(`export ${JSON.stringify(name)} without a type`);
        exports.set(name, type);
      });
    } else if (id === SECTION.start) {
      section.u32();
      hasStart = true;
    } else if (id === SECTION.data) {
      dataSegments = section.u32();
      continue;
    } else if (id === SECTION.custom) {
      if (section.name() === METADATA_SECTION) metadata = section.rest();
      continue;
    } else continue;
    if (!section.done) section.fail(`section ${id} has more bytes than it needs`);
  }

  const sharedMemory = importedMemories.length > 0 && importedMemories.every((flags) => (flags & 2) !== 0);
  const importsMemory = importedMemories.length > 0;
  const mutableGlobals = isMutable.filter(Boolean).length;
  const facts = { imports, importsMemory, sharedMemory, dataSegments, mutableGlobals, hasStart };
  return { ...facts, exports, mutableExports, metadata };
}

const ALLOWED_IMPORTS: Record<string, string> = { "env.memory": "memory", "env.abort": "function" };

/**
 * Checks that instances of a module in many threads may share one memory: it imports nothing but `env.memory` and
 * `env.abort`, and if it imports the memory, then a shared one, without what would write to it at instantiation (data
 * segments, a start function) or differ between instances (mutable globals). A module that imports no memory may have
 * all of these: no other instance sees them. What the code does is not looked at.
 * @returns what `inspectWasm` found
 * @throws CompileError naming the broken rule
 */
export function checkMemoryRules(module: Uint8Array | WasmInfo, label: string): WasmInfo {
  const info = module instanceof Uint8Array ? inspectWasm(module, label) : module;
  checkImports(info.imports, label);
  if (!info.importsMemory) return info;
  const refuse = (rule: string, why: string) => {
    throw new CompileError(`${label} ${rule}: ${why}`);
  };
  if (!info.sharedMemory)
    refuse("imports a memory that is not shared", "compile it with --importMemory --sharedMemory");
  if (info.dataSegments > 0)
    refuse(
      `has ${info.dataSegments} data segment${info.dataSegments > 1 ? "s" : ""}`,
      "every new instance would write them again into the memory that all share; strings, static arrays and some Math " +
        "functions (sin, exp, log2, pow) bring them",
    );
  if (info.mutableGlobals > 0)
    refuse(
      `has ${info.mutableGlobals} mutable global${info.mutableGlobals > 1 ? "s" : ""}`,
      "each instance would have its own, and a heap pointer among them (allocation with `new`, arrays, strings, closures) " +
        "hands out the same addresses in every thread; `allcores build` and compileKernels make modules that may",
    );
  if (info.hasStart) refuse("has a start function", "top-level statements would run again in every instance");
  return info;
}

/**
 * The same for a module that this package compiled: static data has a slot and instances have arenas, so both may be
 * there, and it may trace, and say where an index was outside its array.
 */
export function checkCompiledRules(info: WasmInfo, label: string): void {
  checkImports(info.imports, label, { ...ALLOWED_IMPORTS, "env.trace": "function", "env.outside": "function" });
  const [exported] = info.mutableExports;
  // The compiler leaves out a memory that nothing uses.
  if (info.importsMemory && !info.sharedMemory) throw new CompileError(`${label} imports a memory that is not shared`);
  if (exported !== undefined)
    throw new CompileError(`${label} exports the variable ${exported}, which each worker would have its own of`);
  if (info.hasStart) throw new CompileError(`${label} runs its top-level statements before it has an arena`);
}

/** Refuses imports other than `env.memory` and `env.abort`. */
export function checkImports(imports: readonly WasmImport[], label: string, allowed = ALLOWED_IMPORTS): void {
  for (const { module, name, kind } of imports)
    if (allowed[`${module}.${name}`] !== kind)
      throw new CompileError(
        `${label} imports the ${kind} ${module}.${name}: a kernel may import env.memory and env.abort only`,
      );
}
