/** Reports as files: saved in the form that their name's ending asks for, and read as a baseline. */
import { readFile } from "node:fs/promises";
import type { BaselineReport, Comparison, SavedReport } from "allcores/bench";
import type { Command } from "commander";
import { UsageError } from "./command.js";
import { fileName } from "./parse.js";
import { replaceFile } from "./replace-file.js";

export interface ReportFlags {
  readonly json?: boolean;
  readonly save?: readonly string[];
  readonly baseline?: string;
}

/** --json, --save and --baseline. */
export function addReportOptions(command: Command): Command {
  const read = fileName(".json", ".md", ".html");
  return command
    .option("--json", "print one JSON object")
    .option(
      "--save <file>",
      "write the report: .json, .md or .html (may be given more than once)",
      (text: string, files: readonly string[] = []) => [...files, read(text)],
    )
    .option("--baseline <file>", "compare with a saved .json, and exit with 3 on a regression", fileName(".json"));
}

/** Makes a report, prints it, and writes it to all files, which it opens for writing before the work. */
export async function saving<R extends SavedReport>(
  files: readonly string[],
  signal: AbortSignal,
  make: () => Promise<R>,
): Promise<R> {
  const [file, ...others] = files;
  if (file === undefined) return make();
  let report: R | undefined;
  await replaceFile(file, signal, async () => {
    report = await saving(others, signal, make);
    return new TextEncoder().encode(await written(report, file));
  });
  return report as R;
}

async function written(report: SavedReport, file: string): Promise<string> {
  const { renderHtml, renderMarkdown } = await import("allcores/bench");
  const ending = file.toLowerCase().slice(file.lastIndexOf("."));
  if (ending === ".html") return renderHtml(report);
  return ending === ".md" ? renderMarkdown(report) : `${JSON.stringify(report, null, 2)}\n`;
}

/** The text of a file that is named on the command line. */
export async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: Error) => {
    throw new Error(`can't read ${file}: ${error.message.split(",")[0]}`);
  });
}

/** The older report, read before anything is measured. */
export async function readBaseline(file: string | undefined, command: Command): Promise<SavedReport | undefined> {
  if (file === undefined) return undefined;
  const { asReport } = await import("allcores/bench");
  const text = await readText(file);
  try {
    return asReport("baseline", JSON.parse(text));
  } catch (error) {
    throw new UsageError(
      `option '--baseline <file>' argument '${file}' is no report: ${(error as Error).message}`,
      command,
    );
  }
}

/** 1: a comparison is wrong, or the baseline shares no case; 3: the report has regressed. */
export function exitCodeOfReport(comparisons: readonly Comparison[], baseline: BaselineReport | undefined): number {
  if (comparisons.some(({ state }) => state === "wrong")) return 1;
  if (!baseline) return 0;
  if (baseline.state === "regressed") return 3;
  return baseline.changes.length === 0 ? 1 : 0;
}
