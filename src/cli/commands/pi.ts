/** `allcores pi`: pi by sampling. */
import { performance } from "node:perf_hooks";
import { type Command, Option } from "commander";
import { asUse, newCommand, withExample } from "../command.js";
import { addRunOptions, type ExecutorFlags, openExecutor } from "../executor.js";
import { printAnswer, secondsSince, showCount, showExecutor, showSeconds } from "../output.js";
import { seed, whole } from "../parse.js";
import { withProgress } from "../progress.js";

/** Samples a chunk. */
const BLOCK = 2 ** 20;

interface PiFlags extends ExecutorFlags {
  readonly samples: number;
  readonly seed?: bigint;
  readonly json?: boolean;
}

export function piCommand(signal: AbortSignal): Command {
  const samples = whole(1, Number.MAX_SAFE_INTEGER, "2^53 - 1");
  const command = newCommand("pi", "estimate pi by sampling points in a square")
    .addOption(new Option("--samples <count>", "how many points").argParser(samples).default(1e8, "1e8"))
    .option("--seed <number>", "0 to 2^64 - 1; the same seed gives the same hits (default: drawn)", seed);
  addRunOptions(command).action((flags: PiFlags) => asUse(command, () => run(flags, command, signal)));
  return withExample(command, "allcores pi --samples 1e9 --seed 42");
}

async function run({ samples, seed, json, ...flags }: PiFlags, command: Command, signal: AbortSignal): Promise<void> {
  const { estimatePi } = await import("allcores");
  await using executor = await openExecutor(flags, command, Math.ceil(samples / BLOCK), signal);
  const { result, seconds } = await withProgress("pi", async (onProgress) => {
    const start = performance.now();
    const result = await estimatePi({ samples, seed, executor, signal, onProgress });
    return { result, seconds: secondsSince(start) };
  });
  const { kind, concurrency } = executor;
  const { pi, hits, stderr } = result;
  const answer = {
    pi,
    hits,
    samples,
    stderr,
    seed: String(result.seed),
    executor: kind,
    workers: concurrency,
    seconds,
  };
  printAnswer(json, answer, [
    `pi = ${pi} (standard error ${stderr.toPrecision(2)})`,
    `${showCount(hits)} hits of ${showCount(samples)} samples, seed ${result.seed}`,
    `${showSeconds(seconds)} ${showExecutor(executor)}`,
  ]);
}
