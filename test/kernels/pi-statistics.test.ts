/**
 * Whether the random points are random. Seeds are fixed, so each test passes always or never; the bounds are those that
 * a perfect generator would break for less than one choice of seeds in a million.
 */
import { estimatePi, SerialExecutor, wasmKernel } from "allcores";
import { twins } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { plans } from "./plans.js";
import { random } from "./pools.js";

const BLOCK = 2 ** 20;
const SHARE = Math.PI / 4;
const serial = new SerialExecutor();

const kernel = wasmKernel(new URL("../../dist/kernels/pi.wasm", import.meta.url), "pi");
const { scratch } = plans.pi;

/** How far hits are from what is expected, in standard deviations. */
const zScore = (hits: number, samples: number) => (hits - samples * SHARE) / Math.sqrt(samples * SHARE * (1 - SHARE));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Hits of the blocks from 0 to `blocks` - 1, each for itself. */
async function hitsByBlock(blocks: number, seed: bigint): Promise<number[]> {
  const args = [blocks * BLOCK, seed];
  return (await serial.run({ kernel, n: blocks, grain: 1, args, scratch, partial: "value" })) as number[];
}

/** Which of the first samples of a block are hits, as a string of 0s and 1s. */
async function firstHits(block: number, seed: bigint, length = 64): Promise<string> {
  const upTo = Array.from({ length: length + 1 }, (_, i) =>
    i === 0 ? 0 : serial.run({ kernel, args: [block, block + 1, block * BLOCK + i, seed], scratch }),
  );
  const sums = (await Promise.all(upTo)) as number[];
  return sums.slice(1).reduce<string>((text, sum, i) => text + (sum - (sums[i] as number)), "");
}

/** Mean, variance and extremes of standard normal values, each at 5.2 standard deviations (2e-7) or beyond. */
function expectNormal(z: readonly number[]): void {
  const n = z.length;
  expect(Math.abs(mean(z))).toBeLessThan(5.2 / Math.sqrt(n));
  // Around the known mean, 0: chi-squared of n degrees, as Wilson and Hilferty approximate it.
  const bound = (side: number) => (1 - 2 / (9 * n) + side * 5.2 * Math.sqrt(2 / (9 * n))) ** 3;
  const variance = mean(z.map((value) => value * value));
  expect(variance).toBeGreaterThan(bound(-1));
  expect(variance).toBeLessThan(bound(1));
  // One value in a thousand million is beyond 6.1.
  expect(Math.max(...z.map(Math.abs))).toBeLessThan(6.1);
}

/** Two rows of independent standard normal values have a correlation of about 1 / sqrt(n). */
function expectUncorrelated(a: readonly number[], b: readonly number[]): void {
  const n = Math.min(a.length, b.length);
  const product = mean(a.slice(0, n).map((value, i) => value * (b[i] as number)));
  expect(Math.abs(product)).toBeLessThan(5.2 / Math.sqrt(n));
}

describe("hits over many seeds", () => {
  const draw = random(1);
  const families: [string, (i: number) => bigint][] = [
    ["consecutive seeds", (i) => BigInt(i)],
    ["seeds one bit apart", (i) => (i < 64 ? 1n << BigInt(i) : (1n << BigInt(i % 64)) ^ (1n << BigInt((i * 7) % 61)))],
    // What plain splitmix64 adds from word to word: its streams of such seeds overlap.
    ["seeds a multiple of the golden ratio apart", (i) => BigInt.asUintN(64, BigInt(i) * 0x9e3779b97f4a7c15n)],
    ["random seeds", () => (BigInt(Math.floor(draw() * 2 ** 32)) << 32n) | BigInt(Math.floor(draw() * 2 ** 32))],
  ];

  it.each(families)("are normal for %s", { timeout: 20_000 }, async (_, seedOf) => {
    const samples = 1e6;
    const z: number[] = [];
    for (let i = 0; i < 200; i++) {
      const { hits } = await estimatePi({ samples, seed: seedOf(i), executor: serial });
      z.push(zScore(hits, samples));
    }
    expectNormal(z);
    expectUncorrelated(z, z.slice(1));
  });

  it("are normal for the twin", { timeout: 20_000 }, async () => {
    const samples = 1e6;
    const z: number[] = [];
    for (let seed = 0; seed < 200; seed++) {
      const { hits } = await twins.estimatePi({ samples, seed, executor: serial });
      z.push(zScore(hits, samples));
    }
    expectNormal(z);
  });
});

describe("hits of blocks", () => {
  it("are normal, and those of neighbouring blocks and seeds have nothing in common", { timeout: 20_000 }, async () => {
    const [one, next] = await Promise.all([hitsByBlock(256, 42n), hitsByBlock(256, 43n)]);
    const [z, zNext] = [one, next].map((hits) => hits.map((value) => zScore(value, BLOCK))) as [number[], number[]];
    expectNormal(z);
    expectNormal(zNext);
    expectUncorrelated(z, zNext);
    for (const shift of [1, 2, 3, 4, 8, 16]) {
      expectUncorrelated(z, z.slice(shift));
      expectUncorrelated(z, zNext.slice(shift));
      expectUncorrelated(zNext, z.slice(shift));
    }
  });

  it("add up to the hits of all", { timeout: 5000 }, async () => {
    const hits = await hitsByBlock(9, 42n);
    const { hits: all } = await estimatePi({ samples: 9 * BLOCK, seed: 42, executor: serial });
    expect(hits.reduce((sum, value) => sum + value)).toBe(all);
  });

  it("begin with other points in every block and for every seed", { timeout: 10_000 }, async () => {
    const blocks = [0, 1, 2, 3, 4, 7, 8, 255, 256, 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 33 - 2];
    const seeds = [0n, 1n, 2n, 41n, 42n, 43n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 63n, 2n ** 64n - 1n];
    const starts = await Promise.all(blocks.flatMap((block) => seeds.map((seed) => firstHits(block, seed))));
    // Two equal rows of 64 by chance: one pair in 4e11.
    expect(new Set(starts).size).toBe(blocks.length * seeds.length);
    for (const start of starts) expect(start).toMatch(/^[01]{64}$/);
    const ones = starts.join("").replaceAll("0", "").length;
    expect(Math.abs(zScore(ones, 64 * starts.length))).toBeLessThan(5.2);
  });
});

describe("the estimate", () => {
  it("is within 5 standard errors of pi at 1e9 samples", { timeout: 20_000 }, async () => {
    const { pi, stderr } = await estimatePi({ samples: 1e9, seed: 2024, executor: serial });
    expect(stderr).toBeCloseTo(5.193e-5, 7);
    expect(Math.abs(pi - Math.PI)).toBeLessThan(5 * stderr);
  });

  it.each([0, 42, 2n ** 64n - 1n])("of the twin is as good, seed %s", { timeout: 10_000 }, async (seed) => {
    const options = { samples: 2e7, seed, executor: serial };
    const [wasm, twin] = [await estimatePi(options), await twins.estimatePi(options)];
    expect(Math.abs(twin.pi - Math.PI)).toBeLessThan(5 * twin.stderr);
    expect(Math.abs(twin.pi - wasm.pi)).toBeLessThan(5 * Math.hypot(twin.stderr, wasm.stderr));
  });
});
