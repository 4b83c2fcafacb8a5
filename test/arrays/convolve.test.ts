/** Convolutions. */
import { SerialExecutor } from "allcores";
import { convolve } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, doubles, generator, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();

/** Numbers in [-1, 1). */
function waves(length: number, seed: number): Float64Array {
  const next = generator(seed);
  return Float64Array.from({ length }, () => 2 * next() - 1);
}

const given = (m: number, n: number) => ({ a: doubles(m, 5), b: doubles(n, 6) });

contract([
  verb({
    name: "convolve with a few",
    cases: {
      one: given(1, 1),
      special: { a: Float64Array.of(0, -0, Infinity, Number.NaN, 5e-324, 1e308), b: Float64Array.of(1, -1) },
      "the shorter first": given(3, 100),
      "as long": given(37, 37),
      many: given(10_007, 31),
    },
    run: ({ a, b }, options) => convolve(a, b, options),
    expected: ({ a, b }) => loops.convolve(a, b),
    out: ({ a, b }) => new Float64Array(a.length + b.length - 1),
  }),
  verb({
    name: "convolve with many, same",
    cases: { "as long": { a: waves(300, 1), b: waves(300, 2) }, many: { a: waves(5000, 3), b: waves(701, 4) } },
    run: ({ a, b }, options) => convolve(a, b, { ...options, mode: "same" }),
    expected: ({ a, b }) => loops.convolve(a, b, { mode: "same" }),
    out: ({ a }) => new Float64Array(a.length),
    tolerance: 1e-12,
  }),
]);

describe("convolve", () => {
  test("has the loop's elements in every mode, and its bits where one is short", { timeout: LIMIT }, async () => {
    const next = generator(31);
    for (let round = 0; round < 20; round++) {
      const [m, n] = [Math.ceil(next() * 400), Math.ceil(next() * 60)];
      const [a, b] = [waves(m, round), waves(n, round + 50)];
      for (const mode of ["full", "same", "valid"] as const) {
        expect(await convolve(a, b, { mode, executor })).toEqual(loops.convolve(a, b, { mode }));
        const [c, d] = [Float32Array.from(a), Float32Array.from(b)];
        expect(await convolve(d, c, { mode, executor })).toEqual(loops.convolve(d, c, { mode }));
      }
    }
    for (const [m, n] of [
      [1000, 513],
      [4097, 1025],
    ] as const) {
      const [a, b] = [Float32Array.from(waves(m, 1)), Float32Array.from(waves(n, 2))];
      const [found, wanted] = [
        await convolve(a, b, { mode: "valid", executor }),
        loops.convolve(a, b, { mode: "valid" }),
      ];
      expect(found.length).toBe(wanted.length);
      for (const [i, value] of found.entries()) expect(Math.abs(value - (wanted[i] as number))).toBeLessThan(1e-4);
    }
  });

  test("takes the middle as NumPy does", { timeout: LIMIT }, async () => {
    const [a, b] = [Float64Array.of(1, 2, 3), Float64Array.of(0, 1, 0.5)];
    expect([...(await convolve(a, b, { executor }))]).toEqual([0, 1, 2.5, 4, 1.5]);
    expect([...(await convolve(a, b, { mode: "same", executor }))]).toEqual([1, 2.5, 4]);
    expect([...(await convolve(a, b, { mode: "valid", executor }))]).toEqual([2.5]);
    const even = Float64Array.of(1, 10, 100, 1000);
    expect([...(await convolve(Float64Array.of(1, 0, 0, 0, 2), even, { mode: "same", executor }))]).toEqual([
      10, 100, 1000, 2, 20,
    ]);
  });

  test("refuses nothing, other types and other modes", { timeout: LIMIT }, async () => {
    const a = new Float64Array(4);
    await expect(convolve(a, new Float64Array(0))).rejects.toThrow("b must not be empty");
    await expect(convolve(a, a, { mode: "some" as never })).rejects.toThrow(
      'mode must be one of "full", "same", "valid"',
    );
    await expect(convolve(a, new Float32Array(4) as unknown as Float64Array)).rejects.toThrow(
      "b must be a Float64Array",
    );
    await expect(convolve(a, a.slice(), { mode: "same", out: a })).rejects.toThrow("out must not overlap a");
  });
});
