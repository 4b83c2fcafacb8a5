/**
 * What a Wasm module is made of, read from its bytes: enough to decide whether many instances of it may share one
 * memory (checkMemoryRules), and to know the types of its exports, which the WebAssembly API of Node 20 does not tell.
 *
 * Format: https://webassembly.github.io/spec/core/binary/modules.html (with threads and SIMD). Every read is checked
 * against the end of its section, so that malformed bytes are a CompileError whatever they hold.
 */
import { CompileError } from "../errors.js";

const VALUE_TYPES = {
  127: "i32",
  126: "i64",
  125: "f32",
  124: "f64",
  123: "v128",
  112: "funcref",
  111: "externref",
} as const;
/** A value type of the Wasm type system. */
export type WasmType = (typeof VALUE_TYPES)[keyof typeof VALUE_TYPES];
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
/** What `inspectWasm` finds. Mutable globals are imported and own ones, data segments active and passive. */
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
}

/** Bytes with a position; nothing is ever read beyond `end`. */
class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    private readonly label: string,
    private position = 0,
    private end = bytes.length,
  ) {}

  fail(what: string): never {
    throw new CompileError(`${this.label} is not a valid Wasm module: ${what} at byte ${this.position}`);
  }

  get done(): boolean {
    return this.position === this.end;
  }

  byte(): number {
    if (this.position >= this.end) this.fail("unexpected end");
    return this.bytes[this.position++] as number;
  }

  skip(count: number): void {
    if (count > this.end - this.position) this.fail("unexpected end");
    this.position += count;
  }

  /** An unsigned LEB128 of 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.byte();
      value += (byte & 127) * shift;
      if (value >= 2 ** 32 || shift > 2 ** 28) this.fail("a number over 32 bits");
      if (byte < 128) return value;
    }
  }

  /** A LEB128 of any sign, at most 64 bits (10 bytes), that does not matter. */
  skipNumber(): void {
    for (let i = 0; i < 10; i++) if (this.byte() < 128) return;
    this.fail("a number over 64 bits");
  }

  name(): string {
    const length = this.u32();
    const start = this.position;
    this.skip(length);
    // A copy: TextDecoder refuses views of shared memory.
    return new TextDecoder().decode(this.bytes.slice(start, this.position));
  }

  /** The next `length` bytes as a reader of their own. */
  part(length: number): Reader {
    const start = this.position;
    this.skip(length);
    return new Reader(this.bytes, this.label, start, this.position);
  }

  /** A vector: every element takes a byte or more, so a wild count ends at the end of the section. */
  list<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let count = this.u32(); count > 0; count--) items.push(read());
    return items;
  }

  valueType(): WasmType {
    const byte = this.byte();
    return VALUE_TYPES[byte as keyof typeof VALUE_TYPES] ?? this.fail(`an unknown value type (0x${byte.toString(16)})`);
  }

  /** The flags of a memory or table: bit 0 says that there is a maximum, bit 1 that it is shared. */
  limits(): number {
    const flags = this.byte();
    if (flags > 7) this.fail("unknown limits");
    this.skipNumber();
    if (flags & 1) this.skipNumber();
    return flags;
  }

  /** Type of a global; true if it is mutable. */
  globalIsMutable(): boolean {
    this.valueType();
    return this.byte() === 1;
  }

  /** A constant expression, as after a global. */
  skipExpression(): void {
    for (;;) {
      const opcode = this.byte();
      if (opcode === 0x0b) return;
      if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23 || opcode === 0xd2 || opcode === 0xd0)
        this.skipNumber();
      else if (opcode === 0x43) this.skip(4);
      else if (opcode === 0x44) this.skip(8);
      else if (opcode === 0xfd && this.u32() === 12) this.skip(16);
      else if (!(opcode >= 0x6a && opcode <= 0x6c) && !(opcode >= 0x7c && opcode <= 0x7e))
        this.fail(`an unknown constant instruction (0x${opcode.toString(16)})`);
    }
  }
}

const SECTION = { type: 1, import: 2, function: 3, global: 6, export: 7, start: 8, data: 11 } as const;

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
  let mutableGlobals = 0;
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
        else if (kind === "global") mutableGlobals += Number(section.globalIsMutable());
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
        mutableGlobals += Number(section.globalIsMutable());
        section.skipExpression();
      });
    } else if (id === SECTION.export) {
      section.list(() => {
        const name = section.name();
        const kind = KINDS[section.byte()] ?? section.fail("an unknown kind of export");
        const index = section.u32();
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
    } else continue;
    if (!section.done) section.fail(`section ${id} has more bytes than it needs`);
  }

  const sharedMemory = importedMemories.length > 0 && importedMemories.every((flags) => (flags & 2) !== 0);
  const importsMemory = importedMemories.length > 0;
  return { imports, importsMemory, sharedMemory, dataSegments, mutableGlobals, hasStart, exports };
}

const ALLOWED_IMPORTS: Record<string, string> = { "env.memory": "memory", "env.abort": "function" };

/**
 * Checks that instances of a module in many threads may share one memory: it imports nothing but `env.memory` and
 * `env.abort`, and if it imports the memory, then a shared one, without what would write to it at instantiation (data
 * segments, a start function) or differ between instances (mutable globals). A module that imports no memory may have
 * all of these: they are its own. What the code does is not looked at.
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
        "hands out the same addresses in every thread",
    );
  if (info.hasStart) refuse("has a start function", "top-level statements would run again in every instance");
  return info;
}

/** Refuses imports other than `env.memory` and `env.abort`. */
export function checkImports(imports: readonly WasmImport[], label: string): void {
  for (const { module, name, kind } of imports)
    if (ALLOWED_IMPORTS[`${module}.${name}`] !== kind)
      throw new CompileError(
        `${label} imports the ${kind} ${module}.${name}: a kernel may import env.memory and env.abort only`,
      );
}
