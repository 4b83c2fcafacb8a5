/** What numbers are like. */
import { heap, SerialExecutor } from "allcores";
import { describe as describeNumbers } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, doubles, generator, usual, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();

/** Of infinities and of the greatest doubles sums overflow, the one way or the other. */
const { special: _special, "NaN and special": _both, ...finite } = usual((values) => values);
const counts = usual((values) => Int32Array.from(values));

contract([
  verb({
    name: "describe doubles",
    cases: finite,
    run: ({ x }, options) => describeNumbers(x, options),
    expected: ({ x }) => loops.describe(x),
    tolerance: 1e-9,
  }),
  verb({
    name: "describe whole numbers",
    cases: counts,
    run: ({ x }, options) => describeNumbers(x, { ...options, ddof: 0 }),
    expected: ({ x }) => loops.describe(x, { ddof: 0 }),
    tolerance: 1e-12,
  }),
]);

describe("describe", () => {
  test("every type as the loop does", { timeout: LIMIT }, async () => {
    const values = doubles(9001).map((value) => Math.abs(value) % 100);
    for (const Type of [Float32Array, Uint32Array, Int16Array, Uint16Array, Int8Array, Uint8Array]) {
      const x = Type.from(values);
      const [found, wanted] = [await describeNumbers(x, { executor }), loops.describe(x)];
      for (const key of Object.keys(wanted) as (keyof typeof wanted)[])
        expect(found[key], `${Type.name} ${key}`).toBeCloseTo(wanted[key], 8);
    }
  });

  test("keeps what sums and variances lose by rounding", { timeout: LIMIT }, async () => {
    expect((await describeNumbers(Float64Array.of(1e16, 1, -1e16), { executor })).sum).toBe(1);
    const far = Float64Array.from({ length: 10_000 }, (_, i) => 1e9 + (i % 2));
    expect(await describeNumbers(far, { executor, ddof: 0 })).toMatchObject({ mean: 1e9 + 0.5, variance: 0.25 });
    // 0.1 is a little more than a tenth: of a million the exact sum is 100,000.00000000000555.
    expect((await describeNumbers(new Float64Array(1e6).fill(0.1), { executor })).sum).toBe(100_000);
  });

  test("tells extremes to the bit, and infinities", { timeout: LIMIT }, async () => {
    const zeros = await describeNumbers(Float64Array.of(0, -0, 0), { executor });
    expect([zeros.min, zeros.max]).toEqual([-0, 0]);
    const infinite = await describeNumbers(Float64Array.of(1, Infinity, Number.NaN), { executor });
    expect(infinite).toMatchObject({ count: 2, nans: 1, sum: Infinity, mean: Infinity, min: 1, max: Infinity });
    expect(infinite.variance).toBe(Number.NaN);
    const both = await describeNumbers(Float64Array.of(-Infinity, 3, Infinity), { executor });
    expect([both.sum, both.min, both.max]).toEqual([Number.NaN, -Infinity, Infinity]);
  });

  test("gives the variance of one only with ddof 0", { timeout: LIMIT }, async () => {
    const x = Float64Array.of(5);
    expect((await describeNumbers(x, { executor })).variance).toBe(Number.NaN);
    expect((await describeNumbers(x, { executor, ddof: 0 })).variance).toBe(0);
    await expect(describeNumbers(x, { ddof: 2 as never })).rejects.toThrow("ddof must be 0 or 1, got 2");
    await expect(describeNumbers(new BigInt64Array(1) as never)).rejects.toThrow(/^x must be a Float64Array/);
  });

  test("is near the exact variance for random inputs", { timeout: LIMIT }, async () => {
    const next = generator(7);
    for (let round = 0; round < 20; round++) {
      const centre = 10 ** (12 * next() - 6);
      const x = heap.float64(Float64Array.from({ length: Math.floor(9000 * next()) + 2 }, () => centre + next()));
      const { variance } = await describeNumbers(x, { executor });
      const mean = x.reduce((sum, value) => sum + (value - centre), 0) / x.length;
      const exact = x.reduce((sum, value) => sum + (value - centre - mean) ** 2, 0) / (x.length - 1);
      expect(Math.abs(variance / exact - 1)).toBeLessThan(1e-12);
      heap.free(x);
    }
  });
});
