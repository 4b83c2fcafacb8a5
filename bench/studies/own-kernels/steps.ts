/** Steps in one job against a job a step: what the dispatch takes of empty ones, and a radix sort of a million doubles. */
import { AsyncExecutor, type Executor, type HeapScope, heap, type Step, step, ThreadExecutor } from "allcores";
import { compileKernels } from "allcores/compile";
import { quantile } from "../../../dist/bench/statistics.js";

const STEPS = 14;
const ROUNDS = 1000;
const DOUBLES = 1e6;

interface RadixSort {
  readonly RADIX_SORT: URL;
  sortSteps(kernels: object, x: Float64Array, scope: HeapScope): Step[];
}

async function time(call: () => Promise<unknown> | unknown): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

const quantiles = (ms: readonly number[]) => [0.5, 0.1, 0.9].map((q) => quantile(ms, q).toFixed(3)).join("  ");
const show = (name: string, ms: readonly number[]) => console.log(`  ${name.padEnd(48)} ${quantiles(ms)}`);

/** Runs all ways in turns. @returns the ms of each, without the first fifth */
async function inTurns(rounds: number, ways: readonly (() => Promise<unknown> | unknown)[]): Promise<number[][]> {
  const ms = ways.map((): number[] => []);
  for (let i = 0; i < rounds; i++) for (const [k, way] of ways.entries()) ms[k]?.push(await time(way));
  return ms.map((all) => all.slice(Math.floor(rounds / 5)));
}

async function empty(url: URL): Promise<void> {
  console.log(`\n${STEPS} empty steps on two workers, ms in turns: median, p10, p90`);
  const kernels = await compileKernels<{ empty(begin: number, end: number): void }>(url);
  const executors: [string, Executor][] = [
    ["threads, of which the caller may be one", new ThreadExecutor({ workers: 2 })],
    ["threads alone", new ThreadExecutor({ workers: 2, callerRuns: false })],
    ["async", new AsyncExecutor({ workers: 2 })],
  ];
  for (const [name, executor] of executors) {
    await executor.ready();
    for (const n of [64, 1e6]) {
      const steps = Array.from({ length: STEPS }, () => step(kernels.empty, n, []));
      const oneByOne = async () => {
        for (let i = 0; i < STEPS; i++) await executor.parallelFor(kernels.empty, n, []);
      };
      const [calls = [], job = []] = await inTurns(ROUNDS, [oneByOne, () => executor.runSteps(steps)]);
      show(`${name}, n = ${n}: ${STEPS} calls`, calls);
      show(`${name}, n = ${n}: one job`, job);
    }
    await executor.shutdown();
  }
}

async function radixSort(): Promise<void> {
  console.log(`\na radix sort of ${DOUBLES} doubles in ${STEPS} steps, ms in turns: median, p10, p90`);
  const url = new URL("../../../test/support/radix-sort.mjs", import.meta.url);
  const { RADIX_SORT, sortSteps } = (await import(url.href)) as RadixSort;
  const kernels = await compileKernels(RADIX_SORT);
  using scope = heap.scope();
  const content = Float64Array.from({ length: DOUBLES }, () => (Math.random() - 0.5) * 10 ** (20 * Math.random() - 10));
  const x = scope.float64(content);
  const sorted = content.slice().sort();
  const steps = sortSteps(kernels, x, scope);
  const pools = [1, 2].map((workers) => new ThreadExecutor({ workers }));
  const ways: [string, () => Promise<unknown> | unknown][] = [["Float64Array.sort", () => content.slice().sort()]];
  for (const pool of pools) {
    await pool.ready();
    ways.push([`one job, ${pool.concurrency} workers`, () => pool.runSteps(steps)]);
    ways.push([
      `${STEPS} jobs, ${pool.concurrency} workers`,
      async () => {
        for (const one of steps) await pool.runSteps([one]);
      },
    ]);
  }
  const fresh = ways.map(([, way]) => async () => {
    x.set(content);
    const ms = await time(way);
    if (way !== ways[0]?.[1] && sorted.some((value, i) => !Object.is(value, x[i]))) throw new Error("not sorted");
    return ms;
  });
  const ms = ways.map((): number[] => []);
  for (let i = 0; i < 25; i++) for (const [k, way] of fresh.entries()) ms[k]?.push(await way());
  for (const [k, [name]] of ways.entries()) show(name, ms[k]?.slice(5) ?? []);
  for (const pool of pools) await pool.shutdown();
}

/** @param url of a file with an empty kernel */
export async function steps(url: URL): Promise<void> {
  await empty(url);
  await radixSort();
}
