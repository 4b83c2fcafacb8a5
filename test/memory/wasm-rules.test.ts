/** The reader of Wasm modules and the rules of shared memory: hand-made modules, compiled ones, and broken bytes. */
import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import { describe, expect, it } from "vitest";
import { CompileError } from "../../dist/errors.js";
import { checkMemoryRules, inspectWasm } from "../../dist/memory/wasm.js";

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const text = (value: string) => [value.length, ...Buffer.from(value)];
const section = (id: number, ...body: number[]) => [id, body.length, ...body];
const module = (...sections: number[][]) => Uint8Array.from([...HEADER, ...sections.flat()]);

const I32 = 0x7f;
const TYPES = section(1, 1, 0x60, 2, I32, 0x7b, 1, 0x7e); // (i32, v128) -> i64
const sharedMemory = section(2, 1, ...text("env"), ...text("memory"), 2, 3, 1, 0xff, 0xff, 3);
const mutableGlobal = section(6, 1, I32, 1, 0x41, 0, 0x0b);

async function compile(source: string, ...flags: string[]): Promise<Uint8Array> {
  const options = ["--runtime", "stub", "--noAssert", ...flags];
  const { error, binary, stderr } = await asc.compileString(source, Object.fromEntries(pairs(options)));
  if (error || !binary) throw error ?? new Error(stderr.toString());
  return binary;
}

/** `--flag value` and lone `--flag` as entries. */
function pairs(flags: string[]): [string, string | boolean][] {
  return flags.flatMap((flag, i): [string, string | boolean][] => {
    const value = flags[i + 1];
    if (!flag.startsWith("--")) return [];
    return [[flag.slice(2), value === undefined || value.startsWith("--") ? true : value]];
  });
}

const SHARED = ["--importMemory", "--sharedMemory", "--maximumMemory", "65535", "--enable", "threads"];

describe("inspectWasm", () => {
  it("tells imports, counts and the types of exported functions", () => {
    const functions = section(3, 1, 0);
    const exports = section(7, 2, ...text("run"), 0, 0, ...text("memory"), 2, 0);
    const info = inspectWasm(module(TYPES, sharedMemory, functions, mutableGlobal, exports));
    expect(info).toEqual({
      imports: [{ module: "env", name: "memory", kind: "memory" }],
      importsMemory: true,
      sharedMemory: true,
      dataSegments: 0,
      mutableGlobals: 1,
      mutableExports: [],
      metadata: undefined,
      hasStart: false,
      exports: new Map([["run", { params: ["i32", "v128"], results: ["i64"] }]]),
    });
  });

  it("counts imported functions before own ones", () => {
    const types = section(1, 2, 0x60, 0, 0, 0x60, 1, 0x7c, 0);
    const imports = section(2, 1, ...text("env"), ...text("abort"), 0, 0);
    const exports = section(7, 1, ...text("own"), 0, 1);
    expect(inspectWasm(module(types, imports, section(3, 1, 1), exports)).exports.get("own")).toEqual({
      params: ["f64"],
      results: [],
    });
  });

  it("skips globals' initial values of every type, and custom sections", () => {
    const globals = section(
      6,
      ...[4, I32, 0, 0x41, 0x80, 0x01, 0x41, 1, 0x6a, 0x0b],
      ...[0x7e, 1, 0x42, 0x7f, 0x0b],
      ...[0x7c, 0, 0x44, 0x0b, 0, 0, 0, 0, 0, 0, 0, 0x0b],
      ...[0x7b, 1, 0xfd, 12, ...Array(16).fill(0x0b), 0x0b],
    );
    expect(inspectWasm(module(section(0, ...text("x"), 255), globals)).mutableGlobals).toBe(2);
  });

  it("refuses malformed bytes with a CompileError", () => {
    const broken: [string, number[] | Uint8Array][] = [
      ["nothing", []],
      ["a header cut short", HEADER.slice(0, 6)],
      ["another magic number", [1, ...HEADER.slice(1)]],
      ["another version", [...HEADER.slice(0, 4), 2, 0, 0, 0]],
      ["a section beyond the end", module([1, 100, 0])],
      ["a section that is too long", module(section(3, 0, 0))],
      ["a length that never ends", module([1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80])],
      ["a length over 32 bits", module([1, 0xff, 0xff, 0xff, 0xff, 0x7f])],
      ["four thousand million types", module(section(1, 0xff, 0xff, 0xff, 0xff, 0x0f))],
      ["an unknown type form", module(section(1, 1, 0x5f, 0))],
      ["an unknown value type", module(section(1, 1, 0x60, 1, 0x10, 0))],
      ["an export of a function that is not there", module(section(7, 1, ...text("f"), 0, 5))],
      ["an endless initial value", module(section(6, 1, I32, 1, 0x41, 0))],
    ];
    for (const [what, bytes] of broken)
      expect(() => inspectWasm(Uint8Array.from(bytes), "x.wasm"), what).toThrow(CompileError);
  });

  it("survives every cut and any changed byte of a real module", () => {
    const bytes = readFileSync(new URL("../../dist/kernels/pi.wasm", import.meta.url));
    const attempt = (input: Uint8Array) => {
      try {
        inspectWasm(input);
      } catch (error) {
        expect(error).toBeInstanceOf(CompileError);
      }
    };
    for (let length = 0; length < bytes.length; length++) attempt(bytes.subarray(0, length));
    for (let i = 0; i < bytes.length; i++) for (const value of [0, 1, 127, 128, 255]) attempt(bytes.with(i, value));
  });

  it("reads bytes in shared memory", () => {
    const bytes = module(TYPES, sharedMemory);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    expect(inspectWasm(shared).importsMemory).toBe(true);
  });
});

describe("checkMemoryRules", () => {
  it.each([
    ["nothing at all", module()],
    ["the shared memory", module(sharedMemory)],
    [
      "a memory and globals of its own",
      module(section(5, 1, 0, 1), mutableGlobal, section(11, 1, 0, 0x41, 0, 0x0b, 1, 65)),
    ],
  ])("allows %s", (_, bytes) => {
    expect(checkMemoryRules(bytes, "x.wasm")).toEqual(inspectWasm(bytes));
  });

  it.each([
    [
      "a foreign import",
      module(TYPES, section(2, 1, ...text("wasi"), ...text("go"), 0, 0)),
      /x\.wasm imports the function wasi\.go/,
    ],
    [
      "a global as env.memory",
      module(section(2, 1, ...text("env"), ...text("memory"), 3, I32, 0)),
      /imports the global env\.memory/,
    ],
    ["a memory that is not shared", module(section(2, 1, ...text("env"), ...text("memory"), 2, 0, 1)), /not shared/],
    ["an active data segment", module(sharedMemory, section(11, 1, 0, 0x41, 0, 0x0b, 1, 65)), /1 data segment:/],
    ["passive data segments", module(sharedMemory, section(11, 2, 1, 1, 65, 1, 1, 66)), /2 data segments:/],
    ["a mutable global", module(sharedMemory, mutableGlobal), /1 mutable global:/],
    ["a start function", module(sharedMemory, section(8, 0)), /start function/],
  ])("refuses %s", (_, bytes, message) => {
    const check = () => checkMemoryRules(bytes, "x.wasm");
    expect(check).toThrow(CompileError);
    expect(check).toThrow(message);
    expect(() => checkMemoryRules(inspectWasm(bytes), "x.wasm")).toThrow(message);
  });

  it("judges compiled AssemblyScript", async () => {
    const pure = "export function add(a: i32, b: i64): f64 { return a + <f64>b; }";
    const writes = "export function put(p: usize): void { store<i32>(p, 1); }";
    const allocates = "export function make(n: i32): usize { return changetype<usize>(new Uint8Array(n)); }";
    const strings = 'export function text(): string { return "hello"; }';
    const grows = "let calls = 0; export function count(): i32 { return ++calls; }";

    expect(inspectWasm(await compile(pure)).exports.get("add")).toEqual({ params: ["i32", "i64"], results: ["f64"] });
    checkMemoryRules(await compile(pure), "pure");
    checkMemoryRules(await compile(writes, ...SHARED), "writes");
    const refused: [string, RegExp][] = [
      [allocates, /mutable global|data segment/],
      [strings, /data segment/],
      [grows, /mutable global/],
    ];
    for (const [source, message] of refused) {
      const bytes = await compile(source, ...SHARED);
      expect(() => checkMemoryRules(bytes, "x"), source).toThrow(message);
    }
    const alone = await compile(writes, "--importMemory");
    expect(() => checkMemoryRules(alone, "x")).toThrow(/not shared/);
  });

  it("passes every built-in kernel", () => {
    for (const name of ["fractal", "fractal-smooth", "fractal-distance", "pi", "sum"]) {
      const bytes = readFileSync(new URL(`../../dist/kernels/${name}.wasm`, import.meta.url));
      expect(checkMemoryRules(bytes, name).sharedMemory, name).toBe(true);
    }
  });
});
