/** Running sums, minima and maxima. */
import { heap, SerialExecutor } from "allcores";
import { cummax, cummin, cumsum } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, usual, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();
const { special: _special, "NaN and special": _both, ...finite } = usual((values) => values);

contract([
  verb({
    name: "cumsum",
    cases: finite,
    run: ({ x }, options) => cumsum(x, options),
    expected: ({ x }) => loops.cumsum(x),
    out: ({ x }) => new Float64Array(x.length),
    tolerance: 1e-9,
  }),
  ...(["cummin", "cummax"] as const).map((name) =>
    verb({
      name,
      cases: usual((values) => Float32Array.from(values)),
      run: ({ x }, options) => ({ cummin, cummax })[name](x, options),
      expected: ({ x }) => loops[name](x),
      out: ({ x }) => new Float32Array(x.length),
    }),
  ),
]);

describe("running sums", () => {
  test("of whole numbers are exact, and may lie where the numbers do", { timeout: LIMIT }, async () => {
    const x = heap.float64(Float64Array.from({ length: 12_345 }, (_, i) => i % 97));
    const wanted = loops.cumsum(Float64Array.from(x));
    expect(await cumsum(x, { executor, out: x })).toBe(x);
    expect(Buffer.from(x).equals(Buffer.from(wanted))).toBe(true);
    expect(Array.from(x.slice(-3))).toEqual(Array.from(wanted.slice(-3)));
    heap.free(x);
    const ordinary = Float32Array.of(1, 2, 3);
    expect(await cumsum(ordinary, { executor, out: ordinary })).toBe(ordinary);
    expect([...ordinary]).toEqual([1, 3, 6]);
  });

  test("refuse parts that overlap, and other types", { timeout: LIMIT }, async () => {
    const x = heap.float64(10);
    await expect(cumsum(x.subarray(0, 8), { out: x.subarray(2) })).rejects.toThrow(
      "out must not overlap x, unless it is the same elements",
    );
    await expect(cummin(new Int32Array(2) as never)).rejects.toThrow("x must be a Float64Array or Float32Array");
    heap.free(x);
  });
});
