/**
 * Clusters of points, by Lloyd's algorithm.
 *
 *   points ─given, or k-means++─> centroids ─┐
 *   ┌────────────────────────────────────────┘
 *   └> panels ─blocks─> labels ─ranges─> sums ─clusters─> means ─one call─> empty clusters, whether it is done ─┐
 *   ^───────────────────────────────────────────────────────────────────────────────────────── no ─────────────┘
 */
import { drawSeed } from "../draw-seed.js";
import { repeat, type Step, step } from "../job/steps.js";
import { elementType } from "../memory/heap.js";
import { seedNumber, show, wholeNumber } from "../validate.js";
import { type ArraysOptions, type Call, kernel, withCall } from "./call.js";
import { FLOATS, type Float, type Plain, type Same, type Seed } from "./types.js";

/** Points in clusters. */
export interface Clusters<T extends Float> {
  /** The cluster of each point: the nearest of the centroids of the last iteration, the first of equals. */
  readonly labels: Uint32Array<ArrayBuffer>;
  /** k x dim, the means of their points. */
  readonly centroids: Plain<T>;
  /** Squared distances of all points to the centroids that their labels were found by, added up. */
  readonly inertia: number;
  readonly iterations: number;
  /** Whether the last iteration changed no label. */
  readonly converged: boolean;
  /** As given, or a safe integer that was drawn. */
  readonly seed: Seed;
}

/** How to make clusters. */
export interface KmeansOptions<I extends Float> extends ArraysOptions {
  /** Coordinates of a point. */
  readonly dim: number;
  /** How many clusters, at most as many as points. */
  readonly k: number;
  /** Of k-means++: the same seed gives the same clusters everywhere. Default: drawn. */
  readonly seed?: Seed | undefined;
  /** Default 100. */
  readonly maxIterations?: number | undefined;
  /** The first centroids, k x dim; "k-means++" (default) chooses points that are far from each other. */
  readonly init?: "k-means++" | I | undefined;
}

type Arrays = Record<"points" | "centroids" | "distances", Awaited<ReturnType<typeof floats>>>;
const floats = (call: Call, length: number, type: (typeof FLOATS)[number]) => call.between(type, length);

/** Coordinates by centroids of a block, at most: 0.2 ms. */
const BLOCK = 2 ** 20;
/** Sums that all ranges have together, at most, but for sixteen ranges. */
const SUMS = 2 ** 21;

/**
 * k-means of points, row-major, `dim` coordinates each. Distances are in the type of the points, added up in order; sums are
 * doubles. A cluster that has no points takes the point that is farthest from its centroid.
 * @param options.dim coordinates of a point
 * @param options.k how many clusters
 * @returns rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function kmeans<T extends Float>(points: T, options: KmeansOptions<Same<T>>): Promise<Clusters<T>> {
  return withCall(options, ["dim", "k", "seed", "maxIterations", "init"], async (call) => {
    const { dim, k, maxIterations = 100, init = "k-means++" } = options;
    wholeNumber("dim", dim, 1, 2 ** 31 - 1);
    const seed = options.seed === undefined ? drawSeed() : seedNumber("seed", options.seed);
    wholeNumber("maxIterations", maxIterations, 1, 2 ** 31 - 1);
    const on = await call.input("points", points, FLOATS);
    const type = elementType(points) as (typeof FLOATS)[number];
    const n = on.length / dim;
    if (!Number.isInteger(n))
      throw new RangeError(`points must have a multiple of ${dim} elements (dim), got ${on.length}`);
    if (typeof k !== "number") throw new TypeError(`k must be a whole number, got ${show(k)}`);
    if (!(Number.isInteger(k) && k >= 1 && k <= n))
      throw new RangeError(`k must be a whole number from 1 to the number of points, ${n}, got ${k}`);
    const arrays = { points: on, centroids: call.temporary(type, k * dim), distances: call.between(type, n) };
    const begin = await start(call, arrays, { dim, k, seed, init });

    const width = 32 / on.BYTES_PER_ELEMENT;
    const count = Math.ceil(k / width);
    const size = Math.min(4096, Math.max(16, 4 * Math.floor(BLOCK / (4 * dim * k))));
    const ranges = Math.min(Math.ceil(n / 1024), Math.max(16, Math.min(64, Math.floor(SUMS / (k * (dim + 1))))));
    const each = Math.ceil(n / ranges);
    const blocks = Math.ceil(n / size);
    const panels = call.between(type, count * width * dim);
    const labels = call.output("labels", undefined, "uint32", n);
    const [parts, counts] = [call.between("float64", blocks * 4), call.between("float64", k)];
    const sums = call.between("float64", ranges * k * (dim + 1));
    const [state, done] = [call.temporary("float64", 2).fill(0), call.temporary("int32", 1)];
    const { centroids, distances } = arrays;
    const of = (name: string) => kernel("kmeans", `${name}_${type}`);
    const iteration = [
      step(of("pack"), count, { dim, k, centroids, panels }),
      step(of("assign"), blocks, { size, dim, points: on, panels, labels: labels.array, distances, parts }),
      step(of("sums"), ranges, { each, dim, points: on, labels: labels.array, sums }),
      step(of("means"), k, { dim, k, sums, centroids, counts }),
      step(of("settle"), undefined, { dim, each: size, points: on, distances, parts, counts, centroids, state, done }),
    ];
    await call.steps([...begin, repeat(iteration, { atMost: maxIterations, until: done })]);
    const [iterations = 0, inertia = 0] = state;
    return {
      labels: (await labels.result()) as Uint32Array<ArrayBuffer>,
      centroids: (await call.copied(centroids)) as unknown as Plain<T>,
      inertia,
      iterations,
      converged: done[0] === 1,
      seed,
    };
  });
}

/** The steps that find the first centroids. */
async function start(
  call: Call,
  { points, centroids, distances }: Arrays,
  { dim, k, seed, init }: { dim: number; k: number; seed: Seed; init: unknown },
): Promise<Step[]> {
  const type = elementType(points) as (typeof FLOATS)[number];
  const of = (name: string) => kernel("centroids", `${name}_${type}`);
  if (init !== "k-means++") {
    if (typeof init === "string") throw new RangeError(`init must be "k-means++" or an array, got ${show(init)}`);
    const from = await call.input("init", init, [type]);
    if (from.length !== k * dim)
      throw new RangeError(`init must have ${k * dim} elements (k times dim), got ${from.length}`);
    return [step(of("copy"), undefined, { from, to: centroids })];
  }
  const size = Math.min(4096, Math.max(16, Math.floor(BLOCK / (8 * dim))));
  const blocks = Math.ceil(distances.length / size);
  const [chosen, totals] = [call.between("uint32", 1), call.between("float64", blocks)];
  const shape = { dim, points, distances, totals, centroids, chosen };
  const more = [
    step(of("near"), blocks, { ...shape, size }),
    step(of("choose"), undefined, { ...shape, seed: BigInt(seed), each: size }),
  ];
  return [
    step(of("first"), undefined, { seed: BigInt(seed), dim, points, centroids, chosen }),
    repeat(more, { atMost: k - 1 }),
  ];
}
