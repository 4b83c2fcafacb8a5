/** Sums by looping are exact, for the Wasm kernel, its JS twin and the plain port, on every executor. */
import { SerialExecutor, sumUpTo } from "allcores";
import { scalar, twins } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { executors, shared } from "../executors/all.js";
import { sums } from "../golden/digests.js";
import { pools } from "./pools.js";

const GRAIN = 2 ** 22;
/** Nothing, single numbers, odd ones, the edges of a chunk, and where an int32 and a float32 end. */
const COUNTS = [0, 1, 2, 3, 4, 5, 1001, 2 ** 16 + 1, GRAIN - 1, GRAIN, GRAIN + 1, 3 * GRAIN - 1, 5 * GRAIN + 3];

const gauss = (n: number) => (BigInt(n) * (BigInt(n) - 1n)) / 2n;
const serial = new SerialExecutor();

describe.each(pools)("on $name", (pool) => {
  const executor = shared(pool.row, pool.workers);

  const computations = pool.isUsual ? [sumUpTo, twins.sumUpTo, scalar.sumUpTo] : [sumUpTo];
  it("sums are exact at odd sizes, and those of the twin and its port too", { timeout: 20_000 }, async () => {
    for (const n of COUNTS)
      for (const [i, compute] of computations.entries())
        expect(await compute(n, { executor: executor.it }), `${n}, ${i}`).toBe(gauss(n));
  });
});

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row);

  it.each(sums)("0 + ... + $n - 1 is $sum", { timeout: 10_000 }, async ({ n, sum }) => {
    expect(await sumUpTo(n, { executor: executor.it })).toBe(sum);
  });

  // The largest take long: on one executor.
  const few = sums.filter(({ n }) => row.workers === "none" || n < 25_000_000);
  it.each(few)("0 + ... + $n - 1 is $sum, by the twin and its port", { timeout: 10_000 }, async ({ n, sum }) => {
    expect(await twins.sumUpTo(n, { executor: executor.it })).toBe(sum);
    expect(await scalar.sumUpTo(n, { executor: executor.it })).toBe(sum);
  });
});

it("is exact at the end of the range, 2^32", { timeout: 20_000 }, async () => {
  expect(await sumUpTo(2 ** 32, { executor: serial })).toBe(gauss(2 ** 32));
  expect(await scalar.sumUpTo(2 ** 32, { executor: serial })).toBe(gauss(2 ** 32));
});

it("is exact where a double is not, in both languages", { timeout: 10_000 }, async () => {
  const n = 2 ** 28 - 1; // the total has 55 bits
  expect(await sumUpTo(n, { executor: serial })).toBe(gauss(n));
  expect(await twins.sumUpTo(n, { executor: serial })).toBe(gauss(n));
});
