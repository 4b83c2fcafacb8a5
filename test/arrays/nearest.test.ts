/** Exact search, against all scores sorted. */
import { heap, SerialExecutor } from "allcores";
import { type Metric, nearest, quantize } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, generator, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();

/** Numbers in [-1, 1). */
function floats(length: number, seed = 1): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length }, () => 2 * next() - 1);
}

const bytes = (length: number, seed = 1) => Int8Array.from(floats(length, seed), (value) => value * 128);

/** Whole numbers, whose products are exact: ties are there, and every order of adding gives the same. */
const whole = (length: number, seed = 1) => Float32Array.from(floats(length, seed), (value) => Math.round(value * 3));

const cases = (make: (length: number, seed?: number) => Float32Array | Int8Array) => ({
  "no rows": { rows: make(0), query: make(7), dim: 7, k: 3 },
  "one row": { rows: make(7), query: make(7, 2), dim: 7, k: 3 },
  "more than there are": { rows: make(5 * 3), query: make(3, 2), dim: 3, k: 9 },
  "of one number": { rows: make(999), query: make(5, 2), dim: 1, k: 4 },
  "zero rows": { rows: make(40).fill(0), query: make(4, 2), dim: 4, k: 3 },
  many: { rows: make(5003 * 33), query: make(6 * 33, 2), dim: 33, k: 10 },
});

const METRICS: readonly Metric[] = ["dot", "cosine", "l2"];

contract([
  ...METRICS.map((metric) =>
    verb({
      name: `nearest rows of float32, ${metric}`,
      cases: cases(whole),
      run: ({ rows, query, dim, k }, options) => nearest(rows, query, { ...options, dim, k, metric }),
      expected: ({ rows, query, dim, k }) => loops.nearest(rows, query, { dim, k, metric }),
    }),
  ),
  verb({
    name: "nearest rows of int8",
    cases: cases(bytes),
    run: ({ rows, query, dim, k }, options) => nearest(rows, query, { ...options, dim, k }),
    expected: ({ rows, query, dim, k }) => loops.nearest(rows, query, { dim, k }),
  }),
  verb({
    name: "quantize",
    cases: { none: { rows: floats(0) }, zeros: { rows: floats(10).fill(0) }, many: { rows: floats(5000 * 5) } },
    run: ({ rows }, options) => quantize(rows, { ...options, dim: 5 }),
    expected: ({ rows }) => loops.quantize(rows, 5),
  }),
]);

describe("nearest", () => {
  test("finds the same of inexact numbers, for any number of queries", { timeout: LIMIT }, async () => {
    const [dim, k] = [50, 7];
    const rows = floats(3001 * dim);
    for (const metric of METRICS)
      for (const queries of [1, 3, 4, 5, 70]) {
        const query = floats(queries * dim, queries);
        const found = await nearest(rows, query, { dim, k, metric, executor });
        const wanted = loops.nearest(rows, query, { dim, k, metric });
        expect([...found.ids]).toEqual([...wanted.ids]);
        for (const [i, score] of wanted.scores.entries()) expect(found.scores[i]).toBeCloseTo(score, 5);
      }
  });

  test("keeps rows that are alike in the order of their ids", { timeout: LIMIT }, async () => {
    const rows = floats(16).subarray(0, 8);
    const all = new Float32Array(1001 * 8);
    for (let row = 0; row < 1001; row++) all.set(rows, 8 * row);
    for (const queries of [1, 4]) {
      const { ids } = await nearest(all, floats(8 * queries, 3), { dim: 8, k: 5, executor });
      expect([...ids.subarray(0, 5)]).toEqual([0, 1, 2, 3, 4]);
    }
  });

  test("searches among the rows that are allowed", { timeout: LIMIT }, async () => {
    const [dim, n] = [4, 5000];
    const [rows, query] = [whole(n * dim), whole(2 * dim, 9)];
    const where = Uint8Array.from({ length: n }, (_, i) => (i % 7 === 0 || i > 4000 ? 2 : 0));
    const options = { dim, k: 20, metric: "l2", where } as const;
    const found = await nearest(rows, query, { ...options, executor });
    expect([...found.ids]).toEqual([...loops.nearest(rows, query, options).ids]);
    const few = await nearest(rows, query, { ...options, where: where.fill(0).fill(1, 70, 73), executor });
    expect([few.k, [...few.ids].sort()]).toEqual([3, [70, 70, 71, 71, 72, 72]]);
    expect((await nearest(rows, query, { ...options, where: where.fill(0), executor })).k).toBe(0);
  });

  test("ranks what is no number last", { timeout: LIMIT }, async () => {
    const rows = Float32Array.of(1, Number.NaN, 3, -Infinity, 2);
    const found = await nearest(rows, Float32Array.of(1), { dim: 1, k: 5, metric: "dot", executor });
    expect([...found.ids]).toEqual([2, 4, 0, 1, 3]);
    expect([...found.scores]).toEqual([3, 2, 1, -Infinity, -Infinity]);
  });

  test("searches rows of bytes with scales", { timeout: LIMIT }, async () => {
    const [dim, k] = [64, 5];
    const [rows, query] = [floats(2000 * dim), floats(3 * dim, 4)];
    const small = await quantize(rows, { dim, executor });
    for (const metric of METRICS) {
      const [found, wanted] = [
        await nearest(small, query, { dim, k, metric, executor }),
        loops.nearest(rows, query, { dim, k, metric }),
      ];
      // Bytes have two and a half digits.
      for (const [i, score] of wanted.scores.entries())
        expect(Math.abs((found.scores[i] as number) - score)).toBeLessThan(0.05);
      expect(wanted.ids.filter((id) => found.ids.includes(id)).length).toBeGreaterThan(10);
    }
  });

  const rows = floats(12);
  const good = { dim: 3, k: 2 };
  test.each([
    ["no dim", () => nearest(rows, rows, { k: 2 } as never), "dim must be a whole number from 1"],
    ["no k", () => nearest(rows, rows, { dim: 3 } as never), "k must be a whole number from 1"],
    ["k = 0", () => nearest(rows, rows, { dim: 3, k: 0 }), "k must be a whole number from 1"],
    [
      "rows that do not fit",
      () => nearest(rows, rows, { dim: 5, k: 2 }),
      "rows must have a multiple of dim = 5 numbers, got 12",
    ],
    [
      "a short query",
      () => nearest(rows, floats(2), good),
      "query must have dim = 3 numbers, or a multiple of it, got 2",
    ],
    ["an empty query", () => nearest(rows, floats(0), good), "query must have dim = 3 numbers"],
    ["a query of another type", () => nearest(rows, bytes(3), good), "query must be a Float32Array, got Int8Array(3)"],
    [
      "rows of doubles",
      () => nearest(new Float64Array(3) as never, rows, good),
      "rows must be a Float32Array or Int8Array",
    ],
    [
      "another metric",
      () => nearest(rows, rows, { ...good, metric: "l1" as never }),
      'metric must be one of "dot", "cosine", "l2", got "l1"',
    ],
    [
      "a short where",
      () => nearest(rows, rows, { ...good, where: new Uint8Array(3) }),
      "where must have one byte a row, 4, got Uint8Array(3)",
    ],
    [
      "another where",
      () => nearest(rows, rows, { ...good, where: [1, 1, 1, 1] as never }),
      "where must be a Uint8Array, got an array of 4",
    ],
    [
      "scales that do not fit",
      () => nearest({ data: bytes(12), scales: floats(3) }, rows, good),
      "rows.scales must have one number a row, 4, got 3",
    ],
    [
      "rows that are too long",
      () => nearest(bytes(2 ** 17), bytes(2 ** 17), { dim: 2 ** 17, k: 1 }),
      "dim must be at most 131071 for rows of int8",
    ],
    ["a mistyped option", () => nearest(rows, rows, { ...good, K: 3 } as never), 'unknown option "K"'],
  ])("refuses %s", { timeout: LIMIT }, async (_name, call, message) => {
    await expect((call as () => Promise<unknown>)()).rejects.toThrow(message);
  });

  test("takes rows that lie on the heap", { timeout: LIMIT }, async () => {
    using scope = heap.scope();
    const [x, q] = [scope.float32(rows), scope.float32(3)];
    expect((await nearest(x, q, { ...good, copy: false, executor })).ids).toHaveLength(2);
    await expect(nearest(x, new Float32Array(3), { ...good, copy: false })).rejects.toThrow(
      "query must be made by heap.float32",
    );
  });
});
