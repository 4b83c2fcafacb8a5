/** `allcores sum`: 0 + 1 + ... + n-1 by looping. */
import { performance } from "node:perf_hooks";
import type { Command } from "commander";
import { argumentReader, asUse, newCommand, withExample } from "../command.js";
import { addRunOptions, type ExecutorFlags, openExecutor } from "../executor.js";
import { printAnswer, secondsSince, showExecutor, showSeconds } from "../output.js";
import { whole } from "../parse.js";
import { withProgress } from "../progress.js";

/** Numbers a chunk. */
const CHUNK = 2 ** 22;

interface SumFlags extends ExecutorFlags {
  readonly json?: boolean;
}

export function sumCommand(signal: AbortSignal): Command {
  const command = newCommand("sum", "add up 0 + 1 + ... + n-1 by looping: the classic busy loop");
  const count = argumentReader(command, "n", whole(0, 2 ** 32, "2^32"));
  command.argument("<n>", "how many numbers to add, 0 to 2^32", count);
  addRunOptions(command).action((n: number, flags: SumFlags) => asUse(command, () => run(n, flags, command, signal)));
  return withExample(command, "allcores sum 130000000");
}

async function run(n: number, { json, ...flags }: SumFlags, command: Command, signal: AbortSignal): Promise<void> {
  const { sumUpTo } = await import("allcores");
  await using executor = await openExecutor(flags, command, Math.ceil(n / CHUNK), signal);
  const { sum, seconds } = await withProgress("sum", async (onProgress) => {
    const start = performance.now();
    const sum = await sumUpTo(n, { executor, signal, onProgress });
    return { sum, seconds: secondsSince(start) };
  });
  const { kind, concurrency } = executor;
  const answer = { n, sum: String(sum), executor: kind, workers: concurrency, seconds };
  printAnswer(json, answer, [`sum = ${sum}`, `${showSeconds(seconds)} ${showExecutor(executor)}`]);
}
