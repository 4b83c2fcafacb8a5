/** What the real outputs mean: smooth counts by the formula, distances by geometry, and the logarithm under them. */
import { type FractalOptions, type FractalOutput, renderFractal } from "allcores";
import { twins } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { ln as kernelLn } from "../../dist/kernels/log.js";
import { fractalSmooth, ln, type Picture } from "./fractal-oracle.js";
import { optionsOf, serial } from "./pictures.js";
import { random } from "./pools.js";

const computations = { Wasm: renderFractal, twin: twins.renderFractal } as const;
const size = { width: 90, height: 70 } as const;
const full = { re: [-2, 0.5], im: [-1.25, 1.25] } as const;

describe("the logarithm", () => {
  const draw = random(7);
  const numbers = [
    ...[1, 2, Math.E, 10, 65536, Math.SQRT2, Math.SQRT1_2, 1 + 2 ** -52, 1 - 2 ** -53, 2 ** -1022, Number.MAX_VALUE],
    ...Array.from({ length: 20_000 }, () => 2 ** (2040 * draw() - 1020)),
    ...Array.from({ length: 20_000 }, () => 0.5 + 1.5 * draw()),
  ];

  it("is the oracle's, bit for bit", () => {
    for (const x of numbers) if (kernelLn(x) !== ln(x)) expect(kernelLn(x), `of ${x}`).toBe(ln(x));
  });

  it("is Math.log's to 1e-13", () => {
    for (const x of numbers) {
      const expected = Math.log(x);
      const error = Math.abs(kernelLn(x) - expected);
      if (error > 1e-13 * Math.max(1, Math.abs(expected))) expect(kernelLn(x), `of ${x}`).toBe(expected);
    }
  });

  it("is exactly 0 for 1", () => {
    expect(kernelLn(1)).toBe(0);
  });
});

describe.each(Object.entries(computations))("smooth counts, %s", (_, compute) => {
  const draw = async (picture: Picture) => (await compute(optionsOf(picture, "smooth"))).data;

  it.each<[string, Pick<Picture, "kind" | "c" | "power">]>([
    ["mandelbrot", {}],
    ["julia", { c: [-0.8, 0.156] }],
    ["burning-ship", { kind: "burning-ship" }],
    ["tricorn", { kind: "tricorn" }],
    ["multibrot 3", { kind: "multibrot", power: 3 }],
    ["multibrot 8", { kind: "multibrot", power: 8 }],
  ])("are k + 1 - log(ln|z| / ln 256) / log(degree): %s", async (_name, formula) => {
    const picture = { ...size, re: [-1.9, 1.5], im: [-1.5, 1.5], maxIterations: 200, ...formula } as const;
    const found = await draw(picture);
    const expected = fractalSmooth(picture, Math.log);
    for (const [i, value] of found.entries()) expect(Math.abs(value / (expected[i] as number) - 1)).toBeLessThan(1e-5);
  });

  it("grow from pixel to pixel without a step, and are maxIterations in the set", async () => {
    const [outside, inside] = [await draw(onAxis([2, 0.3])), await draw(onAxis([0.2, -1]))];
    const steps = [...outside].slice(1).map((value, i) => value - (outside[i] as number));
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(Math.max(...steps)).toBeLessThan(0.5); // whole counts jump by 1
    expect(new Set(inside)).toEqual(new Set([1000]));
  });

  it("may be below 0, where z starts far out", async () => {
    const [value] = await draw({ width: 1, height: 1, re: [1e9, 1e9], im: [0, 0], maxIterations: 10 });
    // After one step ln|z| is 2 ln(1e9), of the formula's ln 256.
    expect(value).toBeCloseTo(1 - Math.log2((2 * Math.log(1e9)) / Math.log(256)), 4);
  });
});

/** 1000 pixels of the real axis. */
const onAxis = (re: readonly [number, number]) =>
  ({ width: 1000, height: 1, re, im: [0, 0], maxIterations: 1000 }) as const;

describe.each(Object.entries(computations))("distances, %s", (_, compute) => {
  const draw = async (picture: Picture) => (await compute(optionsOf(picture, "distance"))).data;

  it("right of the cusp at 1/4 hold the true one, to within Koebe's factor of 4", async () => {
    // The nearest point of the set to a real c > 1/4 is no further than the cusp; by brute force, on a fine grid, it is
    // the set's boundary above and below the axis.
    const points = { width: 40, height: 1, re: [0.3, 1.5], im: [0, 0], maxIterations: 10_000 } as const;
    const found = await draw(points);
    const set = await setPoints();
    for (const [i, estimate] of found.entries()) {
      const c = 0.3 + (1.2 / 39) * i;
      const distance = Math.min(...set.map(([re, im]) => Math.hypot(re - c, im)));
      expect(distance, `of ${c}`).toBeGreaterThan(0.95 * (estimate / 4)); // the grid's points may lie a bit further in
      expect(distance, `of ${c}`).toBeLessThan(1.05 * estimate);
    }
  });

  it("around a disc, the Julia set of 0, are 2 |z| ln|z|", async () => {
    const found = await draw({ width: 50, height: 1, re: [1.01, 2.5], im: [0, 0], maxIterations: 100, c: [0, 0] });
    for (const [i, estimate] of found.entries()) {
      const r = 1.01 + (1.49 / 49) * i;
      expect(estimate / (2 * r * Math.log(r))).toBeCloseTo(1, 5);
    }
  });

  it("are 0 in the set, and positive and finite outside", async () => {
    const [{ data: counts }, data] = await Promise.all([
      compute(optionsOf({ ...size, ...full, maxIterations: 300 }, "smooth")),
      draw({ ...size, ...full, maxIterations: 300 }),
    ]);
    for (const [i, value] of data.entries())
      if (counts[i] === 300) expect(value).toBe(0);
      else expect(value > 0 && value < 10).toBe(true);
  });

  it("scale with the plane: a zoom keeps the distances of its points", async () => {
    const wide = await draw({ width: 3, height: 1, re: [-0.8, -0.7], im: [0.3, 0.3], maxIterations: 1000 });
    const close = await draw({ width: 3, height: 1, re: [-0.75, -0.7499], im: [0.3, 0.3], maxIterations: 1000 });
    expect(close[0]).toBe(wide[1]);
  });
});

/** Points of the Mandelbrot set's right half, on a grid of 1/200. */
let found: Promise<[number, number][]> | undefined;
async function setPoints(): Promise<[number, number][]> {
  found ??= (async () => {
    const [width, height] = [201, 261];
    const region = { re: [-0.5, 0.5], im: [-0.65, 0.65] } as const;
    const { data } = await renderFractal({ width, height, region, maxIterations: 5000, executor: serial });
    return [...data.keys()]
      .filter((i) => data[i] === 5000)
      .map((i) => [-0.5 + (i % width) / 200, -0.65 + Math.floor(i / width) / 200]);
  })();
  return found;
}

describe("each output", () => {
  it.each<[FractalOutput, typeof Int32Array | typeof Float32Array]>([
    ["counts", Int32Array],
    ["smooth", Float32Array],
    ["distance", Float32Array],
  ])("%s is an ordinary array of its own", async (output, Type) => {
    const options: FractalOptions<FractalOutput> = { ...size, maxIterations: 50, output, executor: serial };
    for (const compute of Object.values(computations)) {
      const { data, ...rest } = await compute(options);
      expect(data).toBeInstanceOf(Type);
      expect(data.buffer).toBeInstanceOf(ArrayBuffer);
      expect(data).toHaveLength(size.width * size.height);
      expect(rest).toEqual({ ...size, region: full, maxIterations: 50, resolved: true });
    }
  });

  it.each([
    [{ kind: "burning-ship" }, [-2.25, 1.25], [-2, 1]],
    [{ kind: "tricorn" }, [-2.25, 1.75], [-2, 2]],
    [{ kind: "multibrot", power: 3 }, [-1.5, 1.5], [-1.5, 1.5]],
    [{ kind: "multibrot", power: 8 }, [-1.5, 1.5], [-1.5, 1.5]],
  ] as const)("of %o is of its own default region", async (formula, re, im) => {
    for (const compute of Object.values(computations)) {
      const common = { ...size, ...formula, maxIterations: 50, executor: serial } as FractalOptions;
      const { data, region } = await compute(common);
      expect(region).toEqual({ re, im });
      expect(data).toEqual((await compute({ ...common, region: { re, im } })).data);
    }
  });
});
