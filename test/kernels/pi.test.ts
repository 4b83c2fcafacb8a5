/** Pi: the hits are those of the plain oracle, on every executor, with any number of workers. */
import { estimatePi, SerialExecutor } from "allcores";
import { scalar, twins } from "allcores/bench";
import { beforeAll, describe, expect, it } from "vitest";
import { executors, shared } from "../executors/all.js";
import { piBlock } from "./pi.oracle.js";
import { pools } from "./pools.js";

const BLOCK = 2 ** 20;
/** Less than one vector, a block and its edges, three blocks and a piece, ten blocks. */
const COUNTS = [1, 2, 3, 5, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7, 1e7 + 1];
const SEEDS = [0, 42, 2 ** 53 - 1, 2n ** 64n - 1n];

const known = new Map<string, number>();
/** The oracle's hits of one block, computed once. */
function blockHits(block: number, samples: number, seed: bigint): number {
  const key = `${block} ${samples} ${seed}`;
  const hits = known.get(key) ?? piBlock(block, samples, seed).hits;
  known.set(key, hits);
  return hits;
}

function oracle(samples: number, seed: number | bigint): number {
  let hits = 0;
  for (let block = 0; block * BLOCK < samples; block++)
    hits += blockHits(block, Math.min(BLOCK, samples - block * BLOCK), BigInt(seed));
  return hits;
}

const serial = new SerialExecutor();

const alone = new Map<string, Promise<number>>();
/** The hits of a computation on this thread, computed once. */
function hitsAlone(compute: typeof estimatePi, samples: number, seed: number | bigint): Promise<number> {
  const key = `${compute === estimatePi ? "Wasm" : "twin"} ${samples} ${seed}`;
  const hits = alone.get(key) ?? compute({ samples, seed, executor: serial }).then((result) => result.hits);
  alone.set(key, hits);
  return hits;
}

// Else the first pool's tests would pay for it, from their time limits.
beforeAll(() => {
  for (const samples of COUNTS) oracle(samples, 42);
}, 30_000);

describe.each(pools)("on $name", (pool) => {
  const executor = shared(pool.row, pool.workers);

  it.each(COUNTS)("%d samples have the oracle's hits", { timeout: 10_000 }, async (samples) => {
    const { hits } = await estimatePi({ samples, seed: 42, executor: executor.it });
    expect(hits).toBe(oracle(samples, 42));
  });

  it.runIf(pool.isUsual)("the twin's hits are its own, and always the same", { timeout: 20_000 }, async () => {
    for (const samples of COUNTS) {
      const { hits } = await twins.estimatePi({ samples, seed: 42, executor: executor.it });
      expect(hits, `${samples} samples`).toBe(await hitsAlone(twins.estimatePi, samples, 42));
    }
  });
});

describe("seeds", () => {
  it.each(SEEDS)("%s has the oracle's hits and is echoed as given", { timeout: 10_000 }, async (seed) => {
    for (const samples of [7, BLOCK + 1001]) {
      const result = await estimatePi({ samples, seed, executor: serial });
      expect(result.hits).toBe(oracle(samples, seed));
      expect(result.seed).toBe(seed);
    }
  });

  const rows = executors.map((row) => ({ kind: row.kind, executor: shared(row) }));
  it("reach every worker whole", { timeout: 10_000 }, async () => {
    const samples = 2 * BLOCK + 1;
    for (const { kind, executor } of rows) {
      for (const seed of SEEDS)
        for (const compute of [estimatePi, twins.estimatePi]) {
          const { hits } = await compute({ samples, seed, executor: executor.it });
          expect(hits, `${kind}, seed ${seed}`).toBe(await hitsAlone(compute, samples, seed));
        }
    }
  });

  it("are the same as a number and as a bigint", { timeout: 5000 }, async () => {
    const [number, bigint] = await Promise.all([
      estimatePi({ samples: 1e6, seed: 42, executor: serial }),
      estimatePi({ samples: 1e6, seed: 42n, executor: serial }),
    ]);
    expect(bigint).toEqual({ ...number, seed: 42n });
  });

  it("are drawn where none is given, and then reproduce the result, through JSON", { timeout: 5000 }, async () => {
    for (const compute of [estimatePi, twins.estimatePi]) {
      const drawn = await Promise.all(Array.from({ length: 8 }, () => compute({ samples: 12_345, executor: serial })));
      expect(new Set(drawn.map(({ seed }) => seed)).size).toBe(8);
      for (const result of drawn) {
        expect(result.seed).toSatisfy(Number.isSafeInteger);
        expect(result.seed).toBeGreaterThanOrEqual(0);
        const read = JSON.parse(JSON.stringify(result)) as typeof result;
        expect(read).toEqual(result);
        expect(await compute({ samples: read.samples, seed: read.seed, executor: serial })).toEqual(result);
      }
    }
  });
});

describe("the result", () => {
  it.each([1, 2, 1000, 1e6 + 1])("of %d samples is 4 hits / samples with its standard error", async (samples) => {
    const result = await estimatePi({ samples, seed: 7, executor: serial });
    const isAllOrNone = result.hits === 0 || result.hits === samples;
    const share = isAllOrNone ? (result.hits + 1) / (samples + 2) : result.hits / samples;
    expect(result.samples).toBe(samples);
    expect(result.hits).toBeGreaterThanOrEqual(0);
    expect(result.hits).toBeLessThanOrEqual(samples);
    expect(result.pi).toBeCloseTo((4 * result.hits) / samples, 14);
    expect(result.stderr).toBeCloseTo(4 * Math.sqrt((share * (1 - share)) / samples), 14);
    expect(Object.keys(result).sort()).toEqual(["hits", "pi", "samples", "seed", "stderr"]);
  });

  it("has a standard error where all samples hit or all missed, next to that of one", { timeout: 10_000 }, async () => {
    for (const compute of [estimatePi, twins.estimatePi, scalar.estimatePi])
      for (let samples = 1; samples <= 8; samples++) {
        const found = new Map<number, number>();
        for (let seed = 0; seed < 60; seed++) {
          const { hits, stderr } = await compute({ samples, seed, executor: serial });
          found.set(hits, stderr);
        }
        const extremes = [...found].filter(([hits]) => hits === 0 || hits === samples);
        expect(extremes.length, `${samples} samples`).toBeGreaterThan(0);
        for (const [, stderr] of extremes) {
          // p = 1 / (samples + 2), or what is left of 1.
          expect(stderr).toBeCloseTo((4 / (samples + 2)) * Math.sqrt((samples + 1) / samples), 14);
          const ofOneMiss = found.get(samples - 1);
          if (samples > 1 && ofOneMiss !== undefined) expect(stderr / ofOneMiss).toBeGreaterThan(0.8);
          if (samples > 1 && ofOneMiss !== undefined) expect(stderr / ofOneMiss).toBeLessThan(1);
        }
      }
  });
});

describe.each(executors)("all samples that there are, on $kind", (row) => {
  const executor = shared(row);
  const samples = Number.MAX_SAFE_INTEGER;

  it.each([0, 30])("start, and end %d ms later with the signal's reason", { timeout: 5000 }, async (ms) => {
    for (const compute of [estimatePi, twins.estimatePi]) {
      const controller = new AbortController();
      const reason = new Error("enough");
      const job = compute({ samples, seed: 1, executor: executor.it, signal: controller.signal });
      const outcome = expect(job).rejects.toBe(reason);
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      controller.abort(reason);
      await outcome;
    }
    const { hits } = await estimatePi({ samples: BLOCK + 1, seed: 42, executor: executor.it });
    expect(hits).toBe(oracle(BLOCK + 1, 42));
  });

  it("do not start at all when the signal is aborted", { timeout: 5000 }, async () => {
    const reason = new Error("never mind");
    const job = estimatePi({ samples, seed: 1, executor: executor.it, signal: AbortSignal.abort(reason) });
    await expect(job).rejects.toBe(reason);
  });
});
