/** The figures, against answers known beforehand. */
import { expect, it } from "vitest";
import { seeded, shuffled } from "../../dist/bench/random.js";
import { quantile, summarize } from "../../dist/bench/statistics.js";

const LIMIT = { timeout: 5_000 };

it("quantiles", LIMIT, () => {
  const values = [30, 10, 50, 20, 40];
  expect(quantile(values, 0)).toBe(10);
  expect(quantile(values, 0.25)).toBe(20);
  expect(quantile(values, 0.9)).toBeCloseTo(46, 12);
  expect(quantile(values, 1)).toBe(50);
  expect(values[0]).toBe(30);
  expect(quantile([], 0.5)).toBeNaN();
});

it.each([
  ["an odd number of values", [3, 1, 2], { median: 2, mad: 1, min: 1, max: 3, outliers: [] }],
  ["an even one", [4, 1, 3, 2], { median: 2.5, mad: 1, min: 1, max: 4, outliers: [] }],
  ["one", [7], { median: 7, mad: 0, min: 7, max: 7, outliers: [] }],
  ["a known median distance", [1, 1, 2, 2, 4, 6, 9], { median: 2, mad: 1, min: 1, max: 9, outliers: [6] }],
  ["an outlier, kept", [10, 10.5, 9.5, 10.25, 30], { median: 10.25, mad: 0.25, min: 9.5, max: 30, outliers: [4] }],
  ["over half of them equal: no scale", [1, 1, 1, 1, 2], { median: 1, mad: 0, min: 1, max: 2, outliers: [] }],
])("%s: the robust figures", LIMIT, (_, values, expected) => {
  expect(summarize(values)).toEqual(expected);
});

it("random numbers: the same for a seed, evenly spread", LIMIT, () => {
  const [a, b, other] = [seeded(7), seeded(7), seeded(8)];
  const drawn = Array.from({ length: 10_000 }, a);
  expect(drawn.slice(0, 5)).toEqual(Array.from({ length: 5 }, b));
  expect(drawn[0]).not.toBe(other());
  // Within 5 standard errors of a half; each tenth within 5 of its share.
  expect(Math.abs(drawn.reduce((sum, value) => sum + value) / drawn.length - 0.5)).toBeLessThan(5 * 0.2887e-2);
  for (let tenth = 0; tenth < 10; tenth++) {
    const count = drawn.filter((value) => Math.floor(value * 10) === tenth).length;
    expect(Math.abs(count - 1000)).toBeLessThan(150);
  }
});

it("shuffled: each order about as often", LIMIT, () => {
  const random = seeded(1);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = shuffled(["a", "b", "c"], random).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
