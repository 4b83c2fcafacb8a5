/** A report as plain text, for a terminal: the tables of Markdown, aligned. */
import { besides, type Comparison, comparisonsOf, type SavedReport } from "../report.js";
import { baselineText, checkText, headline, machineText, unsettledText, wantedText } from "./findings.js";
import { showFigure, showPercent } from "./format.js";
import { casesTable, changesTable, dispatchTable, eventLoopTable, scalingTable, type TextTable } from "./tables.js";

/** The parts of a report that are made text. */
export interface TextOptions {
  /** false: only the other parts, where the comparisons have been printed one by one. */
  readonly comparisons?: boolean;
}

/** Makes text: of a report, or of one comparison while others are still to come. */
export function renderText(report: SavedReport | Comparison, { comparisons = true }: TextOptions = {}): string {
  if (!("machine" in report)) return `${comparisonBlock(report)}\n`;
  const blocks = [...(comparisons ? comparisonsOf(report).map(comparisonBlock) : []), ...blocksBeside(report)];
  return `${blocks.join("\n\n")}\n`;
}

function blocksBeside(report: SavedReport): string[] {
  const { scaling, eventLoop, dispatch, missing } = besides(report);
  const load = [report.machine.load[0], report.loadAfter[0]].map((value) => showFigure(value));
  const unfitted = [...new Set(scaling.flatMap((one) => (one.state === "unfitted" ? [one.why] : [])))];
  return [
    ...scaling.map((one) => {
      const fits =
        one.state === "fitted"
          ? [
              `Amdahl: ${one.amdahl.meaning} (off by ${showPercent(one.amdahl.residual)})`,
              `USL: ${one.usl.meaning} (off by ${showPercent(one.usl.residual)})`,
            ]
          : [];
      return block(`more workers: ${one.name}`, aligned(scalingTable(one)), fits);
    }),
    ...unfitted.map((why) => block("no laws of scaling", [why])),
    ...(eventLoop.length > 0 ? [block("the event loop's delay", aligned(eventLoopTable(eventLoop)))] : []),
    ...(dispatch.length > 0 ? [block("what executors take for themselves", aligned(dispatchTable(dispatch)))] : []),
    ...(missing.length > 0
      ? [
          block(
            "not here",
            missing.map(({ name, why }) => `${name}: ${why}`),
          ),
        ]
      : []),
    ...(report.baseline ? [baselineBlock(report.baseline)] : []),
    `${headline(report)}\n${machineText(report.machine)}; load ${load.join(" before, ")} after`,
  ];
}

function comparisonBlock(comparison: Comparison): string {
  const { name, check } = comparison;
  if (comparison.state === "wrong")
    return block(name, [`WRONG, so there are no times: ${comparison.why}`, wantedText(check)]);
  const { rounds, noise } = comparison;
  const how = `${checkText(check)}; ${rounds} rounds, noise ${showPercent(noise.floor)}`;
  const unsettled = unsettledText(comparison);
  return block(name, aligned(casesTable(comparison, "short")), [how, ...(unsettled ? [unsettled] : [])]);
}

/** More names than these are counted, not listed. */
const FEW = 5;

function baselineBlock(baseline: NonNullable<SavedReport["baseline"]>): string {
  const { regressions, wrong, missing, added } = baseline;
  const lists = Object.entries({ "wrong now": wrong, "not here now": missing, new: added });
  return block(
    baselineText(baseline),
    regressions.length > 0 ? aligned(changesTable(regressions)) : [],
    lists.flatMap(([title, names]) =>
      names.length > 0 ? [`${title}: ${names.length > FEW ? `${names.length} cases` : names.join("; ")}`] : [],
    ),
  );
}

/** A text without control characters, which a name may hold and which would move the cursor. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}

function block(title: string, ...parts: readonly (readonly string[])[]): string {
  return [title, ...parts.flat().map((line) => `  ${line}`)].map(plain).join("\n");
}

/** The lines of a table, with the first column aligned left, figures right. */
function aligned({ head, rows: named }: TextTable): string[] {
  const rows = named.map((cells) => cells.map(plain));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell[column === 0 ? "padEnd" : "padStart"](widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "─".repeat(width)).join("──"), ...rows.map(line)];
}
