/** `allcores nearest`: which rows of a file are nearest to others. */
import { performance } from "node:perf_hooks";
import type { HeapArray } from "allcores";
import type { Metric } from "allcores/arrays";
import { type Command, Option } from "commander";
import { arrayFile, type Loaded, loadFile } from "../arrays/files.js";
import { showNumber } from "../arrays/histogram.js";
import { argumentReader, asUse, newCommand, withExample } from "../command.js";
import { addRunOptions, type ExecutorFlags, MANY, openExecutor } from "../executor.js";
import { printAnswer, secondsSince, showCount, showExecutor, showSeconds } from "../output.js";
import { whole } from "../parse.js";
import { formatTable } from "../table.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "l2"];

interface NearestFlags extends ExecutorFlags {
  readonly query: string;
  readonly k: number;
  readonly dim?: number;
  readonly metric: Metric;
  readonly json?: boolean;
}

export function nearestCommand(signal: AbortSignal): Command {
  const command = newCommand("nearest", "find the rows of a file that are nearest to a query");
  command
    .argument(
      "<file>",
      "the rows: an .npy of two dimensions, or raw .f32 or .i8 with --dim",
      argumentReader(command, "file", arrayFile),
    )
    .requiredOption("--query <file>", "one row or more of the same length", arrayFile)
    .option("-k <count>", "how many for each", whole(1, 2 ** 20, "2^20"), 10)
    .option("--dim <count>", "numbers of a row, where no shape says it", whole(1, 2 ** 20, "2^20"))
    .addOption(new Option("--metric <name>", "what near means").choices(METRICS).default("cosine"));
  addRunOptions(command).action((file: string, flags: NearestFlags) =>
    asUse(command, () => run(file, flags, command, signal)),
  );
  return withExample(command, "allcores nearest vectors.npy --query q.npy -k 10");
}

async function run(
  file: string,
  { json, query: queryFile, k, metric, ...flags }: NearestFlags,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const { nearest } = await import("allcores/arrays");
  await using executor = await openExecutor(flags, command, MANY, signal);
  const loaded = await loadFile(file, signal);
  const dim = flags.dim ?? (loaded.shape?.length === 2 ? loaded.shape[1] : undefined);
  if (!dim) command.error(`option '--dim <count>' is missing: ${file} has no two dimensions that say it`);
  const [rows, query] = [await asFloats(loaded), await asFloats(await loadFile(queryFile, signal))];
  const start = performance.now();
  const found = await nearest(rows as never, query as never, { dim: dim as number, k, metric, executor, signal });
  const seconds = secondsSince(start);
  const queries = Array.from({ length: found.k === 0 ? 0 : found.ids.length / found.k }, (_, i) => ({
    ids: Array.from(found.ids.subarray(i * found.k, (i + 1) * found.k)),
    scores: Array.from(found.scores.subarray(i * found.k, (i + 1) * found.k)),
  }));
  const { kind, concurrency } = executor;
  const answer = { k: found.k, metric, dim, rows: rows.length / (dim as number), queries };
  printAnswer(json, { ...answer, executor: kind, workers: concurrency, seconds }, [
    `${showCount(answer.rows)} rows of ${dim}, ${metric}`,
    ...queries.flatMap(({ ids, scores }, i) => [
      ...(queries.length > 1 ? [`query ${i}`] : []),
      ...formatTable(ids.map((id, at) => [`  ${showCount(id)}`, showNumber(scores[at] as number)])),
    ]),
    `${showSeconds(seconds)} ${showExecutor(executor)}`,
  ]);
}

/** What NumPy makes unless it is asked otherwise, as what is searched. */
async function asFloats({ data }: Loaded): Promise<HeapArray> {
  if (!(data instanceof Float64Array)) return data;
  const { heap } = await import("allcores");
  return heap.float32(data);
}
