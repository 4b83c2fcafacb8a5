/** `allcores compare`: compares the cases of a file. */
import { resolve } from "node:path";
import { setImmediate } from "node:timers";
import { pathToFileURL } from "node:url";
import type { CompareReport } from "allcores/bench";
import type { Command } from "commander";
import { newCommand, withExample } from "../command.js";
import { printAnswer, reader } from "../output.js";
import {
  addReportOptions,
  exitCodeOfReport,
  type ReportFlags,
  readBaseline,
  readText,
  saving,
} from "../report-file.js";

export function compareCommand(signal: AbortSignal): Command {
  const command = newCommand(
    "compare",
    "compare the functions of a module: what they compute, then how long they take",
  ).argument("<file>", "a module whose default export is what compare() of allcores/bench takes");
  addReportOptions(command).action((file: string, flags: ReportFlags) => run(file, flags, command, signal));
  return withExample(command, "allcores compare ./my-cases.js", "allcores compare ./my-cases.js --save report.html");
}

async function run(
  file: string,
  { json, save = [], baseline: older }: ReportFlags,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const before = await readBaseline(older, command);
  // readText names a missing file; Node's message would name a module, and the file that imports it.
  await readText(file);
  const [{ compareFile, compareWithBaseline, renderText }, { LiveView }] = await Promise.all([
    import("allcores/bench"),
    import("../suite/live.js"),
  ]);
  reader.isNeeded = save.length === 0 && before === undefined;
  using live = new LiveView();
  const watch = watchExit();
  const stdout = divertStdout();
  try {
    const report = await saving(save, signal, async (): Promise<CompareReport> => {
      const made = await compareFile(pathToFileURL(resolve(file)), {
        signal,
        onProgress: ({ left, ...stage }) => live.draw({ title: file, msLeft: left, ...stage }),
      });
      const whole = before ? { ...made, baseline: compareWithBaseline(made, before) } : made;
      live.clear();
      stdout.restore();
      printAnswer(json, whole, [renderText(whole).trimEnd()]);
      return whole;
    });
    process.exitCode = exitCodeOfReport([report], report.baseline);
  } catch (error) {
    throw located(error, pathToFileURL(resolve(file)).href);
  } finally {
    stdout.restore();
    watch.isOver = true;
    // The file may hold handles that keep the process alive. An error is printed before the exit.
    setImmediate(() => process.stdout.write("", () => process.exit()));
  }
}

/** The error with the line of the case file that it comes from, since the cases are the user's code. */
function located(error: unknown, url: string): unknown {
  if (!(error instanceof Error)) return error;
  const frame = error.stack?.split("\n").find((line) => line.includes(`${url}:`));
  const place = frame?.slice(frame.indexOf(url)).match(/:\d+:\d+/)?.[0];
  return place
    ? new Error(`${error.message} (${url.slice(url.lastIndexOf("/") + 1)}${place})`, { cause: error })
    : error;
}

/** Sends all prints of the cases to stderr: stdout carries the answer alone. */
function divertStdout(): { restore(): void } {
  const { write } = process.stdout;
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof write;
  return {
    restore: () => {
      process.stdout.write = write;
    },
  };
}

/** Reports a case that ends the process, or a promise that never settles: both would look like success. */
function watchExit(): { isOver: boolean } {
  const watch = { isOver: false };
  process.once("exit", (code) => {
    if (watch.isOver || (code !== 0 && code !== NEVER_SETTLED)) return;
    console.error("allcores: nothing was compared: a case ended the process, or a promise of its never settles");
    process.exitCode = 1;
  });
  return watch;
}

/** Node's exit code when nothing is left to do and the main module still waits. */
const NEVER_SETTLED = 13;
