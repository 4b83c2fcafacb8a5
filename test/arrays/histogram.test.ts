/** Histograms, against a loop over edges. */
import { SerialExecutor } from "allcores";
import { histogram, type Numbers } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, doubles, usual, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();
const EDGES = [-100, -1, -0.5, 0, 0.001, 3, 400];

/** By looking at each bin. */
function counted(x: Numbers, edges: readonly number[]) {
  const counts = new Uint32Array(edges.length - 1);
  let [outside, nans] = [0, 0];
  for (const value of x as Float64Array) {
    const last = edges.length - 2;
    const bin = value === edges[last + 1] ? last : edges.findLastIndex((edge) => edge <= value);
    if (Number.isNaN(value)) nans++;
    else if (bin < 0 || bin > last) outside++;
    else counts[bin] = (counts[bin] as number) + 1;
  }
  return { counts, edges: Float64Array.from(edges), outside, nans };
}

contract([
  verb({
    name: "histogram by edges",
    cases: usual((values) => values, 9001),
    run: ({ x }, options) => histogram(x, { ...options, bins: EDGES }),
    expected: ({ x }) => counted(x, EDGES),
  }),
  verb({
    name: "histogram of bytes",
    cases: usual((values) => Uint8Array.from(values), 9001),
    run: ({ x }, options) => histogram(x, { ...options, bins: 5, range: [0, 250] }),
    expected: ({ x }) => counted(x, [0, 50, 100, 150, 200, 250]),
  }),
]);

describe("histogram", () => {
  test("takes the least and the greatest number for its range", { timeout: LIMIT }, async () => {
    const x = doubles(5000);
    const { counts, edges, outside, nans } = await histogram(x, { bins: 10, executor });
    expect([edges[0], edges[10], outside, nans]).toEqual([Math.min(...x), Math.max(...x), 0, 0]);
    expect(counts).toEqual(loops.histogram(x, { bins: 10, range: [Math.min(...x), Math.max(...x)] }));
  });

  test("of nothing, and of equal numbers, has bins all the same", { timeout: LIMIT }, async () => {
    expect(await histogram(new Float64Array(), { bins: 2, executor })).toEqual({
      counts: Uint32Array.of(0, 0),
      edges: Float64Array.of(0, 0.5, 1),
      outside: 0,
      nans: 0,
    });
    const { counts, edges } = await histogram(Int32Array.of(7, 7, 7), { bins: 2, executor });
    expect([[...counts], [...edges]]).toEqual([
      [0, 3],
      [6.5, 7, 7.5],
    ]);
  });

  test("puts numbers on edges into the bin that begins there", { timeout: LIMIT }, async () => {
    const edges = Array.from({ length: 11 }, (_, i) => i * 0.1);
    const found = await histogram(Float64Array.from(edges), { bins: 10, range: [0, 1], executor });
    expect([...found.counts]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
  });

  test("has edges of wide ranges, too", { timeout: LIMIT }, async () => {
    const x = Float64Array.of(1, 5e307, 9e307);
    const { counts, edges } = await histogram(x, { bins: 4, range: [0, 1e308], executor });
    expect([[...counts], edges[1], edges[4]]).toEqual([[1, 0, 1, 1], 2.5e307, 1e308]);
  });

  const x = new Float64Array(3);
  test.each([
    ["no bins", () => histogram(x, {} as never), "bins must be how many, or an array of edges, got undefined"],
    ["0 bins", () => histogram(x, { bins: 0 }), "bins must be a whole number from 1"],
    ["one edge", () => histogram(x, { bins: [1] }), "the number of edges must be a whole number from 2"],
    [
      "edges out of order",
      () => histogram(x, { bins: [1, 3, 2] }),
      "bins must be edges in ascending order, got 3 before 2",
    ],
    [
      "an edge that is no number",
      () => histogram(x, { bins: [1, Number.NaN] }),
      "bins[1] must be a finite number, got NaN",
    ],
    ["edges and a range", () => histogram(x, { bins: [1, 2], range: [1, 2] }), "range must not be given with edges"],
    ["a range backwards", () => histogram(x, { bins: 2, range: [2, 1] }), "range must be [low, high], got [2, 1]"],
    [
      "half a range",
      () => histogram(x, { bins: 2, range: [2] as never }),
      "range must be [low, high], got an array of 1",
    ],
    [
      "infinite numbers",
      () => histogram(Float64Array.of(1, Infinity), { bins: 2 }),
      "range must be one whose width is finite: it goes from 1 to Infinity",
    ],
  ])("refuses %s", { timeout: LIMIT }, async (_name, call, message) => {
    await expect((call as () => Promise<unknown>)()).rejects.toThrow(message);
  });
});
