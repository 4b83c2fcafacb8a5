/** Clusters of points. */
import { SerialExecutor, ThreadExecutor } from "allcores";
import { kmeans } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, generator, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();

/** Points about k centres that lie far apart. */
function clouds(n: number, dim: number, k: number, seed = 5): Float64Array {
  const next = generator(seed);
  const centres = Float64Array.from({ length: k * dim }, () => 100 * next());
  return Float64Array.from({ length: n * dim }, (_, i) => {
    const point = Math.floor(i / dim);
    return (centres[(point % k) * dim + (i % dim)] as number) + next();
  });
}

type Given = { readonly points: Float64Array; readonly init: Float64Array; readonly dim: number; readonly k: number };
/** The first points are the first centroids. */
const given = (points: Float64Array, dim: number, k: number): Given => ({
  points,
  init: points.slice(0, dim * k),
  dim,
  k,
});
const some = (n: number, dim: number, k: number) => given(clouds(n, dim, k), dim, k);

contract([
  verb({
    name: "kmeans from given centroids",
    cases: {
      one: some(1, 1, 1),
      "all equal": given(new Float64Array(60).fill(3), 3, 4),
      "a cluster each": some(12, 2, 12),
      many: some(3011, 5, 9),
    },
    run: async ({ points, ...rest }, options) => {
      const { seed: _, ...found } = await kmeans(points, { ...options, ...rest, maxIterations: 4 });
      return found;
    },
    expected: ({ points, ...rest }) => loops.kmeans(points, { ...rest, maxIterations: 4 }),
    tolerance: 1e-12,
  }),
]);

describe("kmeans", () => {
  test("has the labels of the loop for every shape, in both types", { timeout: LIMIT }, async () => {
    const next = generator(21);
    for (let round = 0; round < 20; round++) {
      const [dim, k] = [Math.ceil(next() * 9), Math.ceil(next() * 20)];
      const points = Float64Array.from({ length: dim * (k + Math.floor(next() * 300)) }, next);
      const shape = { dim, k, maxIterations: 6 };
      const init = points.slice(0, dim * k);
      const found = await kmeans(points, { ...shape, init, executor });
      expect(found).toMatchObject({
        ...loops.kmeans(points, { ...shape, init }),
        inertia: expect.closeTo(found.inertia),
      });
      const floats = Float32Array.from(points);
      const first = floats.slice(0, dim * k);
      const { labels, centroids } = await kmeans(floats, { ...shape, init: first, executor });
      const wanted = loops.kmeans(floats, { ...shape, init: first });
      expect(labels).toEqual(wanted.labels);
      expect(centroids).toEqual(wanted.centroids);
    }
  });

  test("finds clouds by k-means++, the same on any executor", { timeout: LIMIT }, async () => {
    const points = Float32Array.from(clouds(4000, 8, 12));
    const found = await kmeans(points, { dim: 8, k: 12, seed: 7n, executor });
    expect(found).toMatchObject({ converged: true, seed: 7n });
    expect(new Set(found.labels.subarray(0, 12)).size).toBe(12);
    expect(found.labels.every((label, i) => label === found.labels[i % 12])).toBe(true);
    await using threads = new ThreadExecutor({ workers: 3 });
    expect(await kmeans(points, { dim: 8, k: 12, seed: 7n, executor: threads })).toEqual(found);
    const { seed } = await kmeans(points, { dim: 8, k: 2, executor });
    expect(Number.isSafeInteger(seed)).toBe(true);
  });

  test("gives an empty cluster the farthest point", { timeout: LIMIT }, async () => {
    const points = Float64Array.of(0, 1, 2, 50, 100);
    const init = Float64Array.of(0, 1e9, 1e9);
    const { centroids, labels, converged } = await kmeans(points, { dim: 1, k: 3, init, executor });
    expect([...centroids]).toEqual([1, 100, 50]);
    expect([...labels]).toEqual([0, 0, 0, 2, 1]);
    expect(converged).toBe(true);
    const same = await kmeans(new Float64Array(10), { dim: 1, k: 3, seed: 1, executor });
    expect(same).toMatchObject({ converged: true, inertia: 0 });
  });

  test("refuses what makes no clusters", { timeout: LIMIT }, async () => {
    const points = new Float64Array(6);
    await expect(kmeans(points, { dim: 4, k: 1 })).rejects.toThrow("points must have a multiple of 4 elements (dim)");
    await expect(kmeans(points, { dim: 2, k: 4 })).rejects.toThrow("k must be a whole number from 1 to the number of");
    await expect(kmeans(points, { dim: 2, k: "2" as never })).rejects.toThrow(TypeError);
    await expect(kmeans(points, { dim: 2, k: 2, maxIterations: 0 })).rejects.toThrow("maxIterations must be");
    await expect(kmeans(points, { dim: 2, k: 2, seed: -1 })).rejects.toThrow("seed must be");
    await expect(kmeans(points, { dim: 2, k: 2, init: "random" as never })).rejects.toThrow('init must be "k-means++"');
    await expect(kmeans(points, { dim: 2, k: 2, init: points })).rejects.toThrow("init must have 4 elements");
  });
});
