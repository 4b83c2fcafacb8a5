/** Every kind with every output against the oracle, bit by bit: Wasm with and without shortcuts, and the twin. */
import type { FractalOutput } from "allcores";
import { describe, it } from "vitest";
import type { Kind } from "./fractal-oracle.js";
import { expectExact, type Picture, RABBIT, type Side } from "./pictures.js";
import { random } from "./pools.js";

/** A kind, and a view of it with boundary, inside and outside. */
type Formula = Pick<Picture, "c" | "power" | "re" | "im"> & { readonly kind: Kind };

const multibrots = [3, 4, 5, 6, 7, 8].map(
  (power): Formula => ({ kind: "multibrot", power, re: [-1.3, 0.9], im: [-1.2, 0.2] }),
);
const formulas: readonly Formula[] = [
  { kind: "mandelbrot", re: [-0.85, -0.6], im: [-0.05, 0.2] },
  { kind: "julia", c: RABBIT, re: [-1.3, 1.2], im: [-1, 0.9] },
  { kind: "burning-ship", re: [-1.85, -1.65], im: [-0.12, 0.05] },
  { kind: "tricorn", re: [-1.6, 0.4], im: [-1.3, 0.3] },
  ...multibrots,
];
const OUTPUTS: readonly FractalOutput[] = ["counts", "smooth", "distance"];

const cases = formulas.flatMap((formula) =>
  OUTPUTS.filter((output) => output !== "distance" || !/ship|tricorn/.test(formula.kind)).map((output) => ({
    name: `${formula.kind}${formula.power ? ` ${formula.power}` : ""}, ${output}`,
    formula,
    output,
  })),
);

const regions: readonly [string, Side, Side][] = [
  ["reversed in both", [0.5, -2], [1.25, -1.25]],
  ["a line of equal columns", [-0.75, -0.75], [-0.3, 0.3]],
  ["a single point", [-0.1, -0.1], [0.8, 0.8]],
  ["on the real axis", [-2, 0.25], [0, 0]],
  ["on the imaginary axis", [0, 0], [-1.5, 1.5]],
  ["the edge of the circle of 2", [-2, 2], [-2, 2]],
  ["the edge of the circle of 256", [-257, 257], [-257, 257]],
  ["wholly inside", [-0.2, 0.1], [-0.1, 0.1]],
  ["wholly outside", [3, 5], [2, 4]],
  ["escaping between -0 and 0", [-0, 0], [0, -0]],
  ["huge: squares overflow to infinity", [-1e300, 1e300], [-1e300, 1e300]],
  ["huge: products become NaN", [1e154, 1e308], [1e154, 1e308]],
  ["where derivatives overflow", [1e60, 1e100], [-1e40, 1e80]],
  ["huge in one direction", [-1, 1e200], [0, 1e-3]],
  ["denormal", [-5e-324, 5e-322], [0, 1e-310]],
  ["narrower than doubles are", [-0.75, -0.75 + 2 ** -52], [0.1, 0.1 + 2 ** -54]],
];

describe.each(cases)("$name, is exact in every way", ({ formula, output }) => {
  // Deeper pictures have survivors of the first steps: listed, run in lanes, rolled back, and replaced by others.
  it("for every width from 1 to 40", { timeout: 20_000 }, async () => {
    for (const maxIterations of [20, 51, 81, 200, 1000])
      for (let width = 1; width <= 40; width++)
        for (const height of [1, 2]) await expectExact({ ...formula, width, height, maxIterations }, output);
  });

  it("for one row and one column", { timeout: 10_000 }, async () => {
    for (const [width, height] of [
      [501, 1],
      [1, 501],
    ] as const)
      for (const maxIterations of [1, 20, 300]) await expectExact({ ...formula, width, height, maxIterations }, output);
  });

  it("at 1, 2, 15, 16, 17, 50, 51 and 1000 iterations", { timeout: 10_000 }, async () => {
    for (const maxIterations of [1, 2, 15, 16, 17, 50, 51, 1000])
      await expectExact({ ...formula, width: 29, height: 11, maxIterations }, output);
  });

  it("in regions of all sorts", { timeout: 10_000 }, async () => {
    for (const [, re, im] of regions)
      for (const [width, height] of [
        [19, 7],
        [1, 5],
      ] as const)
        for (const maxIterations of [20, 120])
          await expectExact({ ...formula, re, im, width, height, maxIterations }, output);
  });

  it("for 60 random pictures", { timeout: 20_000 }, async () => {
    const draw = random(20_25);
    const between = (low: number, high: number) => low + (high - low) * draw();
    const whole = (low: number, high: number) => Math.floor(between(low, high + 1));
    for (let i = 0; i < 60; i++) {
      const scale = 10 ** between(-16, 1);
      const [re, im] = [between(-2, 1.5), between(-1.5, 1.5)];
      await expectExact(
        {
          ...formula,
          ...(formula.c && { c: [between(-1.5, 0.5), between(-1, 1)] as const }),
          width: whole(1, 50),
          height: whole(1, 6),
          re: [re, re + between(-1, 1) * scale],
          im: [im, im + between(-1, 1) * scale],
          maxIterations: Math.round(10 ** between(0, 2.7)),
        },
        output,
      );
    }
  });

  // Tiles hold 2e6 steps of z^2 + c: of 1 to 7 pixels here.
  it("with tiles of few pixels", { timeout: 10_000 }, async () => {
    // Far out but for its first pixel, so that it takes no time.
    const view = { ...formula, re: [0.1, 30], im: [0.1, 0.1] } as const;
    await expectExact({ ...view, width: 5, height: 1, maxIterations: 500_000 }, output);
    await expectExact({ ...view, width: 9, height: 1, maxIterations: 90_000 }, output);
  });
});
