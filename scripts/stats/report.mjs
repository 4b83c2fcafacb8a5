/** z-scores of the hits of many seeds and many blocks, and what a perfect generator would make of each table. */
import { estimatePi, ThreadExecutor, wasmKernel } from "allcores";
import { pi } from "../../dist/kernels/index.js";
import { chiSquared, correlation, extreme, kolmogorov, normal } from "./tests.mjs";

const SHARE = Math.PI / 4;
const BLOCK = 2 ** 20;
const PER_SEED = 1e8;
const { scratch } = pi.prepare({ samples: 1 }).plan;
/** Neighbours whose correlation is looked at. */
const LAGS = [1, 2, 3, 4, 8, 16, 32, 64];
/** Sums of fewer products are not near enough to normal ones. */
const FEWEST = 30;
const kernel = wasmKernel(new URL("../../dist/kernels/pi.wasm", import.meta.url), "pi");

const zScore = (hits, samples) => (hits - samples * SHARE) / Math.sqrt(samples * SHARE * (1 - SHARE));
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** The seed `count` on, modulo 2^64. */
const following = (seed, count) => BigInt.asUintN(64, seed + BigInt(count));

/** Half of the samples in seeds of 1e8, half in the blocks of two neighbouring seeds. */
export async function report(samples, firstSeed) {
  const started = performance.now();
  const executor = new ThreadExecutor();
  const seeds = await hitsOfSeeds(Math.max(2, Math.round(samples / 2 / PER_SEED)), firstSeed, executor);
  const blocks = Math.max(2, Math.round(samples / 4 / BLOCK));
  const one = await hitsOfBlocks(blocks, firstSeed, executor);
  const nextSeed = following(firstSeed, 1);
  const next = await hitsOfBlocks(blocks, nextSeed, executor);

  const perSeed = seeds.map((hits) => zScore(hits, PER_SEED));
  const [perBlock, perNext] = [one, next].map((hits) => hits.map((value) => zScore(value, BLOCK)));
  print(`${seeds.length} seeds from ${firstSeed} on, 1e8 samples each`, [
    ...shape(perSeed),
    ...correlations((lag) => `correlation with the seed ${lag} on`, perSeed, perSeed),
  ]);
  const on = (lag) => `correlation with the block ${lag} on`;
  for (const [seed, z] of [
    [firstSeed, perBlock],
    [nextSeed, perNext],
  ])
    print(`${blocks} blocks of seed ${seed}, 2^20 samples each`, [...shape(z), ...correlations(on, z, z)]);
  print(`blocks of seed ${firstSeed} and of seed ${nextSeed}`, [
    ...correlations(() => "correlation with the same block", perBlock, perNext, [0]),
    ...correlations(on, perBlock, perNext),
    ...correlations((lag) => `correlation with the block ${lag} back`, perNext, perBlock),
  ]);
  const all = seeds.length * PER_SEED + 2 * blocks * BLOCK;
  const hits = sum(seeds) + sum(one) + sum(next);
  print(`all ${all.toExponential(3)} samples`, [["hits", normal(zScore(hits, all))]]);
  console.log(`\n${all} samples, ${hits} hits, ${Math.round((performance.now() - started) / 1000)} s`);
  await executor.shutdown();
}

/** The correlations of `a` with `b` moved by each lag, but for those of too few values. */
function correlations(nameOf, a, b, lags = LAGS) {
  return lags.filter((lag) => a.length - lag >= FEWEST).map((lag) => [nameOf(lag), correlation(a, b.slice(lag))]);
}

function shape(z) {
  const n = z.length;
  return [
    ["mean", normal(sum(z) / Math.sqrt(n))],
    ["sum of squares", chiSquared(sum(z.map((value) => value * value)), n)],
    ["least", negated(extreme(-leastOf(z), n))],
    ["greatest", extreme(greatestOf(z), n)],
    ["distribution (Kolmogorov-Smirnov)", kolmogorov(z)],
  ];
}

// Not Math.min(...z): a call has a limit of arguments.
const leastOf = (z) => z.reduce((a, b) => Math.min(a, b));
const greatestOf = (z) => z.reduce((a, b) => Math.max(a, b));
const negated = ({ value, p }) => ({ value: -value, p });

function print(title, rows) {
  if (rows.length === 0) return;
  console.log(`\n${title}`);
  for (const [name, { value, p }] of rows)
    console.log(
      `  ${name.padEnd(36)} ${value.toFixed(4).padStart(12)}   p = ${p.toPrecision(2)}${p < 1e-4 ? "  !" : ""}`,
    );
}

async function hitsOfSeeds(count, first, executor) {
  const hits = [];
  // One at a time: each is a job of all workers.
  for (let i = 0; i < count; i++)
    hits.push((await estimatePi({ samples: PER_SEED, seed: following(first, i), executor })).hits);
  return hits;
}

/** Hits of the blocks from 0 to `blocks` - 1, each for itself. */
async function hitsOfBlocks(blocks, seed, executor) {
  const args = [blocks * BLOCK, seed];
  return executor.run({ kernel, n: blocks, grain: 1, args, scratch, partial: "value" });
}
