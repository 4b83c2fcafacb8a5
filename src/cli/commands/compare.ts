/** `allcores compare`: a case file of one's own. */
import { Console } from "node:console";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CompareReport } from "allcores/bench";
import type { Command } from "commander";
import { newCommand, withExample } from "../command.js";
import { printAnswer } from "../output.js";
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
  { json, save, baseline: older }: ReportFlags,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const before = await readBaseline(older, command);
  // Node's own words for a file that is not there tell of modules, and who imports them.
  await readText(file);
  const [{ compareFile, compareWithBaseline, renderText }, { LiveView }] = await Promise.all([
    import("allcores/bench"),
    import("../bench/live.js"),
  ]);
  // What the cases print is not the answer.
  globalThis.console = new Console(process.stderr, process.stderr);
  using live = new LiveView();
  const report = await saving(save, signal, async (): Promise<CompareReport> => {
    const made = await compareFile(pathToFileURL(resolve(file)), {
      signal,
      onProgress: ({ left, ...stage }) => live.draw({ title: file, msLeft: left, ...stage }),
    });
    return before ? { ...made, baseline: compareWithBaseline(made, before) } : made;
  });
  live.clear();
  printAnswer(json, report, [renderText(report).trimEnd()]);
  process.exitCode = exitCodeOfReport([report], report.baseline);
  // The file may have opened what would keep the process.
  process.stdout.write("", () => process.exit());
}
