/** Wasm kernels on a memory of their own: they write into their output and scratch memory, and not a byte elsewhere. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type FractalParameters, fractal, pi } from "../../dist/kernels/index.js";
import { bytes, RABBIT } from "./pictures.js";

type RangeKernel = (begin: number, end: number, ...args: unknown[]) => unknown;

const folder = new URL("../../dist/kernels/", import.meta.url);
/** Where scratch memory and outputs begin, in a memory of 4 MiB. */
const SCRATCH = 65_536;
const OUT = 3 * 65_536;
const SENTINEL = 0x77;

/** The exports of a file, over a memory full of sentinels. */
function instantiated(file: string) {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65535, shared: true });
  const all = new Uint8Array(memory.buffer).fill(SENTINEL);
  const module = new WebAssembly.Module(readFileSync(new URL(`${file}.wasm`, folder)));
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort: () => expect.unreachable() } });
  return { all, kernels: exports as Record<string, RangeKernel> };
}

/** The first bytes that are no sentinels, before, between and behind the given ones. */
function strays(all: Uint8Array, ...given: readonly (readonly [from: number, bytes: number])[]): number[] {
  const ends = [0, ...given.map(([from, length]) => from + length)];
  return [...given.map(([from]) => from), all.length].flatMap((to, i) => {
    const from = ends[i] as number;
    const at = all.subarray(from, to).findIndex((value) => value !== SENTINEL);
    return at < 0 ? [] : [from + at];
  });
}

const region = { re: [-0.85, -0.6], im: [-0.05, 0.1] } as const;
const formulas = [
  { region },
  { kind: "julia", c: { re: RABBIT[0], im: RABBIT[1] } },
  { kind: "burning-ship" },
  { kind: "tricorn" },
  ...[3, 4, 5, 6, 7, 8].map((power) => ({ kind: "multibrot", power })),
] as const;
const OUTPUTS = ["counts", "smooth", "distance"] as const;
const drawn = formulas.flatMap((formula) =>
  OUTPUTS.filter((output) => output !== "distance" || !("kind" in formula && /ship|tricorn/.test(formula.kind))).map(
    (output) => ({ name: `${Object.values(formula).join(" ")}, ${output}`, formula, output }),
  ),
);

it.each(drawn)("$name", { timeout: 10_000 }, async ({ formula, output }) => {
  for (const [width, height, maxIterations] of [
    [1999, 9, 200],
    [37, 80, 1000],
  ]) {
    const options = { ...formula, output, width, height, maxIterations } as FractalParameters;
    const { plan } = fractal.prepare(options);
    const { file = "fractal", name, n, args, scratch = 0 } = plan;
    const { length, type } = plan.output;
    const { all, kernels } = instantiated(file);
    kernels[name]?.(0, n, OUT, ...args, SCRATCH);
    expect(strays(all, [SCRATCH, scratch], [OUT, 4 * length])).toEqual([]);

    const expected = type === "int32" ? new Int32Array(length) : new Float32Array(length);
    const twin = (await import(new URL(`${file}.twin.js`, folder).href)) as Record<string, RangeKernel>;
    twin[name]?.(0, n, expected, ...args);
    expect(bytes(expected).equals(all.subarray(OUT, OUT + 4 * length))).toBe(true);
  }
});

it("pi", { timeout: 5000 }, () => {
  const { name, n, args, scratch = 0 } = pi.prepare({ samples: 4e6, seed: 1 }).plan;
  const { all, kernels } = instantiated("pi");
  expect(Number(kernels[name]?.(0, n, ...args, SCRATCH)) / 1e6).toBeCloseTo(Math.PI, 2);
  expect(strays(all, [SCRATCH, scratch])).toEqual([]);
});
