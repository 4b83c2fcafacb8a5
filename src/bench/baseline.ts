/**
 * A report against an older one: which cases became slower beyond the noise. Rounds of two runs are no pairs, since each
 * run met another state of the machine. On the same machine and Node, times are compared, less both noise floors and the
 * usual difference between runs; elsewhere only the ratios of cases to the first one of their comparison.
 */
import { optionsObject, show } from "../validate.js";
import { isSameMachine } from "./machine.js";
import { type Ratio, unpairedRatio, verdictOf } from "./ratio.js";
import {
  type BaselineReport,
  type CaseReport,
  type Change,
  type Comparison,
  comparisonsOf,
  type DoneComparison,
  type SavedReport,
  SCHEMA_VERSION,
} from "./report.js";
import { roundTimes } from "./sampler.js";

/**
 * Two runs of the same code differ by this part though each is steady (where memory lies, what V8 inlines, how busy the
 * machine was): the interval of one run does not show it.
 */
const BETWEEN_RUNS = 0.05;
const SEED = 1;

/**
 * Compares a report with a saved one, case by case.
 * @throws TypeError, RangeError if one of them is no report of this version
 */
export function compareWithBaseline(report: SavedReport, baseline: SavedReport): BaselineReport {
  asReport("report", report);
  asReport("baseline", baseline);
  const sameMachine = isSameMachine(report.machine, baseline.machine);
  const before = new Map(comparisonsOf(baseline).map((comparison) => [comparison.name, comparison]));
  const changes: Change[] = [];
  const wrong: string[] = [];
  for (const now of comparisonsOf(report)) {
    const then = before.get(now.name);
    if (then?.state !== "done") continue;
    // The name stands for another amount of work now.
    if (now.state === "done" && (now.items !== then.items || now.bytes !== then.bytes)) continue;
    if (now.state === "wrong") wrong.push(now.name);
    else changes.push(...(sameMachine ? timeChanges(now, then) : ratioChanges(now, then)));
  }
  const regressions = changes.filter(({ verdict }) => verdict === "slower");
  const [ours, theirs] = [caseNames(report), caseNames(baseline)];
  return {
    state: regressions.length > 0 || wrong.length > 0 ? "regressed" : changes.length > 0 ? "held" : "incomparable",
    sameMachine,
    changes,
    regressions,
    wrong,
    missing: theirs.filter(
      (name) => !ours.includes(name) && !wrong.some((comparison) => name.startsWith(`${comparison}: `)),
    ),
    added: ours.filter((name) => !theirs.includes(name)),
  };
}

function timeChanges(now: DoneComparison, then: DoneComparison): Change[] {
  return pairs(now, then).map(([current, old]) =>
    change("time", now, then, current.name, unpairedRatio(roundTimes(old.samples), roundTimes(current.samples), SEED)),
  );
}

function ratioChanges(now: DoneComparison, then: DoneComparison): Change[] {
  // Ratios to different first cases can't be compared.
  if (now.cases[0]?.name !== then.cases[0]?.name) return [];
  return pairs(now, then)
    .slice(1)
    .map(([current, old]) =>
      change("ratio", now, then, current.name, unpairedRatio(ratiosOf(now, current), ratiosOf(then, old), SEED)),
    );
}

/** A case's ratio to the first one in each round. */
function ratiosOf({ cases }: DoneComparison, { samples }: CaseReport): number[] {
  const first = roundTimes((cases[0] as CaseReport).samples);
  return roundTimes(samples).map((time, round) => (first[round] as number) / time);
}

function pairs(now: DoneComparison, then: DoneComparison): [CaseReport, CaseReport][] {
  return now.cases.flatMap((current) => {
    const old = then.cases.find(({ name }) => name === current.name);
    return old ? [[current, old] as [CaseReport, CaseReport]] : [];
  });
}

function change(by: Change["by"], now: DoneComparison, then: DoneComparison, name: string, ratio: Ratio): Change {
  const floor = (1 + now.noise.floor) * (1 + then.noise.floor) * (1 + BETWEEN_RUNS) - 1;
  return { comparison: now.name, case: name, by, ratio, floor, verdict: verdictOf(ratio, floor) };
}

function caseNames(report: SavedReport): string[] {
  return comparisonsOf(report).flatMap((comparison) =>
    comparison.state === "done" ? comparison.cases.map(({ name }) => `${comparison.name}: ${name}`) : [],
  );
}

/**
 * Checks a value, such as a parsed file, and returns it as a report.
 * @param name what messages call the value
 * @throws TypeError, RangeError if it is no report of this version, as far as `compareWithBaseline` needs it
 */
export function asReport(name: string, value: unknown): SavedReport {
  optionsObject(name, value);
  const { schemaVersion, machine, loadAfter } = value as Record<string, unknown>;
  if (schemaVersion !== SCHEMA_VERSION) {
    const message = `${name}.schemaVersion must be ${SCHEMA_VERSION}, got ${show(schemaVersion)}`;
    throw typeof schemaVersion === "number" ? new RangeError(message) : new TypeError(message);
  }
  optionsObject(`${name}.machine`, machine);
  for (const [key, load] of Object.entries({ "machine.load": (machine as { load?: unknown }).load, loadAfter }))
    if (!Array.isArray(load) || !load.every(Number.isFinite))
      throw new TypeError(`${name}.${key} must be load averages, got ${show(load)}`);
  const comparisons: unknown = comparisonsOf(value as SavedReport);
  if (!Array.isArray(comparisons))
    throw new TypeError(`${name}.comparisons must be an array, got ${show(comparisons)}`);
  comparisons.forEach((comparison, i) => {
    const path = "comparisons" in (value as object) ? `${name}.comparisons[${i}]` : name;
    checkComparison(path, comparison);
  });
  return value as SavedReport;
}

function checkComparison(path: string, value: unknown): void {
  optionsObject(path, value);
  const { name, state, check, cases, noise, ratios, verdicts } = value as Partial<
    Record<keyof DoneComparison, unknown>
  >;
  if (typeof name !== "string") throw new TypeError(`${path}.name must be a text, got ${show(name)}`);
  optionsObject(`${path}.check`, check);
  if ((state as Comparison["state"]) === "wrong") {
    if (!Array.isArray((value as { wrong?: unknown }).wrong)) throw new TypeError(`${path}.wrong must be an array`);
    return;
  }
  if (state !== "done") throw new TypeError(`${path}.state must be "done" or "wrong", got ${show(state)}`);
  optionsObject(`${path}.noise`, noise);
  optionsObject(`${path}.ratios`, ratios);
  optionsObject(`${path}.verdicts`, verdicts);
  const { floor } = noise as { floor?: unknown };
  if (!(Number.isFinite(floor) && (floor as number) >= 0))
    throw new TypeError(`${path}.noise.floor must be a number, got ${show(floor)}`);
  if (!Array.isArray(cases)) throw new TypeError(`${path}.cases must be an array, got ${show(cases)}`);
  cases.forEach((entry, i) => {
    const at = `${path}.cases[${i}]`;
    optionsObject(at, entry);
    if (typeof entry.name !== "string") throw new TypeError(`${at}.name must be a text, got ${show(entry.name)}`);
    const isTime = (time: unknown) => typeof time === "number" && time > 0;
    if (!Array.isArray(entry.samples) || entry.samples.length < 2 || !entry.samples.every(isTime))
      throw new TypeError(`${at}.samples must be times in ms, got ${show(entry.samples)}`);
  });
}
