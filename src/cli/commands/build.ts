/** `allcores build`: files of kernels to files that need no compiler. */
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import type { BuildOptions } from "allcores/compile";
import type { Command } from "commander";
import { argumentReader, asUse, newCommand, UsageError, withExample } from "../command.js";
import { printAnswer, secondsSince, showSeconds } from "../output.js";
import { arenaSize, fileName, whole } from "../parse.js";
import { withNote } from "../progress.js";
import { changedSources, type Source, sourcesOf } from "../sources.js";

interface BuildFlags {
  readonly output: string;
  readonly slot?: number;
  readonly arena?: number;
  readonly optimize?: number;
  readonly assert?: boolean;
  readonly checked?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
}

export function buildCommand(signal: AbortSignal): Command {
  const command = newCommand(
    "build",
    "compile files of kernels in AssemblyScript to .wasm, .js (or .mjs) and their types",
  );
  command
    .argument("<files...>", "the kernels, such as saxpy.ts or 'assembly/*.ts'", filesReader(command))
    .option("-o, --output <folder>", "where the files go", ".")
    .option(
      "--slot <number>",
      "which of the 1,024 slots holds the static data (default: by the content)",
      whole(0, 1023),
    )
    .option("--arena <size>", "what one call may allocate, such as 4MiB (default: 1MiB)", arenaSize)
    .option("--optimize <level>", "how much to optimise, 0 to 3 (default: 3)", whole(0, 3))
    .option("--no-assert", "leave assertions out")
    .option("--checked", "check the indices of arrays, to find wrong ones")
    .option("--watch", "build again whenever a file, or one that it imports, changes")
    .option("--json", "print one JSON object for each build");
  command.action((files: string[], flags: BuildFlags) => asUse(command, () => run(files, flags, command, signal)));
  return withExample(command, "allcores build saxpy.ts -o dist/", "allcores build 'assembly/*.ts' -o dist/ --watch");
}

/** commander reads the arguments of a list one by one, with what it has read so far. */
function filesReader(command: Command): (text: string, before: string[] | undefined) => string[] {
  const read = argumentReader(command, "file", fileName(".ts"));
  return (text, before = []) => [...before, read(text)];
}

async function run(names: readonly string[], flags: BuildFlags, command: Command, signal: AbortSignal): Promise<void> {
  // V8 optimises Binaryen while it runs, which a command is too short for: 3.4 s of processor time in place of 4.6.
  setFlagsFromString("--wasm-tiering-budget=72000000");
  const sources = await sourcesOf(names);
  if (flags.slot !== undefined && sources.length > 1)
    throw new UsageError("--slot is of one file, since files can't share a slot", command);
  if (!flags.watch) {
    const failed = await buildAll(sources, flags, sources.length > 1);
    if (failed > 0) throw new Error(`${failed} of ${sources.length} files do not compile`);
    return;
  }
  for (let due = sources; !signal.aborted; due = await changedSources(sources, signal))
    await buildAll(due, flags, true);
  signal.throwIfAborted();
}

/**
 * Builds one file after the other: the compiler has one thread.
 * @param goesOn whether what does not compile is printed, not thrown
 * @returns how many did not compile
 */
async function buildAll(sources: readonly Source[], flags: BuildFlags, goesOn: boolean): Promise<number> {
  let failed = 0;
  for (const [i, source] of sources.entries()) {
    const place = sources.length > 1 ? ` (${i + 1} of ${sources.length})` : "";
    try {
      await buildOnce(source, flags, `compiling ${source.file}${place}`);
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      if (!goesOn || code !== "ERR_COMPILE") throw error; // a change of the file would not mend it
      console.error(`allcores: ${message}`);
      failed++;
    }
  }
  return failed;
}

async function buildOnce(source: Source, flags: BuildFlags, note: string): Promise<void> {
  const { buildKernels } = await import("allcores/compile");
  const start = performance.now();
  const warnings: string[] = [];
  const options: BuildOptions = {
    outDir: flags.output,
    slot: flags.slot,
    arena: flags.arena,
    optimize: flags.optimize as BuildOptions["optimize"],
    assert: flags.assert,
    checked: flags.checked,
    onWarning: (warning) => void warnings.push(warning),
    onInputs: (inputs) => {
      source.inputs = inputs;
    },
  };
  const { files, kernels, slot } = await withNote(note, () =>
    buildKernels(pathToFileURL(resolve(source.file)), options),
  );
  for (const warning of warnings) console.error(`warning: ${warning}`);
  const seconds = secondsSince(start);
  const lines = [...files, `${kernels.join(", ")}: ${showSeconds(seconds)}, slot ${slot}`];
  printAnswer(flags.json, { files, kernels, slot, seconds }, lines);
}
