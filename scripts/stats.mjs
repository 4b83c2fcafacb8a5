/**
 * Whether pi's random points are random, asked of the kernel itself: `npm run stats`. docs/randomness.md has results.
 *
 *   npm run stats -- [--samples 1e12] [--seed 0]      z-scores over seeds and blocks, on all cores: some minutes
 *   npm run -s stats -- --stream sequence             its random numbers on stdout, for programs that test generators
 *   npm run -s stats -- --stream interleaved [--blocks 16]
 *   npm run -s stats -- --stream refinements
 */
import { parseArgs } from "node:util";

const STREAMS = ["sequence", "interleaved", "refinements"];

function usage(message) {
  console.error(`stats: ${message.split("\n")[0]}`);
  process.exit(2);
}

function optionsGiven() {
  try {
    return parseArgs({
      options: {
        samples: { type: "string", default: "1e12" },
        seed: { type: "string", default: "0" },
        stream: { type: "string" },
        blocks: { type: "string", default: "16" },
      },
    }).values;
  } catch (error) {
    return usage(error.message);
  }
}

function whole(name, text, max, maxText) {
  const value = /^\d/.test(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  return usage(`--${name} must be a whole number from 1 to ${maxText}, got ${JSON.stringify(text)}`);
}

function seedOf(text) {
  const value = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n;
  if (value >= 0n && value < 2n ** 64n) return value;
  return usage(`--seed must be a whole number from 0 to 2^64 - 1, got ${JSON.stringify(text)}`);
}

const { stream: name, ...options } = optionsGiven();
const samples = whole("samples", options.samples, 2 ** 50, "2^50");
const blocks = whole("blocks", options.blocks, 256, "256"); // 1 GiB
const seed = seedOf(options.seed);
if (name === undefined) {
  const { report } = await import("./stats/report.mjs");
  await report(samples, seed);
} else {
  if (!STREAMS.includes(name)) usage(`--stream must be one of ${STREAMS.join(", ")}, got ${JSON.stringify(name)}`);
  const { stream } = await import("./stats/stream.mjs");
  await stream(name, blocks, seed);
}
