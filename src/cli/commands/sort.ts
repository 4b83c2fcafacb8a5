/** `allcores sort`: numbers of a file, in order. */
import { performance } from "node:perf_hooks";
import type { Command } from "commander";
import { arrayFile, checkEnding, contentOf, heapType, loadFile } from "../arrays/files.js";
import { argumentReader, asUse, newCommand, withExample } from "../command.js";
import { addRunOptions, type ExecutorFlags, MANY, openExecutor } from "../executor.js";
import { printAnswer, secondsSince, showCount, showExecutor, showSeconds } from "../output.js";
import { withProgress } from "../progress.js";
import { replaceFile } from "../replace-file.js";

interface SortFlags extends ExecutorFlags {
  readonly output: string;
  readonly descending?: boolean;
  readonly json?: boolean;
}

export function sortCommand(signal: AbortSignal): Command {
  const command = newCommand("sort", "sort the numbers of a file: .npy, or raw ones such as .f64, .f32, .i32");
  command
    .argument("<file>", "the numbers", argumentReader(command, "file", arrayFile))
    .requiredOption("-o, --output <file>", "where to: .npy, or raw numbers of the same type", arrayFile)
    .option("--descending", "greatest first; NaN stays last");
  addRunOptions(command).action((file: string, flags: SortFlags) =>
    asUse(command, () => run(file, flags, command, signal)),
  );
  return withExample(command, "allcores sort numbers.f64 -o sorted.f64");
}

async function run(
  file: string,
  { json, output, descending = false, ...flags }: SortFlags,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const { sort } = await import("allcores/arrays");
  await using executor = await openExecutor(flags, command, MANY, signal);
  const loaded = await loadFile(file, signal);
  const { data } = loaded;
  checkEnding(output, data, command);
  let seconds = 0;
  await replaceFile(output, signal, async () => {
    await withProgress("sort", async (onProgress) => {
      const start = performance.now();
      await sort(data as never, { out: data as never, descending, executor, signal, onProgress });
      seconds = secondsSince(start);
    });
    // In order, an array of several dimensions is a list.
    return contentOf(output, data, { data, shape: undefined }, signal);
  });
  const { kind, concurrency } = executor;
  const answer = {
    count: data.length,
    type: heapType(data),
    file: output,
    executor: kind,
    workers: concurrency,
    seconds,
  };
  printAnswer(json, answer, [
    `${output}: ${showCount(data.length)} numbers (${heapType(data)})`,
    `${showSeconds(seconds)} ${showExecutor(executor)}`,
  ]);
}
