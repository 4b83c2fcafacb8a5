/** The findings of a report in words: Markdown and HTML share these sentences. */

import type { MachineDescription } from "../machine.js";
import type { Ratio } from "../ratio.js";
import type { BaselineReport } from "../report.js";
import { type CheckReport, type Comparison, comparisonsOf, type DoneComparison, type SavedReport } from "../report.js";
import { plural, showCount, showInterval, showPercent, showRatio, showShort } from "./format.js";

/** The outcome of one comparison. */
export type Finding =
  | { readonly kind: "wrong"; readonly why: string }
  /** The fastest case, against the first. */
  | { readonly kind: "faster"; readonly best: string; readonly first: string; readonly ratio: Ratio }
  /** All other cases are slower, or about as fast. */
  | { readonly kind: "first" | "undecided"; readonly first: string; readonly floor: number };

export function findingOf(comparison: Comparison): Finding {
  if (comparison.state === "wrong") return { kind: "wrong", why: comparison.why };
  const first = comparison.cases[0]?.name ?? "";
  const judged = judgedCases(comparison);
  const [best] = judged.filter(({ verdict }) => verdict === "faster").sort((a, b) => b.ratio.median - a.ratio.median);
  if (best !== undefined) return { kind: "faster", best: best.name, first, ratio: best.ratio };
  const isFirst = judged.length > 0 && judged.every(({ verdict }) => verdict === "slower");
  return { kind: isFirst ? "first" : "undecided", first, floor: comparison.noise.floor };
}

function judgedCases({ cases, ratios, verdicts }: DoneComparison) {
  // The first case is left out: it has no ratio, and its name might be one that every object has, such as toString.
  return cases.slice(1).flatMap(({ name }) => {
    const [ratio, verdict] = [ratios[name], verdicts[name]];
    return ratio && verdict ? [{ name, ratio, verdict }] : [];
  });
}

/** The finding as a sentence without the comparison's name and without a full stop. */
export function findingText(finding: Finding): string {
  switch (finding.kind) {
    case "wrong":
      return `WRONG, the cases compute different things: ${finding.why}`;
    case "faster": {
      const { best, first, ratio } = finding;
      return `${cut(best)} is ${timesAsFast(ratio)} ${cut(first)}`;
    }
    case "first":
      return `nothing is faster than ${cut(finding.first)}`;
    case "undecided":
      return `nothing is faster than ${cut(finding.first)} beyond this run's noise of ${showPercent(finding.floor)}`;
  }
}

/** "2.34 times as fast (2.30 to 2.41) as", to be followed by the first case's name. */
function timesAsFast(ratio: Ratio): string {
  return `${showRatio(ratio)} times as fast (${showInterval(ratio)}) as`;
}

/** The whole report in one sentence, wrong comparisons first. */
export function headline(report: SavedReport): string {
  const findings = comparisonsOf(report).map((comparison) => ({ comparison, finding: findingOf(comparison) }));
  const [only] = findings;
  if (only === undefined) return "Nothing was compared.";
  if (findings.length === 1) return `${cut(only.comparison.name)}: ${findingText(only.finding)}.`;
  const wrong = findings.filter(({ finding }) => finding.kind === "wrong");
  const faster = findings
    .flatMap(({ comparison, finding }) => (finding.kind === "faster" ? [{ name: comparison.name, finding }] : []))
    .sort((a, b) => b.finding.ratio.median - a.finding.ratio.median);
  const right = findings.length - wrong.length;
  const of = wrong.length > 0 ? `the other ${right}` : plural(right, "comparison");
  const share =
    faster.length < right ? `${faster.length || "none"} of ${of}` : right === 1 ? "the other one" : `all ${of}`;
  const [most] = faster;
  const where = most === undefined ? "" : `, most in ${cut(most.name)}: ${findingText(most.finding)}`;
  const gain = `n ${share} a case is faster than the first one${where}.`;
  if (wrong.length === 0) return `I${gain}`;
  const names = wrong.map(({ comparison }) => cut(comparison.name)).join(", ");
  const text = `${wrong.length} of ${plural(findings.length, "comparison")} ${wrong.length === 1 ? "is" : "are"} WRONG (${names})`;
  return right === 0 ? `${text}.` : `${text}; i${gain}`;
}

/** Sentences cut longer names; tables and charts show them whole. */
const LONGEST = 60;

export function cut(name: string): string {
  const characters = [...name];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join("")}…` : name;
}

/** How outcomes were compared. */
export function checkText(check: CheckReport): string {
  switch (check.kind) {
    case "equal":
      return "Outcomes are equal to the last bit";
    case "tolerance":
      return `Outcomes agree within ${showShort(check.tolerance)}: ${check.reason}`;
    case "function":
      return "Outcomes agree by the comparison's own function";
  }
}

/** How outcomes should have agreed, where they did not. */
export function wantedText(check: CheckReport): string {
  switch (check.kind) {
    case "equal":
      return "They should have been equal to the last bit.";
    case "tolerance":
      return `They should have agreed within ${showShort(check.tolerance)}: ${check.reason}`;
    case "function":
      return "The comparison's own function should have accepted them.";
  }
}

/** More unsettled cases than these are counted, not named. */
const FEW = 3;

/** Which cases were still getting faster or slower when they were measured. */
export function unsettledText({ cases }: DoneComparison): string {
  const names = cases.filter(({ warm }) => !warm.settled).map(({ name }) => cut(name));
  if (names.length === 0) return "";
  const text = names.length > FEW ? `${names.length} of ${cases.length} cases` : names.join(", ");
  return `Not settled when the time for warming was over: ${text}.`;
}

/** The machine in one line. */
export function machineText({
  cpu,
  cores,
  allowed,
  quota,
  node,
  platform,
  arch,
  allcores,
}: MachineDescription): string {
  const usable = allowed === cores ? "" : `, ${showCount(allowed)} usable`;
  const container = typeof quota === "number" ? `, quota of ${showShort(quota)}` : "";
  return `${cpu}, ${plural(cores, "core")}${usable}${container}, ${platform} ${arch}, Node ${node}, allcores ${allcores}`;
}

/** The comparison with an older report, in one sentence. */
export function baselineText({ state, regressions, wrong, changes, sameMachine }: BaselineReport): string {
  const how = sameMachine
    ? "The same machine: times are compared."
    : "Another machine: only ratios to the first case are compared.";
  if (state === "incomparable") return "Nothing could be compared: no case is in both.";
  const floors = changes.map(({ floor }) => floor);
  const seen = `It would have been noticed beyond ${showPercent(Math.min(...floors))} to ${showPercent(Math.max(...floors))}.`;
  if (state === "held")
    return `Held: none of ${plural(changes.length, "case")} is slower than in the baseline. ${seen} ${how}`;
  const parts = [
    wrong.length > 0
      ? `${plural(wrong.length, "comparison")} that had been right ${wrong.length === 1 ? "is" : "are"} WRONG now`
      : "",
    regressions.length > 0
      ? `${regressions.length} of ${plural(changes.length, "case")} ${regressions.length === 1 ? "is" : "are"} slower than in the baseline`
      : "",
  ];
  return `Regressed: ${parts.filter(Boolean).join(", and ")}. ${how}`;
}
