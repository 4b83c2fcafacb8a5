/** allcores/assembly, as kernels use it: the same answers for any number of workers. */
import { heap, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Kernels } from "../../dist/compile/kernels.js";
import { executors, shared } from "../executors/all.js";
import { compiled } from "./sources.js";

interface Library {
  uniforms(begin: number, end: number, seed: bigint, x: Float64Array): void;
  normals(begin: number, end: number, seed: bigint, x: Float64Array): void;
  exponentials(begin: number, end: number, seed: bigint, x: Float64Array): void;
  dice(begin: number, end: number, seed: bigint, x: Int32Array): void;
  histogram(begin: number, end: number, x: Int32Array, bins: Int32Array): void;
  extremes(begin: number, end: number, x: Float64Array, out: Float64Array): void;
  sums(begin: number, end: number, x: Float64Array, out: Float32Array): void;
  sorted(begin: number, end: number, width: number, x: Float64Array): void;
  leaky(begin: number, end: number, gives: boolean): number;
  lanes(begin: number, end: number, x: Float32Array, y: Float32Array): void;
}

const SOURCE = `
export function uniforms(begin: i32, end: i32, seed: u64, x: Ptr<f64>): void {
  const random = new Random(seed);
  for (let i = begin; i < end; i++) { random.at(i); x[i] = random.uniform(); }
}
export function normals(begin: i32, end: i32, seed: u64, x: Ptr<f64>): void {
  const random = new Random(seed);
  for (let i = begin; i < end; i++) { random.at(i); x[2 * i] = random.normal(); x[2 * i + 1] = random.normal(); }
}
export function exponentials(begin: i32, end: i32, seed: u64, x: Ptr<f64>): void {
  const random = new Random(seed);
  for (let i = begin; i < end; i++) { random.at(i); x[i] = random.exponential(); }
}
export function dice(begin: i32, end: i32, seed: u64, x: Ptr<i32>): void {
  const random = new Random(seed);
  for (let i = begin; i < end; i++) { random.at(i); x[i] = random.below(6); }
}
export function histogram(begin: i32, end: i32, x: Ptr<i32>, bins: Shared<i32>): void {
  for (let i = begin; i < end; i++) bins.add(x[i], 1);
}
export function extremes(begin: i32, end: i32, x: Ptr<f64>, out: Shared<f64>): void {
  for (let i = begin; i < end; i++) { out.min(0, x[i]); out.max(1, x[i]); }
}
export function sums(begin: i32, end: i32, x: Ptr<f64>, out: Shared<f32>): void {
  for (let i = begin; i < end; i++) out.add(0, 1);
}
/** Sorts each row of a matrix by way of a worker's own copy. */
export function sorted(begin: i32, end: i32, width: i32, x: Ptr<f64>): void {
  const row = scratch<f64>(width);
  for (let i = begin; i < end; i++) {
    for (let j = 0; j < width; j++) row[j] = x[i * width + j];
    for (let j = 1; j < width; j++)
      for (let k = j; k > 0 && row[k - 1] > row[k]; k--) { const t = row[k]; row[k] = row[k - 1]; row[k - 1] = t; }
    for (let j = 0; j < width; j++) x[i * width + j] = row[j];
  }
}
export function leaky(begin: i32, end: i32, gives: bool): i32 {
  let sum = 0;
  for (let i = begin; i < end; i++) {
    const before = mark();
    sum += new Uint8Array(10000).length;
    if (gives) release(before);
  }
  return sum;
}
export function lanes(begin: i32, end: i32, x: Ptr<f32>, y: Ptr<f32>): void {
  let i = begin;
  for (; i + 4 <= end; i += 4) v128.store(y.at(i), f32x4.mul(v128.load(x.at(i)), v128.load(x.from(i).at(0))));
  for (; i < end; i++) y[i] = x[i] * x[i];
}
`;

let library: Kernels<Library>;
beforeAll(async () => {
  library = await compiled<Library>(SOURCE);
}, 60_000);
const N = 20_000;

function array(type: "float64" | "int32" | "float32", length = N) {
  const made = heap[type](length);
  onTestFinished(() => heap.free(made));
  return made;
}

const mean = (x: ArrayLike<number>, f = (value: number) => value) =>
  Array.from(x, f).reduce((a, b) => a + b, 0) / x.length;

describe("random streams", () => {
  const draws = async (name: "uniforms" | "normals" | "exponentials", seed = 42n, length = N) => {
    const x = array("float64", length) as Float64Array;
    await new SerialExecutor().parallelFor(library[name], N, [seed, x]);
    return x;
  };

  it.each(["uniforms", "normals", "exponentials"] as const)(
    "%s are the same for any executor, workers and grain",
    async (name) => {
      const length = name === "normals" ? 2 * N : N;
      const expected = [...(await draws(name, 42n, length))];
      for (const pool of [new ThreadExecutor({ workers: 3 }), new ProcessExecutor({ workers: 2 })]) {
        const x = array("float64", length) as Float64Array;
        await pool.parallelFor(library[name], N, [42n, x], { grain: pool.kind === "threads" ? 7 : 1000 });
        await pool.shutdown();
        expect([...x]).toEqual(expected);
      }
    },
  );

  // Standard errors of n values; 5 of them are 1 in 2 million.
  it("uniform numbers have the right moments, and seeds and neighbours nothing in common", async () => {
    const x = await draws("uniforms");
    expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...x)).toBeLessThan(1);
    expect(Math.abs(mean(x) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / N));
    expect(Math.abs(mean(x, (v) => v * v) - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / N));
    const other = await draws("uniforms", 43n);
    const correlation = (shift: number, y: Float64Array) =>
      mean(x.subarray(0, N - 1), (v) => v) &&
      Array.from({ length: N - 1 }, (_, i) => ((x[i] as number) - 0.5) * ((y[i + shift] as number) - 0.5)).reduce(
        (a, b) => a + b,
      ) /
        (N - 1);
    expect(Math.abs(correlation(0, other))).toBeLessThan(5 / 12 / Math.sqrt(N));
    expect(Math.abs(correlation(1, x))).toBeLessThan(5 / 12 / Math.sqrt(N));
    const chi = Array.from({ length: 100 }, (_, bin) => x.filter((v) => Math.floor(v * 100) === bin).length).reduce(
      (sum, count) => sum + (count - N / 100) ** 2 / (N / 100),
      0,
    );
    expect(chi).toBeLessThan(99 + 5 * Math.sqrt(198));
    expect(chi).toBeGreaterThan(99 - 5 * Math.sqrt(198));
  });

  it("normal numbers have the right moments", async () => {
    const x = await draws("normals", 42n, 2 * N);
    const count = 2 * N;
    expect(Math.abs(mean(x))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(mean(x, (v) => v * v) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.abs(mean(x, (v) => v ** 3))).toBeLessThan(5 * Math.sqrt(15 / count));
    expect(Math.abs(mean(x, (v) => v ** 4) - 3)).toBeLessThan(5 * Math.sqrt(96 / count));
    expect(Math.abs(mean(x, (v) => Number(Math.abs(v) < 1)) - 0.6826895)).toBeLessThan(5 * Math.sqrt(0.25 / count));
  });

  it("exponential numbers have the right moments", async () => {
    const x = await draws("exponentials");
    expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
    expect(Math.abs(mean(x) - 1)).toBeLessThan(5 / Math.sqrt(N));
    expect(Math.abs(mean(x, (v) => v * v) - 2)).toBeLessThan(5 * Math.sqrt(20 / N));
  });

  it("whole numbers fill their range evenly", async () => {
    const x = array("int32") as Int32Array;
    await new SerialExecutor().parallelFor(library.dice, N, [7n, x]);
    const counts = [0, 1, 2, 3, 4, 5].map((face) => x.filter((value) => value === face).length);
    expect(counts.reduce((a, b) => a + b)).toBe(N);
    for (const count of counts) expect(Math.abs(count - N / 6)).toBeLessThan(5 * Math.sqrt((N * 5) / 36));
  });
});

describe("Shared", () => {
  it("loses no step of any worker", async () => {
    const x = array("int32") as Int32Array;
    const bins = array("int32", 16) as Int32Array;
    const reals = array("float64") as Float64Array;
    const ends = array("float64", 2) as Float64Array;
    const ones = array("float32", 1) as Float32Array;
    for (let i = 0; i < N; i++) {
      x[i] = (i * 7) % 16;
      reals[i] = Math.sin(i);
    }
    await using pool = new ThreadExecutor({ workers: 4 });
    await Promise.all([
      pool.parallelFor(library.histogram, N, [x, bins], { grain: 50 }),
      pool.parallelFor(library.extremes, N, [reals, ends], { grain: 50 }),
      pool.parallelFor(library.sums, N, [reals, ones], { grain: 50 }),
    ]);
    expect([...bins]).toEqual(Array.from({ length: 16 }, () => N / 16));
    expect([...ends]).toEqual([Math.min(0, ...reals), Math.max(0, ...reals)]);
    expect([...ones]).toEqual([N]);
  });

  it("is refused by processes", async () => {
    await using pool = new ProcessExecutor({ workers: 1 });
    const [x, bins] = [array("int32") as Int32Array, array("int32", 16) as Int32Array];
    await expect(pool.parallelFor(library.histogram, N, [x, bins])).rejects.toThrow(
      /^args\[1\] \(bins\) is a Shared<T>/,
    );
  });
});

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row, 3);

  it("scratch memory is a worker's own", async () => {
    const [rows, width] = [500, 40];
    const x = array("float64", rows * width) as Float64Array;
    for (let i = 0; i < x.length; i++) x[i] = (i * 7919) % 1009;
    const expected = Array.from({ length: rows }, (_, row) =>
      [...x.subarray(row * width, (row + 1) * width)].sort((a, b) => a - b),
    );
    await executor.it.parallelFor(library.sorted, rows, [width, x]);
    expect([...x]).toEqual(expected.flat());
  });

  it("what is allocated for each item can be given back", async () => {
    const adding = { combine: (a: number, b: number) => a + b, initial: 0, grain: 1000 };
    expect(await executor.it.parallelReduce(library.leaky, 1000, [true], adding)).toBe(1e7);
    await expect(executor.it.parallelReduce(library.leaky, 1000, [false], adding)).rejects.toThrow(/the arena is full/);
  });

  it("vectors are loaded and stored by address", async () => {
    const [x, y] = [array("float32", 1003) as Float32Array, array("float32", 1003) as Float32Array];
    for (let i = 0; i < x.length; i++) x[i] = i;
    await executor.it.parallelFor(library.lanes, x.length, [x, y]);
    expect([...y]).toEqual([...x].map((value) => Math.fround(value * value)));
  });
});
