/**
 * What stands on both sides of the border between TypeScript and AssemblyScript: numbers, layouts, names and texts. The
 * AssemblyScript side is read from its sources, since modules keep neither constants nor names of parameters (and
 * assembly/library and assembly/rt are published as sources); the other side is asked of the built package, by what it does
 * where it exports nothing.
 *
 * Here are those whose disagreement other tests would not show, or show only far from its cause. Formulas, constants of
 * logarithms and types of pixels need no row: fractal-kinds.test.ts and fractal-outputs.test.ts compare every bit.
 */
import { readFileSync } from "node:fs";
import { BoundedSemaphore, Lock, OwnerDiedError, Semaphore } from "allcores/sync";
import { describe, expect, it } from "vitest";
import { pi } from "../../dist/kernels/index.js";
import { KIND } from "../../dist/kernels/tiles.js";
import { abortError } from "../../dist/memory/abort.js";
import { LINE } from "../../dist/memory/layout.js";
import { PRIMITIVES } from "../../dist/memory/metadata.js";
import { LOOK, STARVING_MS } from "../../dist/sync/look.js";
import * as word from "../../dist/sync/word.js";
import { plans } from "./plans.js";

const sourceOf = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

/** The whole numbers that a source file gives names to, and what they are made of. */
function constantsOf(file: string): Readonly<Record<string, number>> {
  const known: Record<string, number> = {};
  for (const [, name = "", text = ""] of sourceOf(file).matchAll(/^.*\bconst (\w+)(?:: \w+)? = (.+?);/gm)) {
    const terms = text.replaceAll(/<\w+>/g, "");
    if (!/^[\w\s()+*<>|&~-]+$/.test(terms)) continue;
    const names = Object.keys(known);
    try {
      known[name] = new Function(...names, `return ${terms}`)(...names.map((other) => known[other]));
    } catch {
      // Made of what another file exports, or a local variable.
    }
  }
  return known;
}

/** The names of the parameters of a file's exports. */
function parametersOf(file: string): Readonly<Record<string, string[]>> {
  const found = sourceOf(file).matchAll(/^export function (\w+)\(([^)]*)\)/gm);
  return Object.fromEntries(
    [...found].map(([, name, list = ""]) => [name, [...list.matchAll(/(\w+):/g)].map((m) => m[1])]),
  );
}

/** The texts of the errors that a source file throws. */
const textsOf = (file: string) => [...sourceOf(file).matchAll(/throw new \w+\("([^"]+)"\)/g)].map(([, text]) => text);

function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  return expect.unreachable("it throws");
}

describe("kernels", () => {
  const folder = new URL("../../dist/kernels/", import.meta.url);
  type Exports = Record<string, (...args: unknown[]) => unknown>;
  const twinOf = async (file: string) => (await import(new URL(`${file}.twin.js`, folder).href)) as Exports;
  const moduleOf = (file: string) => {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 65535, shared: true });
    const module = new WebAssembly.Module(readFileSync(new URL(`${file}.wasm`, folder)));
    return new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
  };

  it.each([
    ["kernels/fractal", "fractal"],
    ["kernels/fractal-smooth", "fractal-smooth"],
    ["kernels/fractal-distance", "fractal-distance"],
    ["kernels/pi", "pi"],
    ["kernels/sum", "sum"],
    ["scalar/fractal", "fractal"],
    ["scalar/pi", "pi"],
    ["scalar/sum", "sum"],
  ])("%s takes what its twin takes, in that order", async (source, file) => {
    const twin = await twinOf(file);
    const parameters = parametersOf(`assembly/${source}.ts`);
    expect(Object.keys(parameters)).toEqual(Object.keys(twin));
    for (const [name, names] of Object.entries(parameters)) {
      const [, list = ""] = /\(([^)]*)\)/.exec(String(twin[name])) ?? [];
      const expected = list.match(/\w+/g)?.map((parameter) => parameter.replace(/^_/, "")) ?? [];
      expect(names.filter((parameter) => parameter !== "scratch")).toEqual(expected);
    }
  });

  it("number the kinds of fractals alike", () => {
    const { JULIA, MANDELBROT, BURNING_SHIP, TRICORN } = constantsOf("assembly/lib/fractal/formula.ts");
    expect(KIND).toEqual({ julia: JULIA, mandelbrot: MANDELBROT, burningShip: BURNING_SHIP, tricorn: TRICORN });
    expect(constantsOf("assembly/scalar/fractal.ts").JULIA).toBe(JULIA);
  });

  it.each(["fractal", "fractal-smooth", "fractal-distance"])("%s draws the kinds that its twin draws", async (file) => {
    const twin = await twinOf(file);
    const { draw } = moduleOf(file);
    const numbers = Array.from({ length: 16 }, (_, kind) => kind - 2);
    const drawn = (call: (kind: number) => unknown) =>
      numbers.filter((kind) => {
        try {
          call(kind);
          return true;
        } catch {
          return false; // a trap, or no function
        }
      });
    const args = (kind: number) => [1, 1, 0, 0, 0, 0, 9, kind, 0, 0, 1];
    const byTwin = drawn((kind) => twin.draw?.(0, 1, new Float32Array(1), ...args(kind)));
    expect(drawn((kind) => draw?.(0, 1, 65_536, ...args(kind), 0))).toEqual(byTwin);
    expect(byTwin).toEqual(expect.arrayContaining([KIND.julia, KIND.mandelbrot, 3, 4, 5, 6, 7, 8]));
  });

  it("of fractals have the scratch memory that their layout takes, and no part of it lies over another", () => {
    const at = constantsOf("assembly/lib/fractal/scratch.ts") as Record<string, number>;
    const { LIST = 0, LIST_LENGTH = 0, ENTRY_BYTES = 0 } = at;
    for (const name of ["fractal", "fractal-smooth", "fractal-distance"] as const)
      expect(plans[name].scratch).toBe(LIST + LIST_LENGTH * ENTRY_BYTES);
    const fields = [...sourceOf("assembly/lib/fractal/view.ts").matchAll(/^ {2}\w+!: (\w+);/gm)];
    const viewBytes = fields.reduce((bytes, [, type]) => bytes + (type === "f64" ? 8 : 4), 0);
    expect(fields.length).toBeGreaterThan(10);
    const { FIRST_GROUP = 0, SECOND_GROUP = 0, GROUP_PIXEL = 0, VIEW = 0, WAITING = 0, PIXEL = 0, TOP = 0 } = at;
    const groupBytes = GROUP_PIXEL + 16 * 4;
    const parts = [PIXEL + 8 * 4, TOP, WAITING + 4, FIRST_GROUP, FIRST_GROUP + groupBytes, SECOND_GROUP];
    parts.push(SECOND_GROUP + groupBytes, VIEW, VIEW + viewBytes, LIST);
    expect(parts).toEqual([...parts].sort((a, b) => a - b));
  });

  it("of pi have blocks of one size, and the scratch memory that their layout takes", () => {
    const { HISTORY = 0, RUN = 0 } = constantsOf("assembly/lib/lagged.ts");
    expect(plans.pi.scratch).toBe((HISTORY + RUN) * 4 + 2 * 16);
    const { BLOCK = 0 } = constantsOf("assembly/kernels/pi.ts");
    expect(constantsOf("assembly/scalar/pi.ts").BLOCK).toBe(BLOCK);
    expect(constantsOf("src/kernels/pi.twin.ts").BLOCK).toBe(BLOCK);
    const blocks = (samples: number) => pi.prepare({ samples, seed: 1 }).plan.n;
    expect([blocks(BLOCK), blocks(BLOCK + 1)]).toEqual([1, 2]);
  });
});

describe("primitives", () => {
  const kernel = constantsOf("assembly/library/sync.ts") as Record<string, number>;
  const host = constantsOf("assembly/rt/agent.ts") as Record<string, number>;

  it("have the same flags, and room for the same values", () => {
    const { SLEEPERS, ASYNC, TURN_SLEEPERS, TURN_ASYNC, SHIFT, FLAGS, MAX_VALUE } = word;
    expect(kernel).toMatchObject({ SLEEPERS, ASYNC, TURN_SLEEPERS, TURN_ASYNC, SHIFT, FLAGS, MAX_VALUE });
    expect(host).toMatchObject({ SLEEPERS, ASYNC, SHIFT, DIED: MAX_VALUE << SHIFT, BELL: kernel.BELL });
  });

  it("have their words at the same places", () => {
    const words = new Int32Array(new SharedArrayBuffer(64));
    new word.Word(words).ring();
    expect(words.findIndex((value) => value !== 0) * 4).toBe(kernel.BELL);
    const bound = (kernel.BOUND as number) / 4;
    expect(new BoundedSemaphore(77).words[bound]).toBe(77);
    expect(new Semaphore(77).words[bound]).toBe(kernel.MAX_VALUE);
    expect((new Semaphore(77).words[0] as number) >> (kernel.SHIFT as number)).toBe(77);
  });

  it("are looked at as often", () => {
    const ms = (name: string) =>
      Number(
        new RegExp(`${name}: i64 = ([\\d_]+);`).exec(sourceOf("assembly/library/sync.ts"))?.[1]?.replaceAll("_", ""),
      ) / 1e6;
    expect([ms("LOOK_NS"), ms("STARVING_NS")]).toEqual([LOOK.ms, STARVING_MS]);
  });

  it("that are locks fail with the same words", () => {
    const lock = new Lock();
    const notHeld = thrownBy(() => lock.release());
    lock.words[0] = kernel.DIED as number;
    const dead = [thrownBy(() => lock.acquire(0)), thrownBy(() => lock.release())];
    for (const error of dead) expect(error).toBeInstanceOf(OwnerDiedError);
    expect(textsOf("assembly/library/sync.ts")).toEqual(
      expect.arrayContaining([notHeld.message, ...dead.map(({ message }) => message)]),
    );
  });

  it("are classes of the names that kernels' parameters may have", () => {
    const classes = [...sourceOf("assembly/library/sync.ts").matchAll(/^export class (\w+)/gm)].map(([, name]) => name);
    expect(classes.sort()).toEqual(Object.keys(PRIMITIVES).sort());
  });
});

describe("what is compiled into users' modules", () => {
  it("has the functions that the host calls, and no others", () => {
    const exported = Object.keys(parametersOf("assembly/rt/host.ts"));
    const called = new Set(sourceOf("src/memory/instances.ts").match(/__allcores_\w+/g));
    called.delete("__allcores_start"); // the top-level statements: the compiler makes it
    expect(exported.sort()).toEqual([...called].sort());
  });

  it("has the functions that the compiler's part looks for", () => {
    const runtime = sourceOf("assembly/rt/arena.ts") + sourceOf("assembly/rt/agent.ts");
    const named = new Set(sourceOf("src/compile/run.ts").match(/\b__(?:alloc|arena_\w+|lock_\w+)\b/g));
    expect(named.size).toBeGreaterThan(3);
    for (const name of named) expect(runtime).toContain(`export function ${name}(`);
  });

  it("has lines of the same length", () => {
    expect(constantsOf("assembly/rt/arena.ts").LINE).toBe(LINE);
  });

  it("says that its arena is full in the words that the host knows", () => {
    const places = {
      "assembly/rt/arena.ts": "~lib/rt/stub.ts",
      "assembly/library/scratch.ts": "~lib/allcores/assembly/library/scratch.ts",
    };
    for (const [file, library] of Object.entries(places)) {
      const texts = textsOf(file).filter((text) => text?.includes("arena"));
      expect(texts.length).toBeGreaterThan(0);
      for (const text of new Set(texts)) {
        // Strings as AssemblyScript has them: the length in bytes, then UTF-16.
        const words = new Uint16Array(512);
        const placed = (string: string, at: number) => {
          new Uint32Array(words.buffer)[at / 4 - 1] = 2 * string.length;
          words.set(
            [...string].map((char) => char.charCodeAt(0)),
            at / 2,
          );
          return at;
        };
        const abort = { message: placed(text as string, 8), file: placed(library, 512), line: 1, column: 1 };
        expect(abortError(words.buffer, abort, 4096)).toBeInstanceOf(RangeError);
      }
    }
  });
});
