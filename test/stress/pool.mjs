/**
 * Stress of a pool of threads: calls, ranges, aborts, exits and throws in a random order, beside executors that are shut
 * down while they start. Every future settles in time, with its answer or the error that it asked for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { heap, jsKernel, sumUpTo, ThreadExecutor } from "allcores";
import { randomNumbers } from "./random.mjs";

const KERNELS = new URL("../fixtures/kernels.mjs", import.meta.url);
const js = (name) => jsKernel(KERNELS, name);
const LIMIT_MS = 60_000;
/** Calls at once, at most. */
const AT_ONCE = 12;
const QUEUED = 300;

const VALUES = [
  -0,
  Number.NaN,
  2 ** 53 - 1,
  undefined,
  null,
  true,
  2n ** 70n,
  "text",
  { of: ["one", { more: 2 }] },
  Array.from({ length: 100 }, (_, i) => i / 3),
];

class Fault extends Error {}

function same(got, wanted, what) {
  const [left, right] = [got, wanted].map((value) => (typeof value === "object" ? JSON.stringify(value) : value));
  if (!Object.is(left, right)) throw new Fault(`${what}: ${String(left)} in place of ${String(right)}`);
}

/** Runs the pool for so long. @returns how many futures settled of each kind */
export async function pool({ ms, seed, threads }) {
  const random = randomNumbers(seed);
  const below = (n) => Math.floor(random() * n);
  const before = heap.stats();
  const figures = { calls: 0, ranges: 0, wasm: 0, aborted: 0, crashed: 0, thrown: 0, queued: 0, short: 0 };
  const executor = new ThreadExecutor({ workers: threads });

  /** The answer, or one of these errors, within the limit. */
  async function settled(what, future, errors = []) {
    const limit = new AbortController();
    const late = sleep(LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
      throw new Fault(`${what} has not settled in ${LIMIT_MS} ms`);
    });
    late.catch(() => {});
    try {
      return { value: await Promise.race([future, late]) };
    } catch (error) {
      if (error instanceof Fault || !errors.includes(error.name))
        throw new Fault(`${what}: ${error}`, { cause: error });
      return { error };
    } finally {
      limit.abort();
    }
  }

  const kinds = {
    async calls() {
      const [a, b] = [below(1000) / 8, below(1000)];
      same((await settled("add", executor.submit(js("add"), [a, b]))).value, a + b, "add");
      const value = VALUES[below(VALUES.length)];
      same((await settled("identity", executor.submit(js("identity"), [value]))).value, value, "identity");
    },
    async ranges() {
      const [n, grain] = [1 + below(2000), 1 + below(50)];
      const hits = heap.int32(n);
      await settled("count", executor.parallelFor(js("count"), n, [hits], { grain }));
      if (hits.some((hit) => hit !== 1)) throw new Fault(`count: an item of ${n} was computed not once`);
      heap.free(hits);
      const spans = executor.parallelReduce(js("span"), 40, [], { combine: (a, b) => a + b, initial: "", grain: 10 });
      same((await settled("span", spans)).value, "0-10 10-20 20-30 30-40 ", "span");
    },
    async wasm() {
      const n = below(2e6);
      same((await settled("sum", sumUpTo(n, { executor }))).value, (BigInt(n) * BigInt(n - 1)) / 2n, "sum");
    },
    async aborted() {
      const controller = new AbortController();
      const { signal } = controller;
      const form = below(4);
      const job = [
        () => executor.submit(js("untilCancelledRange"), [], { signal }),
        () => executor.submit(js("spin"), [below(60), 7], { signal }),
        () => executor.parallelFor(js("spinItems"), 40, [1], { signal }),
        () => executor.submit(js("forever"), [], { signal }),
      ][form]();
      setTimeout(() => controller.abort(), below(80));
      const { error } = await settled(`aborted ${form}`, job, ["AbortError"]);
      if (!error && (form === 0 || form === 3)) throw new Fault("a call that never returns has returned");
    },
    async crashed() {
      const isRange = random() < 0.5;
      const job = isRange
        ? executor.parallelFor(js("exitAt"), 40, [below(40)], { grain: 1 })
        : executor.submit(js("exit"), [3]);
      const { error } = await settled("exit", job, ["WorkerCrashedError"]);
      if (!error) throw new Fault("a call that exits has returned");
    },
    async thrown() {
      const job = random() < 0.5 ? executor.submit(js("fail"), ["x"]) : executor.parallelFor(js("failAt"), 40, [9]);
      const { error } = await settled("fail", job, ["KernelError"]);
      if (!error) throw new Fault("a call that throws has returned");
    },
    async queued() {
      const calls = Array.from({ length: QUEUED }, (_, i) => executor.submit(js("add"), [i, 1]));
      for (const [i, call] of calls.entries()) same((await settled("queued", call)).value, i + 1, "queued");
    },
    async short() {
      const other = new ThreadExecutor({ workers: 1 + below(3) });
      const jobs = [other.submit(js("add"), [1, 2]), other.submit(js("spin"), [5, 1])];
      const ends = jobs.map((job) => settled("a call of a short life", job, ["AbortError", "ShutdownError"]));
      await sleep(below(100));
      await settled("shutdown", other.shutdown({ cancel: random() < 0.5 }));
      await Promise.all(ends);
    },
  };
  const names = Object.keys(kinds);
  /** Crashes, many calls and new executors take longer than the rest. */
  const rare = { crashed: 0.3, queued: 0.2, short: 0.2 };

  let failure;
  const until = performance.now() + ms;
  const one = async () => {
    while (!failure && performance.now() < until) {
      const name = names[below(names.length)];
      if (random() >= (rare[name] ?? 1)) continue;
      try {
        await kinds[name]();
        figures[name]++;
      } catch (error) {
        failure ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  if (failure) throw failure;
  await settled("shutdown", executor.shutdown());
  same(heap.stats(), before, "the heap");
  return figures;
}
