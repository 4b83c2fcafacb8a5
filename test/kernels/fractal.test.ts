/** Fractals against the scalar oracle, pixel by pixel: Wasm kernels and JS twins, all shapes, regions and iterations. */
import { type FractalOptions, type FractalOutput, heap, renderFractal } from "allcores";
import { twins } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { fractalCounts } from "./fractal-oracle.js";
import { expectExact, type Picture, RABBIT, SEAHORSES, type Side, serial } from "./pictures.js";
import { random } from "./pools.js";

/** The picture as Mandelbrot and as Julia set. */
const bothKinds = (picture: Picture): Picture[] => [picture, { ...picture, c: RABBIT }];

describe("is exact, Wasm and twin", () => {
  // Deeper pictures have survivors of the first steps: listed, run in lanes, rolled back, and replaced by others.
  it.each([20, 51, 81, 200, 1000])("for every width from 1 to 40, %d iterations", { timeout: 20_000 }, async (most) => {
    for (let width = 1; width <= 40; width++)
      for (const height of [1, 2])
        for (const picture of bothKinds({ width, height, ...SEAHORSES, maxIterations: most }))
          await expectExact(picture);
  });

  it.each<[string, number, number]>([
    ["one pixel", 1, 1],
    ["one row", 1001, 1],
    ["one column", 1, 1001],
    ["two rows", 3, 2],
    ["a tall picture", 5, 400],
  ])("for %s", { timeout: 10_000 }, async (_, width, height) => {
    for (const maxIterations of [1, 20, 300])
      for (const picture of bothKinds({ width, height, ...SEAHORSES, maxIterations })) await expectExact(picture);
  });

  it.each([1, 2, 15, 16, 17, 50, 51, 1000])("at %d iterations", { timeout: 10_000 }, async (maxIterations) => {
    for (const [re, im] of [
      [SEAHORSES.re, SEAHORSES.im],
      [[-2, 0.5] as Side, [-1.25, 1.25] as Side],
    ] as const)
      for (const picture of bothKinds({ width: 61, height: 37, re, im, maxIterations })) await expectExact(picture);
  });

  it.each<[string, Side, Side]>([
    ["reversed in re", [0.5, -2], [-1.25, 1.25]],
    ["reversed in im", [-2, 0.5], [1.25, -1.25]],
    ["reversed in both", [0.5, -2], [1.25, -1.25]],
    ["a line of equal columns", [-0.75, -0.75], [-0.3, 0.3]],
    ["a line of equal rows", [-1.5, 0.3], [0.1, 0.1]],
    ["a single point", [-0.1, -0.1], [0.8, 0.8]],
    ["on the real axis, where orbits end on the edge at -2", [-2, 0.25], [0, 0]],
    ["the edge of the escape circle", [-2, 2], [-2, 2]],
    ["wholly inside", [-0.2, 0.1], [-0.1, 0.1]],
    ["wholly outside", [3, 5], [2, 4]],
    ["escaping between -0 and 0", [-0, 0], [0, -0]],
    ["huge: squares overflow to infinity", [-1e300, 1e300], [-1e300, 1e300]],
    ["huge: products become NaN", [1e154, 1e308], [1e154, 1e308]],
    ["huge in one direction", [-1, 1e200], [0, 1e-3]],
    ["denormal", [-5e-324, 5e-322], [0, 1e-310]],
    ["narrower than doubles are", [-0.75, -0.75 + 2 ** -52], [0.1, 0.1 + 2 ** -54]],
    ["deep in the boundary", [-0.743643887037151, -0.743643887036151], [0.13182590420533, 0.13182590420633]],
  ])("for a region %s", { timeout: 10_000 }, async (_, re, im) => {
    for (const [width, height] of [
      [33, 17],
      [1, 5],
      [6, 1],
    ] as const)
      for (const maxIterations of [20, 400])
        for (const picture of bothKinds({ width, height, re, im, maxIterations })) await expectExact(picture);
  });

  it("for 300 random pictures", { timeout: 20_000 }, async () => {
    const draw = random(20_24);
    const between = (low: number, high: number) => low + (high - low) * draw();
    const whole = (low: number, high: number) => Math.floor(between(low, high + 1));
    for (let i = 0; i < 300; i++) {
      const scale = 10 ** between(-16, 1);
      const [re, im] = [between(-2, 0.6), between(-1.2, 1.2)];
      await expectExact({
        width: whole(1, 70),
        height: whole(1, 12),
        re: [re, re + between(-1, 1) * scale],
        im: [im, im + between(-1, 1) * scale],
        maxIterations: Math.round(10 ** between(0, 3)),
        ...(i % 3 === 0 && { c: [between(-1.5, 0.5), between(-1, 1)] as const }),
      });
    }
  });

  it.each<[string, Picture["c"]]>([
    ["0, a disc", [0, 0]],
    ["-2, an interval", [-2, 0]],
    ["i, a dendrite", [0, 1]],
    ["1e300, where nothing survives", [1e300, -1e300]],
    ["-0.8 + 0.156i, spirals", [-0.8, 0.156]],
    ["-6, where orbits come back from beyond 2", [-6, 0]],
  ])("for the Julia set of %s", { timeout: 5000 }, async (_, c) => {
    await expectExact({ width: 51, height: 33, re: [-3, 3], im: [-1, 1], maxIterations: 200, ...(c && { c }) });
  });

  // A pixel alone is looked at for cycles: these come near to one, or to half of one, and then escape.
  it.each<[string, number, number, Picture["c"]]>([
    ["the same real part again", 0, 0, [0, 1.5]],
    ["the same imaginary part again", 0, 0, [1.5, 0]],
    ["a bit beside a fixed point", 1 + 2 ** -52, 0, [0, 0]],
    ["a bit beside another", 1, 2 ** -50, [0, 0]],
    ["a cycle of zeros of either sign", -0, 0, [-0, 0]],
  ])("for a pixel whose orbit has %s", { timeout: 5000 }, async (_, re, im, c) => {
    await expectExact({ width: 1, height: 1, re: [re, re], im: [im, im], maxIterations: 1000, ...(c && { c }) });
  });

  // Tiles hold 2e6 pixel iterations: of 1, 2, 3, 5 and 7 pixels here.
  it.each([2_000_000, 1_000_000, 650_000, 400_000, 280_000])(
    "at %d iterations, with tiles of few pixels",
    { timeout: 20_000 },
    async (maxIterations) => {
      for (const [width, height] of [
        [1, 1],
        [5, 1],
        [4, 2],
        [11, 2],
      ] as const) {
        // Pixels inside stand beside pixels that escape after a few steps.
        await expectExact({ width, height, re: [-0.8, 0.9], im: [0.35, 0.3], maxIterations });
      }
      // Chaos on the real axis: neither escapes nor returns to where it was.
      await expectExact({ width: 2, height: 1, re: [-1.9, -1.88], im: [0, 0], maxIterations });
      await expectExact({ width: 3, height: 1, re: [-0.1, 1.4], im: [0.2, 0.2], maxIterations, c: RABBIT });
    },
  );

  // Four seconds a pixel by counting: a pixel alone stops where its orbit repeats itself.
  it("at the greatest iterations, inside", { timeout: 5000 }, async () => {
    const maxIterations = 2 ** 31 - 1;
    const region = { re: [-1, 0.2], im: [0.05, -0.05] } as const;
    const { data } = await renderFractal({ width: 4, height: 2, region, maxIterations, executor: serial });
    expect([...data]).toEqual(Array(8).fill(maxIterations));
  });

  // Orbits that come to a fixed point exactly, by no shortcut but that of cycles: counting takes four seconds.
  it.each<[string, FractalOutput, object, number]>([
    ["mandelbrot", "counts", {}, -2],
    ["mandelbrot", "smooth", {}, -2],
    ["mandelbrot", "distance", {}, -2],
    ["julia", "counts", { c: { re: -2, im: 0 } }, -1],
    ["julia", "smooth", { c: { re: -2, im: 0 } }, -1],
    ["julia", "distance", { c: { re: -2, im: 0 } }, -1],
    ["tricorn", "counts", {}, -2],
    ["tricorn", "smooth", {}, -2],
  ])("at the greatest iterations, on a fixed point: %s, %s", { timeout: 5000 }, async (kind, output, more, re) => {
    const maxIterations = 2 ** 31 - 1;
    const pixel = { width: 1, height: 1, region: { re: [re, re], im: [0, 0] }, maxIterations };
    const options = { ...pixel, ...more, kind, output, executor: serial } as unknown as FractalOptions<FractalOutput>;
    const start = performance.now();
    const { data } = await renderFractal(options);
    expect(performance.now() - start).toBeLessThan(1000);
    const inside = { counts: maxIterations, smooth: Math.fround(maxIterations), distance: 0 };
    expect([...data]).toEqual([inside[output]]);
  });

  it("at the greatest iterations, where everything escapes", { timeout: 5000 }, async () => {
    await expectExact({ width: 9, height: 5, re: [0.5, 2], im: [0.6, 2], maxIterations: 2 ** 31 - 1 });
  });
});

describe("defaults", () => {
  const whole = { re: [-2, 0.5], im: [-1.25, 1.25] };
  const size = { width: 50, height: 40 };
  const julia = { kind: "julia", c: { re: RABBIT[0], im: RABBIT[1] } } as const;

  it.each([renderFractal, twins.renderFractal])("are the whole set and 1000 iterations", async (compute) => {
    const { data, ...rest } = await compute({ ...size, executor: serial });
    expect(rest).toEqual({ ...size, region: whole, maxIterations: 1000, resolved: true });
    expect(data).toEqual(fractalCounts({ ...size, re: [-2, 0.5], im: [-1.25, 1.25], maxIterations: 1000 }));
    expect(await compute({ ...size, kind: "mandelbrot", executor: serial })).toEqual({ data, ...rest });
  });

  it.each([renderFractal, twins.renderFractal])("are -1.5..1.5, -1..1 for Julia sets", async (compute) => {
    const { data, ...rest } = await compute({ ...size, ...julia, executor: serial });
    expect(rest).toEqual({ ...size, region: { re: [-1.5, 1.5], im: [-1, 1] }, maxIterations: 1000, resolved: true });
    expect(data).toEqual(fractalCounts({ ...size, re: [-1.5, 1.5], im: [-1, 1], maxIterations: 1000, c: RABBIT }));
  });

  it("make data an ordinary array, and leave nothing on the heap", async () => {
    const before = heap.stats();
    const { data } = await renderFractal({ ...size, executor: serial });
    expect(data).toBeInstanceOf(Int32Array);
    expect(data.buffer).toBeInstanceOf(ArrayBuffer);
    expect(data).toHaveLength(50 * 40);
    expect(heap.stats()).toEqual(before);
  });
});
