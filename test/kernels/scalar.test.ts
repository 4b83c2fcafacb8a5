/**
 * The plain ports of the twins: equal to them to the last bit, on every executor, and nothing else than these. Counts are
 * compared with the oracle too, in fractal.test.ts, sums in sum.test.ts.
 */
import { readFileSync } from "node:fs";
import { type FractalOptions, type FractalOutput, heap, UnsupportedError } from "allcores";
import { scalar, twins } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { executors, shared } from "../executors/all.js";
import { bytes, optionsOf, type Picture, RABBIT, SEAHORSES, serial } from "./pictures.js";

const BLOCK = 2 ** 20;
/** Less than one stretch of the twin, its edges, those of a block, three blocks and a piece. */
const SAMPLES = [1, 2, 7, 2 ** 13 - 1, 2 ** 13, 2 ** 13 + 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7];
/** Of one word and of two, with and without the highest bits. */
const SEEDS = [0, 1, 42, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2n ** 63n, 2n ** 64n - 1n];
const SUMS = [0, 1, 2, 1001, BLOCK - 1, BLOCK, BLOCK + 1, 2 ** 22 + 3, 2 ** 27 - 1];

/** Some whole tiles and some cut ones, in all directions. */
const pictures: readonly (Picture & { readonly shortcuts?: boolean })[] = [
  { width: 1, height: 1, maxIterations: 1, ...SEAHORSES },
  { width: 301, height: 99, maxIterations: 1000, ...SEAHORSES },
  { width: 64, height: 48, maxIterations: 300, re: [0.5, -2], im: [1.25, -1.25] },
  { width: 61, height: 47, maxIterations: 300, ...SEAHORSES, shortcuts: false },
  { width: 11, height: 3, maxIterations: 500_000, re: [-0.8, 0.9], im: [0.35, 0.3] }, // tiles of 4 pixels
  { width: 203, height: 101, maxIterations: 300, c: [-0.8, 0.156], re: [-1.5, 1.5], im: [1, -1] },
  { width: 57, height: 31, maxIterations: 1000, c: RABBIT, re: [1.3, -1.2], im: [-1, 0.9], shortcuts: false },
  { width: 33, height: 17, maxIterations: 20, re: [-1e300, 1e300], im: [-1e300, 1e300] }, // infinity and NaN
];

it.each(SEEDS)("pi has the twin's hits, seed %s", { timeout: 20_000 }, async (seed) => {
  for (const samples of SAMPLES) {
    const options = { samples, seed, executor: serial };
    expect(await scalar.estimatePi(options), `${samples} samples`).toEqual(await twins.estimatePi(options));
  }
});

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row);

  it("are the twins, to the last bit", { timeout: 20_000 }, async () => {
    for (const samples of SAMPLES) {
      const options = { samples, seed: 42, executor: executor.it };
      expect(await scalar.estimatePi(options)).toEqual(await twins.estimatePi({ ...options, executor: serial }));
    }
    for (const n of SUMS)
      expect(await scalar.sumUpTo(n, { executor: executor.it })).toBe(await twins.sumUpTo(n, { executor: serial }));
    for (const picture of pictures) {
      const options = optionsOf(picture);
      const { data, ...rest } = await scalar.renderFractal({ ...options, executor: executor.it });
      const { data: expected, ...others } = await twins.renderFractal(options);
      expect(bytes(data).equals(bytes(expected)), JSON.stringify(picture)).toBe(true);
      expect(rest).toEqual(others);
    }
  });

  it("fill out in place, and not a pixel beyond it", { timeout: 10_000 }, async () => {
    using scope = heap.scope();
    const picture = { width: 97, height: 43, maxIterations: 400 } as const;
    const around = scope.int32(97 * 43 + 2).fill(-7);
    const out = around.subarray(1, -1);
    const { data } = await scalar.renderFractal({ ...picture, out, executor: executor.it });
    expect(data).toBe(out);
    expect(bytes(out).equals(bytes((await twins.renderFractal({ ...picture, executor: serial })).data))).toBe(true);
    expect([around[0], around.at(-1)]).toEqual([-7, -7]);
  });
});

// Numbers of 2^32 and more fill two words of the state; a whole stream up to there would take hours.
it.each([0, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33 - 1])(
  "pi's block %d is the twin's",
  { timeout: 5000 },
  async (block) => {
    const folder = new URL("../../dist/kernels/", import.meta.url);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65535, shared: true });
    const module = new WebAssembly.Module(readFileSync(new URL("pi.scalar.wasm", folder)));
    type Pi = (begin: number, end: number, samples: number, seed: bigint) => number;
    const port = new WebAssembly.Instance(module, { env: { memory } }).exports as { pi: Pi };
    const twin = (await import(new URL("pi.twin.js", folder).href)) as { pi: Pi };
    for (const seed of SEEDS) {
      const args = [block, block + 1, Number.MAX_SAFE_INTEGER, BigInt(seed)] as const;
      expect(port.pi(...args), `seed ${seed}`).toBe(twin.pi(...args));
    }
  },
);

describe("what has no plain port", () => {
  const size = { width: 8, height: 4, executor: serial } as const;

  it.each<[string, object, RegExp]>([
    ["the burning ship", { kind: "burning-ship" }, /^scalar kernels draw .* only, got kind "burning-ship"$/],
    ["the tricorn", { kind: "tricorn" }, /got kind "tricorn"$/],
    ["a multibrot", { kind: "multibrot", power: 3 }, /got kind "multibrot"$/],
    ["smooth counts", { output: "smooth" }, /^scalar kernels draw .* only, got output "smooth"$/],
    ["distances", { output: "distance" }, /got output "distance"$/],
    ["a Julia set's", { kind: "julia", c: { re: 0, im: 0 }, output: "smooth" }, /got output "smooth"$/],
  ])("is refused, and nothing runs: %s", async (_, more, message) => {
    const before = heap.stats();
    const options = { ...size, ...more } as unknown as FractalOptions<FractalOutput>;
    const error = await scalar.renderFractal(options).then(
      () => expect.unreachable("it has no kernel"),
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(UnsupportedError);
    expect((error as Error).message).toMatch(message);
    expect(heap.stats()).toEqual(before);
  });

  it("leaves wrong options to the errors that they have elsewhere", async () => {
    const wrong = (more: object) => scalar.renderFractal({ ...size, ...more } as unknown as FractalOptions);
    await expect(wrong({ kind: "mandelbar" })).rejects.toThrow(RangeError);
    await expect(wrong({ kind: "multibrot" })).rejects.toThrow(TypeError);
    await expect(wrong({ output: 1 })).rejects.toThrow(/^output must be one of/);
  });
});
