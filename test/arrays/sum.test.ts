/** Sums, dot products and norms. */
import { heap, SerialExecutor } from "allcores";
import { dot, norm, sum } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, doubles, usual, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();

/** What sums of doubles of all sizes have for an answer. */
const { special: _special, "NaN and special": _both, ...finite } = usual((values) => values);
const small = usual((values) => Float32Array.from(values, (value) => value % 1000));

contract([
  verb({
    name: "sum of doubles",
    cases: finite,
    run: ({ x }, options) => sum(x, options),
    expected: ({ x }) => loops.sum(x),
    tolerance: 1e-9,
  }),
  verb({
    name: "sum of floats",
    cases: small,
    run: ({ x }, options) => sum(x, options),
    expected: ({ x }) => loops.sum(x),
    tolerance: 1e-9,
  }),
  verb({
    name: "sum of bytes",
    cases: { many: { x: Uint8Array.from(doubles(20_011)) } },
    run: ({ x }, options) => sum(x, options),
    expected: ({ x }) => loops.sum(x),
  }),
  verb({
    name: "dot",
    cases: {
      empty: { a: new Float64Array(), b: new Float64Array() },
      many: { a: doubles(20_011), b: doubles(20_011, 5) },
    },
    run: ({ a, b }, options) => dot(a, b, options),
    expected: ({ a, b }) => loops.dot(a, b),
    tolerance: 1e-9,
  }),
  verb({
    name: "norm",
    cases: finite,
    run: ({ x }, options) => norm(x, options),
    expected: ({ x }) => loops.norm(x),
    tolerance: 1e-12,
  }),
]);

describe("sums", () => {
  test("of integers are exact", { timeout: LIMIT }, async () => {
    for (const [x, wanted] of [
      [new Int32Array(100_003).fill(-(2 ** 31)), -(2 ** 31) * 100_003],
      [new Uint32Array(100_003).fill(2 ** 32 - 1), (2 ** 32 - 1) * 100_003],
      [new Int16Array(5).fill(-32_768), -163_840],
      [new Uint16Array(3).fill(65_535), 196_605],
      [new Int8Array(9).fill(-128), -1152],
    ] as const)
      expect(await sum(x, { executor })).toBe(wanted);
  });

  test("carry NaN and infinities on", { timeout: LIMIT }, async () => {
    expect(await sum(Float64Array.of(1, Number.NaN), { executor })).toBe(Number.NaN);
    expect(await sum(Float64Array.of(1, Infinity), { executor })).toBe(Infinity);
    expect(await sum(Float64Array.of(-Infinity, Infinity), { executor })).toBe(Number.NaN);
    expect(await norm(Float64Array.of(Number.NaN, 1), { executor })).toBe(Number.NaN);
    expect(await norm(Float32Array.of(-Infinity, 1), { executor })).toBe(Infinity);
  });

  test("of squares neither overflow nor vanish", { timeout: LIMIT }, async () => {
    expect(await norm(Float64Array.of(3e300, 4e300), { executor })).toBeCloseTo(5e300, -287);
    expect(await norm(Float64Array.of(3e-320, 4e-320), { executor })).toBe(5e-320);
    expect(await norm(Float64Array.of(Number.MAX_VALUE, Number.MAX_VALUE), { executor })).toBe(Infinity);
    expect(await norm(Float64Array.of(5e-324), { executor })).toBe(5e-324);
  });

  test("refuse what they don't take, by name", { timeout: LIMIT }, async () => {
    const x = heap.float64(3);
    await expect(sum([1] as never)).rejects.toThrow("x must be a Float64Array, Float32Array, Int32Array");
    await expect(sum(new BigInt64Array(1) as never)).rejects.toThrow("got BigInt64Array(1)");
    await expect(dot(x, new Float32Array(3) as never)).rejects.toThrow("b must be a Float64Array, got Float32Array(3)");
    await expect(dot(x, new Float64Array(2))).rejects.toThrow("b must have as many elements as a, 3, got 2");
    await expect(norm(new Int8Array(1) as never)).rejects.toThrow("x must be a Float64Array or Float32Array");
    await expect(sum(x, { copy: 1 as never })).rejects.toThrow("copy must be true or false, got 1");
    await expect(sum(x, { sort: true } as never)).rejects.toThrow('unknown option "sort"');
    heap.free(x);
    await expect(sum(x)).rejects.toThrow("x has been freed");
  });
});
