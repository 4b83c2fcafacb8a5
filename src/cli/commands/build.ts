/** `allcores build`: a file of kernels to files that need no compiler. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import type { BuildInput, BuildOptions } from "allcores/compile";
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
  readonly checked?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** The interval, in ms, of looks at the files: editors replace files, which ends a watch by fs.watch. */
const LOOK_MS = 100;

export function buildCommand(signal: AbortSignal): Command {
  const command = newCommand(
    "build",
    "compile a file of kernels in AssemblyScript to .wasm, .js (or .mjs) and its types",
  );
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
    .option("--checked", "check the indices of arrays, to find wrong ones")
    .option("--watch", "build again whenever the file, or one that it imports, changes")
    .option("--json", "print one JSON object for each build");
  command.action((file: string, flags: BuildFlags) => asUse(command, () => run(file, flags, signal)));
  return withExample(command, "allcores build saxpy.ts -o dist/");
}

async function run(file: string, flags: BuildFlags, signal: AbortSignal): Promise<void> {
  // V8 optimises Binaryen while it runs, which a command is too short for: 3.4 s of processor time in place of 4.6.
  setFlagsFromString("--wasm-tiering-budget=72000000");
  let inputs: readonly BuildInput[] = [{ path: resolve(file), digest: undefined }];
  const options: BuildOptions = {
    outDir: flags.output,
    slot: flags.slot,
    arena: flags.arena,
    optimize: flags.optimize as BuildOptions["optimize"],
    assert: flags.assert,
    checked: flags.checked,
    onWarning: (warning) => console.error(`warning: ${warning}`),
    onInputs: (found) => {
      inputs = found;
    },
  };
  if (!flags.watch) return buildOnce(file, options, flags.json);
  while (!signal.aborted) {
    await buildOnce(file, options, flags.json).catch((error: Error & { code?: string }) => {
      if (error.code !== "ERR_COMPILE") throw error; // a change of the file would not mend it
      console.error(`allcores: ${error.message}`);
    });
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

/**
 * Resolves when one of the files is not as the compiler read it, or at the signal. Contents are compared whenever a time
 * or size has changed, and once at first, so that a change during the compilation is not missed.
 */
async function changeOf(inputs: readonly BuildInput[], signal: AbortSignal): Promise<void> {
  for (let seen = ""; !signal.aborted; await delay(LOOK_MS, undefined, { signal }).catch(() => {})) {
    const now = (await Promise.all(inputs.map(({ path }) => timesOf(path)))).join();
    if (now === seen) continue;
    seen = now;
    const digests = await Promise.all(inputs.map(({ path }) => digestOf(path)));
    if (inputs.some(({ digest }, i) => digest !== digests[i])) return;
  }
}

async function timesOf(path: string): Promise<string> {
  return stat(path).then(
    ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
    () => "",
  );
}

async function digestOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").then(
    (text) => createHash("sha256").update(text).digest("hex"),
    () => undefined,
  );
}
