/** A report as GitHub flavoured Markdown, for a README: tables hold the figures that HTML draws. */
import { besides, type Comparison, comparisonsOf, type SavedReport } from "../report.js";
import {
  baselineText,
  checkText,
  findingOf,
  findingText,
  headline,
  machineText,
  unsettledText,
  wantedText,
} from "./findings.js";
import { plural, showPercent, showWhen } from "./format.js";
import { casesTable, changesTable, dispatchTable, eventLoopTable, scalingTable, type TextTable } from "./tables.js";

/** Makes Markdown whose headings begin at the second level. */
export function renderMarkdown(report: SavedReport): string {
  const { scaling, eventLoop, dispatch, missing } = besides(report);
  const blocks = [
    "## Bench",
    escapeText(headline(report)),
    `${escapeText(machineText(report.machine))}; ${escapeText(showWhen(report.created))}.`,
    ...(report.baseline ? baselineBlocks(report.baseline) : []),
    ...comparisonsOf(report).flatMap(comparisonBlocks),
    ...scaling.flatMap((one) => [
      `### More workers: ${escapeText(one.name)}`,
      table(scalingTable(one)),
      one.state === "fitted"
        ? `- Amdahl's law: ${escapeText(one.amdahl.meaning)}.\n- Universal Scalability Law: ${escapeText(one.usl.meaning)}.`
        : `${escapeText(one.why)}.`,
    ]),
    ...(eventLoop.length > 0 ? ["### The event loop's delay", table(eventLoopTable(eventLoop))] : []),
    ...(dispatch.length > 0 ? ["### What executors take for themselves", table(dispatchTable(dispatch))] : []),
    ...(missing.length > 0
      ? ["### Not here", missing.map(({ name, why }) => `- ${escapeText(name)}: ${escapeText(why)}`).join("\n")]
      : []),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function comparisonBlocks(comparison: Comparison): string[] {
  const heading = `### ${escapeText(comparison.name)}`;
  if (comparison.state === "wrong") {
    const { why, wrong, check } = comparison;
    const cases = wrong.map((one) => `- ${escapeText(one.name)}: ${escapeText(one.why)}`);
    return [
      heading,
      `**WRONG**: ${escapeText(why)}. ${escapeText(wantedText(check))}`,
      ...(cases.length > 1 ? [cases.join("\n")] : []),
    ];
  }
  const { check, rounds, noise } = comparison;
  const notes = [
    `${escapeText(checkText(check))}.`,
    `${plural(rounds, "round")}, noise ${showPercent(noise.floor)}.`,
    escapeText(unsettledText(comparison)),
  ];
  const finding = `**${escapeText(findingText(findingOf(comparison)))}.**`;
  return [heading, finding, table(casesTable(comparison, "short")), notes.filter(Boolean).join(" ")];
}

function baselineBlocks(baseline: NonNullable<SavedReport["baseline"]>): string[] {
  const lists = [
    ["Right then, wrong now", baseline.wrong],
    ["Not here now", baseline.missing],
    ["New", baseline.added],
  ] as const;
  const listed = lists.flatMap(([title, names]) =>
    names.length > 0 ? [`- ${title}: ${escapeText(names.join("; "))}`] : [],
  );
  return [
    "### Against the baseline",
    `**${escapeText(baselineText(baseline))}**`,
    ...(baseline.regressions.length > 0 ? [table(changesTable(baseline.regressions))] : []),
    ...(listed.length > 0 ? [listed.join("\n")] : []),
  ];
}

/** A table with the first column aligned left, figures right. */
function table({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeText).join(" | ")} |`;
  const rule = `| ${head.map((_, column) => (column === 0 ? "---" : "---:")).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** Text that stays text: no tags, no emphasis, no cells, and all in one line. */
function escapeText(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]|~<>]/g, "\\$&")
    .replace(/&(?=[#\w])/g, "\\&");
}
