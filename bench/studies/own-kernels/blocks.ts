/** Blocks with accumulators: a histogram, sums of groups and a description of 1e7 numbers, beside a loop in JS. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type AccumulateOptions,
  type HeapArray,
  heap,
  input,
  type Kernel,
  ThreadExecutor,
  type Untyped,
} from "allcores";
import { compileKernels } from "allcores/compile";
import { quantile } from "../../../dist/bench/statistics.js";

const N = 1e7;
const BINS = 256;
const GROUPS = 1000;
const ROUNDS = 15;

const SOURCE = `import { Acc, Ptr } from "allcores/assembly";
export function histogram(begin: i32, end: i32, x: Ptr<f64>, bins: Acc<u32>): void {
  for (let i = begin; i < end; i++) bins[<i32>(x[i] * ${BINS})]++;
}
export function groupSums(begin: i32, end: i32, key: Ptr<u16>, x: Ptr<f64>, sums: Acc<f64>): void {
  for (let i = begin; i < end; i++) sums[key[i]] += x[i];
}
export function describe(begin: i32, end: i32, x: Ptr<f64>, acc: Acc<f64>): void {
  let sum: f64 = 0, least = Infinity, greatest = -Infinity;
  for (let i = begin; i < end; i++) {
    sum += x[i];
    least = min(least, x[i]);
    greatest = max(greatest, x[i]);
  }
  const mean = sum / (end - begin);
  let squares: f64 = 0;
  for (let i = begin; i < end; i++) squares += (x[i] - mean) * (x[i] - mean);
  add(acc, end - begin, mean, squares, least, greatest);
}
export function merge(into: Acc<f64>, from: Acc<f64>): void {
  if (from[0] > 0) add(into, from[0], from[1], from[2], from[3], from[4]);
}
function add(to: Acc<f64>, count: f64, mean: f64, squares: f64, least: f64, greatest: f64): void {
  const before = to[0], all = before + count, apart = mean - to[1];
  to[0] = all;
  to[1] += apart * count / all;
  to[2] += squares + apart * apart * before * count / all;
  to[3] = before == 0 ? least : min(to[3], least);
  to[4] = before == 0 ? greatest : max(to[4], greatest);
}
`;

/** The same in one loop each, on ordinary arrays. */
const LOOPS = {
  histogram(x: Float64Array): ArrayLike<number> {
    const bins = new Uint32Array(BINS);
    for (let i = 0; i < x.length; i++) (bins[Math.floor((x[i] as number) * BINS)] as number)++;
    return bins;
  },
  groupSums(x: Float64Array, key: Uint16Array): ArrayLike<number> {
    const sums = new Float64Array(GROUPS);
    for (let i = 0; i < x.length; i++) (sums[key[i] as number] as number) += x[i] as number;
    return sums;
  },
  describe(x: Float64Array): ArrayLike<number> {
    let [sum, squares, least, greatest] = [0, 0, Infinity, -Infinity];
    for (let i = 0; i < x.length; i++) {
      const value = x[i] as number;
      sum += value;
      squares += value * value;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    return [x.length, sum / x.length, squares - (sum * sum) / x.length, least, greatest];
  },
};

type Run = (executor: ThreadExecutor) => Promise<ArrayLike<number | bigint>>;

/** Prints, for each, the median ms of the loop and of one and two workers, in turns, and how often as fast two are. */
export async function blocks(folder: string): Promise<void> {
  console.log(
    `\nblocks with accumulators over ${N} numbers, ${ROUNDS} rounds in turns: median ms, and ratios with quartiles`,
  );
  const path = join(folder, "blocks.ts");
  writeFileSync(path, SOURCE);
  const kernels = await compileKernels(pathToFileURL(path));
  const kernel = (name: string) => kernels[name] as Kernel<Untyped>;
  using scope = heap.scope();
  const x = scope.float64(Float64Array.from({ length: N }, (_, i) => (i * 0.618_033_988_75) % 1));
  const key = scope.uint16(Uint16Array.from({ length: N }, (_, i) => (i * 7919) % GROUPS));
  const [plainX, plainKey] = [new Float64Array(x), new Uint16Array(key)];
  const run =
    (name: string, args: readonly HeapArray[], options: AccumulateOptions<HeapArray>): Run =>
    (executor) =>
      executor.parallelReduce(kernel(name), N, args as never, options);
  const works: Record<keyof typeof LOOPS, Run> = {
    histogram: run("histogram", [input(x)], { out: scope.uint32(BINS), combine: "sum" }),
    groupSums: run("groupSums", [input(key), input(x)], { out: scope.float64(GROUPS), combine: "sum" }),
    describe: run("describe", [input(x)], { out: scope.float64(5), combine: kernel("merge") as never }),
  };
  const pools = [new ThreadExecutor({ workers: 1 }), new ThreadExecutor({ workers: 2 })];
  for (const [name, work] of Object.entries(works) as [keyof typeof LOOPS, Run][]) {
    const ways = [async () => LOOPS[name](plainX, plainKey), ...pools.map((pool) => () => work(pool))];
    const ms = ways.map((): number[] => []);
    for (let round = -3; round < ROUNDS; round++)
      for (const [i, way] of ways.entries()) {
        const started = performance.now();
        const result = await way();
        if (round >= 0) ms[i]?.push(performance.now() - started);
        check(name, result, LOOPS[name](plainX.subarray(0, 0), plainKey).length);
      }
    const [loop, one, two] = ms as [number[], number[], number[]];
    const ratios = (slow: number[], fast: number[]) => {
      const all = slow.map((value, i) => value / (fast[i] as number));
      return [0.5, 0.25, 0.75].map((q) => quantile(all, q).toFixed(2)).join(" ");
    };
    const medians = ms.map((all) => quantile(all, 0.5).toFixed(1)).join("  ");
    console.log(
      `  ${name.padEnd(12)} JS, one, two: ${medians}   JS/one ${ratios(loop, one)}   JS/two ${ratios(loop, two)}   one/two ${ratios(one, two)}`,
    );
  }
  for (const pool of pools) await pool.shutdown();
}

function check(name: string, result: ArrayLike<number | bigint>, length: number): void {
  const total = name === "histogram" ? Array.from(result, Number).reduce((a, b) => a + b) : N;
  if (result.length !== length || total !== N || (name === "describe" && result[0] !== N))
    throw new Error(`a wrong ${name}`);
}
