/** Exact quantiles, against a sort. */
import { SerialExecutor } from "allcores";
import { median, type Numbers, quantile } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, doubles, usual, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();
const SHARES = [0, 0.1, 0.5, 0.75, 0.987, 1];

contract([
  verb({
    name: "quantile",
    cases: usual((values) => values, 80_011),
    run: ({ x }, options) => quantile(x, SHARES, options),
    expected: ({ x }) => Float64Array.from(SHARES, (q) => loops.quantile(x, q)),
  }),
  verb({
    name: "median of bytes",
    cases: usual((values) => Int8Array.from(values), 9001),
    run: ({ x }, options) => median(x, options),
    expected: ({ x }) => loops.median(x),
  }),
]);

describe("quantile", () => {
  test.each([Float64Array, Float32Array, Int32Array, Uint32Array, Int16Array, Uint16Array, Int8Array, Uint8Array])(
    "of a %o, however the numbers lie",
    { timeout: LIMIT },
    async (Type) => {
      const n = 70_001;
      const shapes: Record<string, Float64Array> = {
        random: doubles(n),
        sorted: Float64Array.from({ length: n }, (_, i) => i - n / 2),
        equal: new Float64Array(n).fill(7),
        "two values": Float64Array.from({ length: n }, (_, i) => (i % 2 ? 100 : 5)),
        // What the sample shows is not what there is: the numbers are counted digit by digit.
        "one value, mostly": Float64Array.from({ length: n }, (_, i) => (i % 50 === 0 ? i % 97 : 3)),
      };
      for (const [shape, values] of Object.entries(shapes)) {
        const x: Numbers = Type.from(values);
        const found = await quantile(x, SHARES, { executor });
        for (const [i, q] of SHARES.entries()) expect(found[i], `${shape} ${q}`).toBe(loops.quantile(x, q));
      }
    },
  );

  test("is the least, the greatest and the middle", { timeout: LIMIT }, async () => {
    expect(await quantile(Float64Array.of(3, 1, 2), 0, { executor })).toBe(1);
    expect(await quantile(Float64Array.of(3, 1, 2), 1, { executor })).toBe(3);
    expect(await median(Float64Array.of(3, 1, 2, Number.NaN), { executor })).toBe(2);
    expect(await median(Float64Array.of(4, 1), { executor })).toBe(2.5);
    expect(await median(new Float32Array(), { executor })).toBe(Number.NaN);
    expect(await median(Float64Array.of(Number.NaN), { executor })).toBe(Number.NaN);
    expect(await median(Float64Array.of(Infinity, Infinity, 1), { executor })).toBe(Infinity);
    expect(await quantile(Float64Array.of(1), [], { executor })).toEqual(new Float64Array());
  });

  test("is found where the sample missed it", { timeout: LIMIT }, async () => {
    // The sample takes one number of each stretch, at places that never change: here these alone are large.
    const n = 200_000;
    const sampled = Math.ceil(n / 64);
    const x = doubles(n).map(Math.abs);
    let state = 1;
    for (let k = 0; k < sampled; k++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      x[Math.floor((k + (state >>> 8) / 2 ** 24) * (n / sampled))] = 1e6 + k;
    }
    for (const values of [x, Float32Array.from(x), Int32Array.from(x)])
      for (const q of [0.3, 0.5, 0.97]) expect(await quantile(values, q, { executor })).toBe(loops.quantile(values, q));
  });

  const x = new Float64Array(3);
  test.each([
    ["a share below 0", () => quantile(x, -0.1), "q must be from 0 to 1, got -0.1"],
    ["a share above 1", () => quantile(x, [0.5, 1.5]), "q[1] must be from 0 to 1, got 1.5"],
    ["a share that is no number", () => quantile(x, "0.5" as never), 'q must be a finite number, got "0.5"'],
    ["NaN", () => quantile(x, Number.NaN), "q must be a finite number, got NaN"],
    ["no share", () => quantile(x, undefined as never), "q must be a finite number, got undefined"],
    ["bigints", () => median(new BigInt64Array(1) as never), "x must be a Float64Array, Float32Array"],
  ])("refuses %s", { timeout: LIMIT }, async (_name, call, message) => {
    await expect((call as () => Promise<unknown>)()).rejects.toThrow(message);
  });
});
