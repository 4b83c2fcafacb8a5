#!/usr/bin/env node
/**
 * The `allcores` command. stdout carries the answer alone. Exit codes: 0 ok, 1 failure, 2 wrong use, 3 a regression,
 * 130 Ctrl-C.
 * A command imports its modules when it runs: `allcores --version` takes 80 ms, of which Node's start is 50.
 */
import { exitCodeOf, newCommand, UsageError, withExample } from "./command.js";
import { benchCommand } from "./commands/bench.js";
import { buildCommand } from "./commands/build.js";
import { clusterCommand } from "./commands/cluster.js";
import { compareCommand } from "./commands/compare.js";
import { describeCommand } from "./commands/describe.js";
import { fractalCommand } from "./commands/fractal.js";
import { infoCommand } from "./commands/info.js";
import { initCommand } from "./commands/init.js";
import { nearestCommand } from "./commands/nearest.js";
import { piCommand } from "./commands/pi.js";
import { sortCommand } from "./commands/sort.js";
import { sumCommand } from "./commands/sum.js";
import { tourCommand } from "./commands/tour.js";
import { workerCommand } from "./commands/worker.js";
import { listenForInterrupt } from "./interrupt.js";
import { reader } from "./output.js";
import { packageVersion } from "./package.js";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // `allcores info | head -1`: a closed pipe is no error.
  if (error.code === "EPIPE" && reader.isNeeded) process.exit();
  if (error.code === "EPIPE") return;
  // `allcores info > /dev/full`
  console.error(`allcores: can't write the answer: ${error.message.split(",")[0]}`);
  process.exit(1);
});
// Where stderr can't be written, the exit code alone reports the outcome.
process.stderr.on("error", () => {});

const interrupt = listenForInterrupt();
const program = newCommand("allcores", "WebAssembly kernels on every core, from Node")
  .version(packageVersion(), "-v, --version", "show the version")
  .helpCommand("help [command]", "show a command's help");
for (const command of [
  piCommand(interrupt.signal),
  fractalCommand(interrupt.signal),
  sumCommand(interrupt.signal),
  nearestCommand(interrupt.signal),
  sortCommand(interrupt.signal),
  describeCommand(interrupt.signal),
  tourCommand(interrupt.signal),
  benchCommand(interrupt.signal),
  compareCommand(interrupt.signal),
  buildCommand(interrupt.signal),
  workerCommand(interrupt),
  clusterCommand(interrupt.signal),
  initCommand(),
  infoCommand(),
])
  program.addCommand(command);
withExample(program, "allcores tour", "allcores pi --samples 1e9 --seed 42", "allcores fractal -o fractal.png");

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = interrupt.exitCode ?? exitCodeOf(error);
  if (interrupt.exitCode === undefined && process.exitCode !== 0)
    report(error instanceof Error ? error : new Error(`what was thrown is no error: ${String(error)}`));
}

/** Prints an error in one line (a compile error with its code), and for wrong use a hint; never a stack. */
function report(error: Error): void {
  if (error.message === "(outputHelp)") return; // a command was missing: the help has been printed
  const isCode = (error as { code?: string }).code === "ERR_COMPILE";
  console.error(`allcores: ${isCode ? error.message : error.message.replace(/\s*\n\s*/g, " ")}`);
  if (error instanceof UsageError) console.error(error.hint);
}
