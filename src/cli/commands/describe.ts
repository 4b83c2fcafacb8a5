/** `allcores describe`: what the numbers of a file are like, with their histogram. */
import { performance } from "node:perf_hooks";
import type { Command } from "commander";
import { arrayFile, heapType, loadFile } from "../arrays/files.js";
import { drawHistogram, showNumber } from "../arrays/histogram.js";
import { argumentReader, asUse, newCommand, withExample } from "../command.js";
import { addRunOptions, type ExecutorFlags, MANY, openExecutor } from "../executor.js";
import { printAnswer, secondsSince, showCount, showExecutor, showSeconds } from "../output.js";
import { whole } from "../parse.js";
import { formatTable } from "../table.js";

interface DescribeFlags extends ExecutorFlags {
  readonly bins: number;
  readonly json?: boolean;
}

const QUARTILES = [0.25, 0.5, 0.75] as const;

export function describeCommand(signal: AbortSignal): Command {
  const command = newCommand("describe", "describe the numbers of a file: .npy, or raw ones such as .f64, .f32, .i32");
  command
    .argument("<file>", "the numbers", argumentReader(command, "file", arrayFile))
    .option("--bins <count>", "bins of the histogram, 1 to 1000", whole(1, 1000), 16);
  addRunOptions(command).action((file: string, flags: DescribeFlags) =>
    asUse(command, () => run(file, flags, command, signal)),
  );
  return withExample(command, "allcores describe data.npy");
}

async function run(
  file: string,
  { json, bins, ...flags }: DescribeFlags,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const { describe, histogram, quantile } = await import("allcores/arrays");
  await using executor = await openExecutor(flags, command, MANY, signal);
  const { data, shape } = await loadFile(file, signal);
  const x = data as never;
  const options = { executor, signal };
  const start = performance.now();
  const description = await describe(x, options);
  const { count, nans, sum, mean, std, min, max } = description;
  const quartiles = Array.from(await quantile(x, QUARTILES, options));
  // Infinite numbers have no range that could be cut into bins.
  const hasBins = Number.isFinite(max - min);
  const { counts, edges } = hasBins ? await histogram(x, { bins, ...options }) : { counts: [], edges: [] };
  const seconds = secondsSince(start);
  const type = heapType(data);
  const { kind, concurrency } = executor;
  const where = { executor: kind, workers: concurrency, seconds };
  const answer = { type, shape: shape ?? [data.length], ...description, quartiles };
  const rows = [
    ["mean", mean],
    ["std", std],
    ["min", min],
    ...QUARTILES.map((q, i) => [q === 0.5 ? "median" : `${q * 100}%`, quartiles[i] as number] as const),
    ["max", max],
    ["sum", sum],
  ] as const;
  printAnswer(json, { ...answer, histogram: { counts: Array.from(counts), edges: Array.from(edges) }, ...where }, [
    `${file}: ${showCount(count)} numbers (${type})${nans > 0 ? `, and ${showCount(nans)} NaN` : ""}`,
    ...formatTable(rows.map(([name, value]) => [`  ${name}`, showNumber(value)])),
    ...drawHistogram(counts, edges),
    `${showSeconds(seconds)} ${showExecutor(executor)}`,
  ]);
}
