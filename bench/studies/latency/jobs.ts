/** Jobs of 1, 5 and 8 ms by compiled kernels of known rate, on two workers and on the calling thread. */
import type { Executor, HeapScope, Untyped } from "allcores";
import { allcores, compileKernels } from "./allcores.js";
import { type Figures, inTurns, type Row, speedUp } from "./figures.js";
import { WORKERS } from "./peers.js";

const LENGTHS_MS = [1, 5, 8];
const ROWS = 2048;
const COLUMNS = 1024;
const OPTIONS = 1 << 20;

type Range = (executor: Executor, n: number) => Promise<unknown>;

const example = (name: string) => new URL(`../../../examples/kernels/assembly/${name}.ts`, import.meta.url);

/** The examples' kernels, each with room for jobs longer than those that are timed. */
async function works(scope: HeapScope): Promise<Record<string, { most: number; run: Range }>> {
  const { convolve } = await compileKernels<{ convolve: Untyped }>(example("convolution"));
  const { blackScholes } = await compileKernels<{ blackScholes: Untyped }>(example("black-scholes"));
  const image = scope.float32((COLUMNS + 4) * (ROWS + 4)).fill(0.5);
  const picture = [COLUMNS, image, scope.float32(25).fill(0.04), scope.float32(COLUMNS * ROWS)];
  const inputs = [100, 105, 1].map((value) => scope.float64(OPTIONS).fill(value));
  const options = [0.02, 0.3, ...inputs, scope.float64(OPTIONS), scope.float64(OPTIONS)];
  return {
    convolution: { most: ROWS, run: (executor, n) => executor.parallelFor(convolve, n, picture) },
    "Black-Scholes": {
      most: OPTIONS,
      // Arrays of an item each have the length of the range.
      run: (executor, n) => {
        const args = options.map((arg) => (typeof arg === "number" ? arg : arg.subarray(0, n)));
        return executor.parallelFor(blackScholes, n, args);
      },
    },
  };
}

/** The items that take a millisecond of the calling thread. */
async function itemsPerMs(serial: Executor, run: Range, n: number): Promise<number> {
  const { call } = await inTurns({ call: () => run(serial, n) }, { warm: 20, ms: 150 });
  return (1000 * n) / call.p10;
}

export async function jobs(share: number): Promise<Row[]> {
  using scope = allcores.heap.scope();
  const serial = new allcores.SerialExecutor();
  await using pool = new allcores.ThreadExecutor({ workers: WORKERS });
  await pool.ready();
  const names: string[] = [];
  const cases: Record<string, () => unknown> = {};
  for (const [name, { most, run }] of Object.entries(await works(scope))) {
    const rate = await itemsPerMs(serial, run, most / 8);
    for (const ms of LENGTHS_MS) {
      const n = Math.min(most, Math.max(1, Math.round(ms * rate)));
      const job = `${name}, ${ms} ms`;
      names.push(job);
      cases[`${job}, serial`] = () => run(serial, n);
      cases[job] = () => run(pool, n);
    }
  }
  const own: Record<string, Figures> = await inTurns(cases, { warm: 10, ms: 9000 * share });
  return names.map((job) => {
    const [ours, peer] = [own[job], own[`${job}, serial`]] as [Figures, Figures];
    return speedUp(`${job}, two workers`, ours, `serial (${(peer.p50 / 1000).toFixed(2)} ms)`, peer);
  });
}
