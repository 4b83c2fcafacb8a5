/**
 * Whether pi's random points are random, asked of the kernel itself: `npm run stats`. docs/randomness.md has results.
 *
 *   npm run stats -- [--samples 1e12] [--seed 0]      z-scores over seeds and blocks, on all cores: some minutes
 *   npm run -s stats -- --stream sequence             its random numbers on stdout, for programs that test generators
 *   npm run -s stats -- --stream interleaved [--blocks 16]
 *   npm run -s stats -- --stream refinements
 */
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    samples: { type: "string", default: "1e12" },
    seed: { type: "string", default: "0" },
    stream: { type: "string" },
    blocks: { type: "string", default: "16" },
  },
});

if (options.stream === undefined) {
  const { report } = await import("./stats/report.mjs");
  await report(Number(options.samples), Number(options.seed));
} else {
  const { stream } = await import("./stats/stream.mjs");
  await stream(options.stream, Number(options.blocks), BigInt(options.seed));
}
