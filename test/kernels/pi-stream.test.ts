/** Pi's points, one by one: those that the header comment of assembly/kernels/pi.ts defines, at every kind of edge. */
import { estimatePi, SerialExecutor, wasmKernel } from "allcores";
import { describe, expect, it } from "vitest";
import { blockDraws, hitsAmong, piBlock, piHits } from "./pi.oracle.js";
import { plans } from "./plans.js";

const BLOCK = 2 ** 20;
const SEEDS = [0n, 42n, 2n ** 53n - 1n, 2n ** 64n - 1n];
/** The last two hold the samples up to 2^53 - 1, which is one less than they have room for. */
const BLOCKS = [0, 1, 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 33 - 2, 2 ** 33 - 1];
/** Around vectors of 4, groups of 16, passes of 256, runs of 4096. */
const COUNTS = [4, 16, 256, 512, 4096, 8192, 65_536].flatMap((count) => [count - 1, count, count + 1]);

const serial = new SerialExecutor();
const kernel = wasmKernel(new URL("../../dist/kernels/pi.wasm", import.meta.url), "pi");
const { scratch } = plans.pi;

/** The kernel's hits among the first samples of a block. */
async function blockHits(block: number, samples: number, seed: bigint): Promise<number> {
  const args = [block, block + 1, block * BLOCK + samples, seed];
  return (await serial.run({ kernel, args, scratch })) as number;
}

/** Which of the samples are hits, as the kernel counts them: whether one more sample is one more hit. */
async function areHits(block: number, samples: readonly number[], seed: bigint): Promise<number[]> {
  const hits: number[] = [];
  for (const sample of samples)
    hits.push((await blockHits(block, sample + 1, seed)) - (sample > 0 ? await blockHits(block, sample, seed) : 0));
  return hits;
}

describe.each(SEEDS)("seed %s", (seed) => {
  it.each(BLOCKS)("block %d has the oracle's hits up to every edge", { timeout: 5000 }, async (block) => {
    const { isHit } = piBlock(block, 65_537, seed);
    for (const samples of [1, 2, ...COUNTS])
      expect(await blockHits(block, samples, seed), `${samples} samples`).toBe(hitsAmong(isHit, samples));
  });

  it("has the oracle's first 600 samples, one by one", { timeout: 5000 }, async () => {
    const samples = Array.from({ length: 600 }, (_, i) => i);
    expect(await areHits(3, samples, seed)).toEqual([...piBlock(3, 600, seed).isHit]);
  });
});

it("the last sample of all is counted", { timeout: 10_000 }, async () => {
  const block = 2 ** 33 - 1;
  expect(await blockHits(block, BLOCK - 1, 42n)).toBe(piBlock(block, BLOCK - 1, 42n).hits);
});

it("the oracle itself begins as the definition says", () => {
  // Worked out by a program in C.
  expect([...blockDraws(0, 4, 42n)]).toEqual([4281182366, 1310205911, 2285427732, 1938305223]);
  expect(blockDraws(13, 515_423, 42n)[515_422]).toBe(0x00408000);
});

describe("samples on the edge", () => {
  const block = piBlock(0, BLOCK, 42n);

  it("are refined where the definition says", { timeout: 10_000 }, async () => {
    expect(block.refined.length).toBeGreaterThan(100);
    const wanted = block.refined.map((sample) => block.isHit[sample]);
    expect(await areHits(0, block.refined, 42n)).toEqual(wanted);
    expect(new Set(wanted)).toEqual(new Set([0, 1]));
  });

  it("would often be counted otherwise without it", { timeout: 10_000 }, async () => {
    expect(block.changed.length).toBeGreaterThan(5);
    // In passes that are drawn whole, in the last of a block and in one that ends early.
    for (const sample of block.changed)
      for (const samples of [sample + 1, (sample | 255) + 1, BLOCK])
        expect(await blockHits(0, samples, 42n)).toBe(hitsAmong(block.isHit, samples));
  });

  /** Of seed 42: x = -2^15 or y = -2^15 near an axis, where half a cell lies at the other end; and both at once. */
  const WRAPPED = [
    [13, 515_422],
    [14, 526_863],
    [26, 817_630],
    [28, 835_654],
    [36, 824_517],
    [39, 765_881],
    [2780, 546_074],
  ] as const;

  it.each(WRAPPED)(
    "block %d, sample %d: a cell with a half at either end",
    { timeout: 5000 },
    async (number, sample) => {
      const { isHit } = piBlock(number, sample + 1, 42n);
      expect(await areHits(number, [sample], 42n)).toEqual([isHit[sample]]);
      // And with its whole pass.
      const samples = (sample | 255) + 1;
      expect(await blockHits(number, samples, 42n)).toBe(piBlock(number, samples, 42n).hits);
    },
  );
});

/** For ever: a change here is a change of everybody's results. */
const PINNED: readonly (readonly [seed: number | bigint, samples: number, hits: number])[] = [
  [0, 1, 1],
  [0, 1000, 783],
  [42, 1_000_001, 786_053],
  [42, 1e9, 785_374_389],
  [2 ** 53 - 1, 2 ** 21 + 77, 1_647_637],
  [2n ** 53n, 1e7, 7_853_356],
  [2n ** 64n - 1n, 2 ** 21, 1_647_118],
];

it.each(PINNED)("seed %s: %d samples have %d hits", { timeout: 10_000 }, async (seed, samples, hits) => {
  expect((await estimatePi({ samples, seed, executor: serial })).hits).toBe(hits);
  if (samples < 3e6) expect(piHits(samples, BigInt(seed))).toBe(hits);
});
