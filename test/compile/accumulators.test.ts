/** Blocks with accumulators in AssemblyScript: what people make of them, on every executor, and what is refused. */
import { heap, input, type Kernel, SerialExecutor, ThreadExecutor, type Untyped } from "allcores";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { executors, shared } from "../executors/all.js";
import { js } from "../support/kernels.js";
import { compiled } from "./sources.js";

type Floats = Float64Array;
type Join<A = Floats> = (into: A, from: A) => void;
interface Kernels {
  histogram(begin: number, end: number, x: Floats, bins: Uint32Array): void;
  groupSums(begin: number, end: number, key: Uint8Array, x: Floats, sums: Floats): void;
  describe(begin: number, end: number, x: Floats, acc: Floats): void;
  mergeDescriptions: Join;
  nearest(begin: number, end: number, k: number, points: Floats, centroids: Floats, sums: Floats): void;
  top(begin: number, end: number, k: number, x: Floats, acc: Floats): void;
  mergeTop: Join;
  traps: Join;
  allocates(begin: number, end: number, texts: Uint32Array): void;
  allocatingJoin: Join<Uint32Array>;
  wide(begin: bigint, end: bigint, counts: BigInt64Array): void;
  early(begin: number, end: number, acc: Floats, x: Floats): void;
  none(begin: number, end: number, x: Floats): void;
  rests(begin: number, end: number, acc: Floats): void;
}

const HISTOGRAM = `
export function histogram(begin: i32, end: i32, x: Ptr<f64>, bins: Acc<u32>): void {
  for (let i = begin; i < end; i++) bins[<i32>(x[i] * 64)]++;
}
`;

const GROUP_SUMS = `
export function groupSums(begin: i32, end: i32, key: Ptr<u8>, x: Ptr<f64>, sums: Acc<f64>): void {
  for (let i = begin; i < end; i++) sums[key[i]] += x[i];
}
`;

/** Count, mean, sum of squares about it, least and greatest. */
const DESCRIBE = `
export function describe(begin: i32, end: i32, x: Ptr<f64>, acc: Acc<f64>): void {
  let sum: f64 = 0;
  for (let i = begin; i < end; i++) sum += x[i];
  const mean = sum / (end - begin);
  let squares: f64 = 0, least = Infinity, greatest = -Infinity;
  for (let i = begin; i < end; i++) {
    squares += (x[i] - mean) * (x[i] - mean);
    least = Math.min(least, x[i]);
    greatest = Math.max(greatest, x[i]);
  }
  add(acc, end - begin, mean, squares, least, greatest);
}
export function mergeDescriptions(into: Acc<f64>, from: Acc<f64>): void {
  if (from[0] > 0) add(into, from[0], from[1], from[2], from[3], from[4]);
}
function add(to: Acc<f64>, count: f64, mean: f64, squares: f64, least: f64, greatest: f64): void {
  const before = to[0], all = before + count, apart = mean - to[1];
  to[0] = all;
  to[1] += apart * count / all;
  to[2] += squares + apart * apart * before * count / all;
  to[3] = before == 0 ? least : Math.min(to[3], least);
  to[4] = before == 0 ? greatest : Math.max(to[4], greatest);
}
`;

/** Of each centroid: how many points are nearest to it, and the sums of their two coordinates. */
const K_MEANS = `
export function nearest(begin: i32, end: i32, k: i32, points: Ptr<f64>, centroids: Whole<f64>, sums: Acc<f64>): void {
  for (let i = begin; i < end; i++) {
    const x = points[2 * i], y = points[2 * i + 1];
    let best = 0, least = Infinity;
    for (let c = 0; c < k; c++) {
      const dx = x - centroids[2 * c], dy = y - centroids[2 * c + 1], d = dx * dx + dy * dy;
      if (d < least) { least = d; best = c; }
    }
    sums[3 * best]++;
    sums[3 * best + 1] += x;
    sums[3 * best + 2] += y;
  }
}
`;

/** The k greatest, best first, and where they are: of equal ones the first. */
const TOP_K = `
export function top(begin: i32, end: i32, k: i32, x: Ptr<f64>, acc: Acc<f64>): void {
  for (let i = begin; i < end; i++) insert(acc, k, x[i], i);
}
export function mergeTop(into: Acc<f64>, from: Acc<f64>): void {
  const k = <i32>from[0];
  for (let j = 0; j < k && from[2 * j + 1] > -Infinity; j++) insert(into, k, from[2 * j + 1], from[2 * j + 2]);
}
function insert(acc: Acc<f64>, k: i32, value: f64, at: f64): void {
  acc[0] = k;
  if (!(value > acc[2 * k - 1])) return;
  let j = k - 1;
  for (; j > 0 && value > acc[2 * j - 1]; j--) {
    acc[2 * j + 1] = acc[2 * j - 1];
    acc[2 * j + 2] = acc[2 * j];
  }
  acc[2 * j + 1] = value;
  acc[2 * j + 2] = at;
}
`;

const OTHERS = `
export function traps(into: Acc<f64>, from: Acc<f64>): void { unreachable(); }
export function allocates(begin: i32, end: i32, texts: Acc<u32>): void {
  for (let i = begin; i < end; i++) texts[0] += i.toString().length;
}
export function allocatingJoin(into: Acc<u32>, from: Acc<u32>): void {
  const both = [into[0], from[0]];
  into[0] = both[0] + both[1];
}
export function wide(begin: i64, end: i64, counts: Acc<i64>): void { counts[0] += end - begin; counts[1] = i64.MIN_VALUE; }
export function early(begin: i32, end: i32, acc: Acc<f64>, x: Ptr<f64>): void {}
export function none(begin: i32, end: i32, x: Ptr<f64>): void {}
export function rests(begin: i32, end: i32, acc: Acc<f64>): void {}
`;

const SOURCES = [HISTOGRAM, GROUP_SUMS, DESCRIBE, K_MEANS, TOP_K, OTHERS];
let kernels: { [K in keyof Kernels]: Kernel<Kernels[K]> };
/** The same joins in modules of their own. */
let apart: { allocatingJoin: Kernel<Join<Uint32Array>> };
beforeAll(async () => {
  kernels = await compiled<Kernels>(SOURCES.join(""));
  apart = await compiled<{ allocatingJoin: Join<Uint32Array> }>(OTHERS);
}, 60_000);

it("each is under 30 lines", () => {
  for (const source of SOURCES) expect(source.trim().split("\n").length).toBeLessThan(30);
});

const rows = executors.flatMap((row) => (row.workers === "none" ? [1] : [1, 3]).map((workers) => ({ row, workers })));

describe.each(rows)("$row.kind, $workers workers", ({ row, workers }) => {
  const executor = shared(row, workers);

  it.each([0, 1, 1000, 30_011])("are right: n = %i", { timeout: 30_000 }, async (n) => {
    using scope = heap.scope();
    const x = scope.float64(Float64Array.from({ length: n }, (_, i) => (i * 0.618_033_988_75) % 1));
    const keys = scope.uint8(Uint8Array.from({ length: n }, (_, i) => (i * 7) % 100));

    const bins = await executor.it.parallelReduce(kernels.histogram, n, [input(x)], {
      out: scope.uint32(64),
      combine: "sum",
    });
    const counts = new Uint32Array(64);
    for (const value of x) counts[Math.floor(value * 64)] = (counts[Math.floor(value * 64)] as number) + 1;
    expect([...bins]).toEqual([...counts]);

    const options = { out: scope.float64(100), combine: "sum" } as const;
    const sums = await executor.it.parallelReduce(kernels.groupSums, n, [input(keys), input(x)], options);
    const expected = new Float64Array(100);
    for (const [i, key] of keys.entries()) expected[key] = (expected[key] as number) + (x[i] as number);
    for (const [i, sum] of sums.entries()) expect(sum).toBeCloseTo(expected[i] as number, 9);

    const described = { out: scope.float64(5), combine: kernels.mergeDescriptions };
    const [count, mean = 0, squares, least, greatest] = await executor.it.parallelReduce(
      kernels.describe,
      n,
      [input(x)],
      described,
    );
    const trueMean = n === 0 ? 0 : x.reduce((a, b) => a + b, 0) / n;
    expect([count, least, greatest]).toEqual(n === 0 ? [0, 0, 0] : [n, Math.min(...x), Math.max(...x)]);
    expect(mean).toBeCloseTo(trueMean, 12);
    expect(squares).toBeCloseTo(
      x.reduce((a, b) => a + (b - trueMean) ** 2, 0),
      8,
    );

    const centroids = scope.float64([0.1, 0.1, 0.5, 0.5, 0.9, 0.9]);
    const half = n >> 1;
    const clusters = await executor.it.parallelReduce(
      kernels.nearest,
      half,
      [3, input(x.subarray(0, 2 * half)), input(centroids)],
      { out: scope.float64(9), combine: "sum" },
    );
    expect((clusters[0] as number) + (clusters[3] as number) + (clusters[6] as number)).toBe(half);

    const best = { out: scope.float64(11), combine: kernels.mergeTop, identity: -Infinity };
    const top = await executor.it.parallelReduce(kernels.top, n, [5, input(x)], best);
    const order = [...x.keys()].sort((a, b) => (x[b] as number) - (x[a] as number) || a - b).slice(0, 5);
    expect([...top].filter((value, i) => i > 0 && value > -Infinity)).toEqual(order.flatMap((i) => [x[i], i]));
  });

  it("a join that traps is named, without items", async () => {
    using scope = heap.scope();
    const options = { out: scope.float64(5), combine: kernels.traps, grain: 10 };
    const x = scope.float64(1000);
    const error = await executor.it
      .parallelReduce(kernels.describe, 1000, [x], options)
      .catch((caught: Error) => caught);
    expect(error).toMatchObject({
      code: "ERR_KERNEL",
      message: expect.stringMatching(
        /^traps \(kernels\.ts\) failed at .*kernels\.ts:\d+:\d+: RuntimeError: unreachable/,
      ),
    });
  });

  it.each(["the same", "another"])(
    "kernels and joins of %s module may allocate",
    { timeout: 30_000 },
    async (which) => {
      using scope = heap.scope();
      const combine = which === "another" ? apart.allocatingJoin : kernels.allocatingJoin;
      const options = { out: scope.uint32(1), combine, grain: 3 };
      const jobs = [0, 1].map(() => executor.it.parallelReduce(kernels.allocates, 2000, [], options));
      for (const job of jobs) expect([...(await job)]).toEqual([10 + 180 + 2700 + 4000]);
    },
  );

  it("takes 64-bit indices and elements, whose sums wrap", async () => {
    using scope = heap.scope();
    const options = { out: scope.int64(2), combine: "sum", grain: 250 } as const;
    const wide = kernels.wide as unknown as Kernel<(begin: number, end: number, counts: BigInt64Array) => void>;
    expect([...(await executor.it.parallelReduce(wide, 750, [], options))]).toEqual([750n, -(2n ** 63n)]);
  });
});

describe("refused", () => {
  const executor = new SerialExecutor();

  it.each<[string, keyof Kernels, unknown[], (scope: ReturnType<typeof heap.scope>) => object, RegExp]>([
    [
      "another element type",
      "histogram",
      [1],
      (s) => ({ out: s.float64(64), combine: "sum" }),
      /accumulator of out \(Float64Array\) last, but histogram \(kernels\.ts\) takes \(x: Ptr<f64>, bins: Acc<u32>\)/,
    ],
    [
      "no accumulator",
      "none",
      [],
      (s) => ({ out: s.float64(1), combine: "sum" }),
      /^kernel must take an accumulator .* last, but none/,
    ],
    [
      "one in the middle",
      "early",
      [1],
      (s) => ({ out: s.float64(1), combine: "sum" }),
      /^early .*\(acc: Acc<f64>\) before its last/,
    ],
    [
      "too few arguments",
      "groupSums",
      [1],
      (s) => ({ out: s.float64(1), combine: "sum" }),
      /^args must hold 2 arguments \(key: Ptr<u8>, x: Ptr<f64>\)/,
    ],
    [
      "a join that is none",
      "describe",
      [1],
      (s) => ({ out: s.float64(5), combine: kernels.none }),
      /^combine must take two accumulators of out \(Float64Array\), but none \(kernels\.ts\) takes \(begin: i32/,
    ],
    [
      "a join of others",
      "histogram",
      [1],
      (s) => ({ out: s.uint32(64), combine: kernels.traps }),
      /^combine must take two acc.* \(Uint32Array\), but traps/,
    ],
  ])("%s", async (_, name, args, options, message) => {
    using scope = heap.scope();
    const given = args.map(() => scope.float64(10));
    const kernel = kernels[name] as Kernel<Untyped>;
    const error = await executor
      .parallelReduce(kernel, 10, given as never, options(scope) as never)
      .catch((caught) => caught);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(message);
  });

  it("in other forms", async () => {
    using scope = heap.scope();
    const accumulator = /\(into: Acc<f64>\): it is for parallelReduce with \{ out, combine \}$/;
    const two = [scope.float64(1), scope.float64(1)];
    await expect(executor.submit(kernels.traps, two as never)).rejects.toThrow(accumulator);
    const histogram = kernels.histogram as Kernel<Untyped, { x: Floats }>;
    const x = scope.float64(1);
    const combine = () => 0;
    for (const call of [
      () => executor.parallelFor(histogram, 1, [x, scope.uint32(64)]),
      () => executor.parallelFor(histogram, 1, { x }),
      () => executor.parallelReduce(histogram, 1, [x], { combine, initial: 0 }),
      () => executor.parallelReduce(histogram, 1, { x }, { combine, initial: 0 }),
    ])
      await expect(call()).rejects.toThrow(
        /^histogram \(kernels\.ts\) takes an accumulator \(bins: Acc<u32>\): it is for parallelReduce/,
      );
  });
});

it("joins on workers alone, also of short ranges, which else the caller's thread computes", async () => {
  using scope = heap.scope();
  const executor = new ThreadExecutor({ workers: 2 });
  onTestFinished(() => executor.shutdown());
  const options = { out: scope.float64(2), combine: js<Join>("joinWhere") };
  for (let i = 0; i < 20; i++) await executor.parallelReduce(kernels.rests, 1000, [], options);
  expect([...options.out]).toEqual([0, 499]);
});
