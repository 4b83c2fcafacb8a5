/** `resolved`: whether doubles tell neighbouring pixels apart. */
import { type FractalOptions, type FractalOutput, type FractalResult, renderFractal } from "allcores";
import { scalar, twins } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { type Side, serial } from "./pictures.js";
import { random } from "./pools.js";

const GAP = 2 ** -53; // of doubles between 0.5 and 1
const still: Side = [0, 0];

async function resolved(re: Side, im: Side, width: number, height: number): Promise<boolean> {
  const options = { width, height, region: { re, im }, maxIterations: 1, executor: serial };
  return (await renderFractal(options)).resolved;
}

const sides: [name: string, side: Side, pixels: number, isResolved: boolean][] = [
  ["the whole set", [-2, 0.5], 1000, true],
  ["a gap a pixel", [1 - 99 * GAP, 1], 100, true],
  ["less than a gap a pixel", [1 - 99 * GAP, 1], 101, false],
  ["two gaps a pixel above 1", [1, 1 + 99 * 2 * GAP], 100, true],
  ["less than that", [1, 1 + 99 * 2 * GAP], 101, false],
  ["a gap a pixel, below 0 and reversed", [-1 + 99 * GAP, -1], 100, true],
  ["less, below 0 and reversed", [-1 + 99 * GAP, -1], 101, false],
  ["a small part near 0", [1e-300, 2e-300], 1000, true],
  ["around 0, where the ends are coarse", [-3 * GAP, 1], 2 ** 14, true],
  ["the least doubles", [0, 4 * Number.MIN_VALUE], 5, true],
  ["steps that are 0", [0, Number.MIN_VALUE], 5, false],
  ["a point", [0.3, 0.3], 100, true],
  ["one pixel of two ends", [0.3, 0.4], 1, true],
  ["great coordinates", [1e300, 1.0001e300], 100, true],
  ["great coordinates too near", [1e300, 1e300 * (1 + 10 * GAP)], 100, false],
];

describe("resolved", () => {
  it.each(sides)("by columns and by rows: %s", async (_name, side, pixels, isResolved) => {
    expect(await resolved(side, still, pixels, 1)).toBe(isResolved);
    expect(await resolved(still, side, 1, pixels)).toBe(isResolved);
    expect(await resolved(side, side, pixels, pixels <= 101 ? pixels : 1)).toBe(isResolved);
  });

  it("is true only where all columns are different doubles, and false where half of them are not", async () => {
    const draw = random(23);
    let falses = 0;
    for (let round = 0; round < 400; round++) {
      const start = (draw() - 0.5) * 4;
      const pixels = 2 + Math.floor(draw() * 200);
      const end = start + (draw() - 0.5) * pixels * 2 ** (-54 + 4 * draw());
      const step = (end - start) / (pixels - 1);
      const columns = new Set(Array.from({ length: pixels }, (_, x) => x * step + start));
      const isResolved = await resolved([start, end], still, pixels, 1);
      if (end === start) expect(isResolved).toBe(true);
      else if (isResolved) expect(columns.size, `${start} ${end} ${pixels}`).toBe(pixels);
      else falses++;
      if (end !== start && columns.size <= pixels / 2) expect(isResolved, `${start} ${end} ${pixels}`).toBe(false);
    }
    expect(falses).toBeGreaterThan(40);
    expect(falses).toBeLessThan(360);
  });

  const formulas = [
    {},
    { kind: "julia", c: { re: -0.8, im: 0.156 } },
    { kind: "burning-ship" },
    { kind: "tricorn" },
    { kind: "multibrot", power: 5 },
  ] as const;
  it.each(formulas)("is of every output of every flavour, %o", async (formula) => {
    const outputs: FractalOutput[] = ["counts", "smooth", "distance"];
    const flavours = { wasm: renderFractal, twin: twins.renderFractal, scalar: scalar.renderFractal };
    const size = { width: 32, height: 4, maxIterations: 3, executor: serial };
    let drawn = 0;
    for (const draw of Object.values(flavours))
      for (const output of outputs)
        for (const isResolved of [true, false]) {
          const region = { re: [-0.75, -0.75 + (isResolved ? 32 : 8) * GAP], im: [0.1, 0.2] } as const;
          const options = { ...size, ...formula, output, region } as FractalOptions<FractalOutput>;
          const result: FractalResult<unknown> | undefined = await draw(options).catch((error: { code?: string }) => {
            expect(error.code).toBe("ERR_UNSUPPORTED");
            return undefined;
          });
          if (!result) continue;
          drawn++;
          expect(result.resolved, output).toBe(isResolved);
        }
    expect(drawn).toBeGreaterThanOrEqual(8);
  });
});
