/** `allcores build`: a file of kernels to files that need no compiler. */
import { unwatchFile, watchFile } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildOptions } from "allcores/compile";
import type { Command } from "commander";
import { argumentReader, asUse, newCommand, withExample } from "../command.js";
import { printAnswer, secondsSince, showSeconds } from "../output.js";
import { arenaSize, fileName, whole } from "../parse.js";

interface BuildFlags {
  readonly output: string;
  readonly slot?: number;
  readonly arena?: number;
  readonly optimize?: number;
  readonly assert?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** How often files are looked at, in ms: by their times, since editors replace files, which ends other ways to watch. */
const LOOK_MS = 100;

export function buildCommand(signal: AbortSignal): Command {
  const command = newCommand("build", "compile a file of kernels in AssemblyScript to .wasm, .js and .d.ts");
  command
    .argument("<file>", "the kernels, such as saxpy.ts", argumentReader(command, "file", fileName(".ts")))
    .option("-o, --output <folder>", "where the files go", ".")
    .option(
      "--slot <number>",
      "which of the 1,024 slots holds the static data (default: by the content)",
      whole(0, 1023),
    )
    .option("--arena <size>", "what one call may allocate, such as 4MiB (default: 1MiB)", arenaSize)
    .option("--optimize <level>", "how much to optimise, 0 to 3 (default: 3)", whole(0, 3))
    .option("--no-assert", "leave assertions out")
    .option("--watch", "build again whenever the file, or one that it imports, changes")
    .option("--json", "print one JSON object for each build");
  command.action((file: string, flags: BuildFlags) => asUse(command, () => run(file, flags, signal)));
  return withExample(command, "allcores build saxpy.ts -o dist/");
}

async function run(file: string, flags: BuildFlags, signal: AbortSignal): Promise<void> {
  let inputs: readonly string[] = [resolve(file)];
  const options: BuildOptions = {
    outDir: flags.output,
    slot: flags.slot,
    arena: flags.arena,
    optimize: flags.optimize as BuildOptions["optimize"],
    assert: flags.assert,
    onWarning: (warning) => console.error(`warning: ${warning}`),
    onInputs: (paths) => {
      inputs = paths;
    },
  };
  if (!flags.watch) return buildOnce(file, options, flags.json);
  while (!signal.aborted) {
    await buildOnce(file, options, flags.json).catch((error: Error) => console.error(`allcores: ${error.message}`));
    await changeOf(inputs, signal);
  }
  signal.throwIfAborted();
}

async function buildOnce(file: string, options: BuildOptions, json: boolean | undefined): Promise<void> {
  const { buildKernels } = await import("allcores/compile");
  const start = performance.now();
  const { files, kernels, slot } = await buildKernels(pathToFileURL(resolve(file)), options);
  const seconds = secondsSince(start);
  const lines = [...files, `${kernels.join(", ")}: ${showSeconds(seconds)}, slot ${slot}`];
  printAnswer(json, { files, kernels, slot, seconds }, lines);
}

/** Resolves when one of the files changes, or at the signal. */
function changeOf(paths: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      for (const path of paths) unwatchFile(path, finish);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    signal.addEventListener("abort", finish, { once: true });
    for (const path of paths) watchFile(path, { interval: LOOK_MS }, finish);
    if (signal.aborted) finish();
  });
}
