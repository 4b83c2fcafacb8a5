/** The built Wasm files as they are published, kernels and plain ports of their twins, and how they match these twins. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import binaryen from "assemblyscript/binaryen";
import { describe, expect, it } from "vitest";
import { Reader } from "../../dist/memory/reader.js";
import { checkMemoryRules, inspectWasm } from "../../dist/memory/wasm.js";
import { ROOT } from "../support/system.js";
import { plans } from "./plans.js";

const folder = new URL("../../dist/kernels/", import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".wasm"))
  .map((file) => basename(file, ".wasm"));

interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly sourcesContent: readonly (string | null)[];
  readonly mappings: string;
}

it("there are five, and three plain ports", () => {
  const kernels = ["fractal", "fractal-distance", "fractal-smooth", "pi", "sum"];
  expect(names.sort()).toEqual([...kernels, "fractal.scalar", "pi.scalar", "sum.scalar"].sort());
});

describe.each(names)("%s", (name) => {
  const [file = "", isScalar] = name.split(".");
  const source = `assembly/${isScalar ? "scalar" : "kernels"}/${file}.ts`;
  const bytes = readFileSync(new URL(`${name}.wasm`, folder));
  const map = JSON.parse(readFileSync(new URL(`${name}.wasm.map`, folder), "utf8")) as SourceMap;

  it("imports the shared memory alone, and holds no data, state or start", () => {
    expect(checkMemoryRules(bytes, name)).toMatchObject({
      imports: [{ module: "env", name: "memory", kind: "memory" }],
      sharedMemory: true,
      dataSegments: 0,
      mutableGlobals: 0,
      hasStart: false,
    });
  });

  it("has range kernels only: begin and end as doubles, which reach 2^53 items", () => {
    for (const [kernel, { params }] of inspectWasm(bytes).exports)
      expect(params.slice(0, 2), kernel).toEqual(["f64", "f64"]);
  });

  it("has a twin with the same exports, of as many parameters but for scratch memory", async () => {
    const twin = (await import(new URL(`${file}.twin.js`, folder).href)) as Record<string, { length: number }>;
    const { exports } = inspectWasm(bytes);
    expect([...exports.keys()]).toEqual(Object.keys(twin));
    const scratch = isScalar ? 0 : plans[file as keyof typeof plans].scratch;
    for (const [kernel, { params }] of exports) {
      expect(params, kernel).toHaveLength((twin[kernel]?.length ?? 0) + (scratch > 0 ? 1 : 0));
      if (scratch > 0) expect(params.at(-1), kernel).toBe("i32");
    }
  });

  it("has a source map that finds its AssemblyScript, and names nobody's folders", () => {
    expect(map.version).toBe(3);
    expect(map.mappings).not.toBe("");
    const own = map.sources.findIndex((other) => other.endsWith(source));
    const text = readFileSync(new URL(`../../${source}`, import.meta.url), "utf8");
    expect(map.sourcesContent[own] === text, "the source as it is now: build first").toBe(true);
    for (const other of map.sources) expect(other).not.toMatch(/^([\\/]|[a-z]+:)/i);
    for (const file of [bytes, readFileSync(new URL(`${name}.wasm.map`, folder))])
      expect(file.includes(ROOT)).toBe(false);
    expect(bytes.includes(`${name}.wasm.map`)).toBe(true);
  });
});

const CODE_SECTION = 10;

// A function that drew all kinds would be compiled as a whole by the first call: that is why they are apart, which the
// compiler's inlining might undo.
it.each([
  ["fractal", 10],
  ["fractal-smooth", 10],
  ["fractal-distance", 8],
])("%s has a function for each of its %d kinds", (name, kinds) => {
  const bytes = readFileSync(new URL(`${name}.wasm`, folder));
  const reader = new Reader(bytes, name, 8);
  let sizes: number[] = [];
  while (!reader.done) {
    const isCode = reader.byte() === CODE_SECTION;
    const section = reader.part(reader.u32());
    if (isCode) sizes = section.list(() => section.take(section.u32()).length);
  }
  expect(sizes.filter((size) => size > 1000)).toHaveLength(kinds);
  expect(Math.max(...sizes)).toBeLessThan(20_000);
});

// Those without SIMD only: the text of the others takes seconds. Pi's shows that vectors would be found.
it.each([
  ["pi", true],
  ["fractal.scalar", false],
  ["pi.scalar", false],
  ["sum.scalar", false],
])("%s has vectors: %s", (name, expected) => {
  const module = binaryen.readBinary(readFileSync(new URL(`${name}.wasm`, folder)));
  const text = module.emitText();
  module.dispose();
  expect(text).toContain("f64");
  expect(/\b(v128|[if]\d+x\d+)\b/.test(text)).toBe(expected);
});
