/** The examples: kernel against twin on odd sizes, and against answers that are known otherwise. */
import { heap, ThreadExecutor } from "allcores";
import { type CompareOptions, compare } from "allcores/bench";
import { compileKernels } from "allcores/compile";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ROOT } from "../support/system.js";

type Example = (size?: number) => Promise<CompareOptions>;
interface Cases {
  readonly blackScholes: Example;
  readonly nBody: Example;
  readonly convolution: Example;
  readonly matrix: Example;
  readonly all: ThreadExecutor;
}

let cases: Cases;
let pool: ThreadExecutor;
beforeAll(async () => {
  cases = (await import(`${ROOT}/examples/kernels/cases.js`)) as Cases;
  pool = new ThreadExecutor({ workers: 3 });
});
afterAll(async () => {
  await cases.all.shutdown();
  await pool.shutdown();
});

const kernel = async <M>(file: string) =>
  compileKernels<M>(new URL(`file://${ROOT}/examples/kernels/assembly/${file}.ts`), {
    onWarning: (warning) => {
      throw new Error(`an example is warned of: ${warning}`);
    },
  });

describe.each([
  ["blackScholes", [1, 1001]],
  ["nBody", [1, 2, 101, 128]],
  ["convolution", [1, 4, 37]],
  ["matrix", [1, 2, 7, 33]],
] as const)("%s", { timeout: 60_000 }, (name, sizes) => {
  it.each(sizes)("kernel and twin agree on size %i", async (size) => {
    const before = heap.stats().allocations;
    const report = await compare({ ...(await cases[name](size)), budget: 60 });
    expect(report).toMatchObject({ state: "done" });
    expect(heap.stats().allocations).toBeGreaterThan(before); // the cases' own, kept for as long as they may be called
  });
});

describe("known answers", { timeout: 60_000 }, () => {
  const array = (content: number | number[]) => {
    const made = heap.float64(content);
    onTestFinished(() => heap.free(made));
    return made;
  };

  it("Black-Scholes: a textbook price, and the parity of calls and puts", async () => {
    const { blackScholes } = await kernel<{
      blackScholes(begin: number, end: number, rate: number, volatility: number, ...arrays: Float64Array[]): void;
    }>("black-scholes");
    const [spot, strike, years] = [array([100, 42, 80]), array([100, 40, 120]), array([1, 0.5, 2])];
    const [call, put] = [array(3), array(3)];
    await pool.parallelFor(blackScholes, 3, [0.05, 0.2, spot, strike, years, call, put]);
    expect(call[0]).toBeCloseTo(10.450584, 4);
    expect(put[0]).toBeCloseTo(5.573526, 4);
    for (let i = 0; i < 3; i++) {
      const [s, k, t] = [spot[i] as number, strike[i] as number, years[i] as number];
      expect((call[i] as number) - (put[i] as number)).toBeCloseTo(s - k * Math.exp(-0.05 * t), 9);
    }
  });

  it("N-body: two bodies attract each other by the inverse square, and momentum is kept", async () => {
    const { accelerations } = await kernel<{
      accelerations(begin: number, end: number, count: number, ...arrays: Float64Array[]): void;
    }>("n-body");
    const run = async (x: number[], mass: number[]) => {
      const zero = array(x.length);
      const [ax, ay, az] = [array(x.length), array(x.length), array(x.length)];
      await pool.parallelFor(accelerations, x.length, [x.length, array(x), zero, zero, array(mass), ax, ay, az]);
      return ax;
    };
    const two = await run([0, 1000], [3, 5]);
    expect((two[0] as number) * 1e6).toBeCloseTo(5, 6);
    expect((two[1] as number) * 1e6).toBeCloseTo(-3, 6);
    const places = Array.from({ length: 101 }, (_, i) => Math.sin(i) * 10);
    const mass = places.map((_, i) => 1 + (i % 3));
    const force = (await run(places, mass)).reduce((sum, a, i) => sum + a * (mass[i] as number), 0);
    expect(Math.abs(force)).toBeLessThan(1e-6);
  });

  it("convolution: one weight moves the picture", async () => {
    const { convolve } = await kernel<{
      convolve(
        begin: number,
        end: number,
        width: number,
        image: Float32Array,
        weights: Float32Array,
        out: Float32Array,
      ): void;
    }>("convolution");
    const [width, height] = [11, 6];
    using scope = heap.scope();
    const image = scope.float32(Array.from({ length: (width + 4) * (height + 4) }, (_, i) => i));
    const weights = scope.float32(25);
    weights[5 * 3 + 1] = 2;
    const out = scope.float32(width * height);
    await pool.parallelFor(convolve, height, [width, image, weights, out]);
    const expected = Array.from({ length: width * height }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width];
      return 2 * ((row + 3) * (width + 4) + column + 1);
    });
    expect([...out]).toEqual(expected);
  });

  it("matrix: whole numbers, exactly, whatever the shape", async () => {
    const { multiply } = await kernel<{
      multiply(begin: number, end: number, inner: number, columns: number, ...arrays: Float64Array[]): void;
    }>("matrix");
    const [rows, inner, columns] = [5, 9, 7];
    const a = Array.from({ length: rows * inner }, (_, i) => (i % 10) - 4);
    const b = Array.from({ length: inner * columns }, (_, i) => (i % 7) - 3);
    const c = array(rows * columns);
    await pool.parallelFor(multiply, rows, [inner, columns, array(a), array(b), c], { grain: 2 });
    const expected = Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      return Array.from({ length: inner }, (_, k) => (a[row * inner + k] ?? 0) * (b[k * columns + column] ?? 0)).reduce(
        (x, y) => x + y,
      );
    });
    expect([...c].map((x) => x + 0)).toEqual(expected.map((x) => x + 0));
  });
});
