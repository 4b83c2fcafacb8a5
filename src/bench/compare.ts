/**
 * `compare`: the gate, the sampler, the statistics, in this order.
 *
 *   cases --gate--> first calls, wrong cases --sampler--> samples by rounds --ratio--> medians, intervals, verdicts
 */
import { type Check, passGate, type WrongCase } from "./gate.js";
import { currentLoad, describeMachine } from "./machine.js";
import {
  type AnyOptions,
  type Cases,
  type CompareOptions,
  checkOptions,
  DEFAULT_BUDGET,
  type ValueOf,
} from "./options.js";
import { noiseFloor, pairedRatio, type Ratio, type Verdict, verdictOf } from "./ratio.js";
import {
  type CaseReport,
  type CheckReport,
  type CompareReport,
  type Comparison,
  type DoneComparison,
  SCHEMA_VERSION,
} from "./report.js";
import { roundTimes, type Samples, type Sampling, sample } from "./sampler.js";
import { summarize } from "./statistics.js";
import type { FirstCall } from "./subject.js";

const DEFAULT_SEED = 1;

/**
 * Compares ways to do the same work: first their outcomes, then their times, in turns in this process.
 * @returns `state: "wrong"` and no times if a case computes something else than the first; else `ratio`, the time of the
 * first case by that of the second (`ratios[name]` for each other case), with its 95% interval, and each case's times
 * @throws TypeError if there is nothing to compare: no `output`, and a case that returns undefined
 * @throws RangeError, TypeError for other wrong options; what a case throws; `signal.reason`
 */
export async function compare<C extends Cases, Output = ValueOf<C>>(
  options: CompareOptions<C, Output>,
): Promise<CompareReport> {
  checkOptions(options);
  const machine = describeMachine();
  const created = new Date().toISOString();
  const comparison = await compareHere(options);
  return { schemaVersion: SCHEMA_VERSION, created, machine, loadAfter: currentLoad(), ...comparison };
}

async function compareHere(options: AnyOptions): Promise<Comparison> {
  const { name, cases, check, signal, onProgress, budget = DEFAULT_BUDGET, seed = DEFAULT_SEED } = options;
  signal?.throwIfAborted();
  onProgress?.({ stage: "check", done: 0, total: Object.keys(cases).length, left: budget });
  const { firsts, wrong } = await passGate(cases, options, signal);
  const head = { name, check: checkReport(check) };
  if (wrong.length > 0) return { state: "wrong", ...head, why: inWords(wrong, Object.keys(cases)), wrong };
  const subjects = firsts.map(({ subject }) => subject);
  const sampling = await sample(subjects, { budget, seed, signal, onProgress });
  return { state: "done", ...head, ...evaluate(sampling, firsts, options, seed) };
}

/** The times, ratios and verdicts of a sampling. */
function evaluate(
  { cases, again }: Sampling,
  firsts: readonly FirstCall[],
  { items, unit, bytes }: Pick<CompareOptions, "items" | "unit" | "bytes">,
  seed: number,
): Omit<DoneComparison, "state" | "name" | "check"> {
  const times = cases.map(({ samples }) => roundTimes(samples));
  const [reference, ...others] = times as [number[], ...number[][]];
  const doubled = cases.findIndex(({ subject }) => subject.name === again.name);
  const itself = pairedRatio(times[doubled] as number[], roundTimes(again.samples), seed);
  const floor = noiseFloor(itself);
  const ratios = others.map((other) => pairedRatio(reference, other, seed));
  const verdicts = ratios.map((ratio) => verdictOf(ratio, floor));
  const byName = <T>(values: readonly T[]) =>
    Object.fromEntries(values.map((value, i) => [(cases[i + 1] as Samples).subject.name, value]));
  return {
    ...(items !== undefined && { items, unit: unit ?? "item" }),
    ...(bytes !== undefined && { bytes }),
    rounds: reference.length,
    seed,
    cases: cases.map((measured, i) => caseReport(measured, (firsts[i] as FirstCall).ms, items, bytes)),
    ratio: ratios[0] as Ratio,
    ratios: byName(ratios),
    verdict: verdicts[0] as Verdict,
    verdicts: byName(verdicts),
    noise: { case: again.name, ratio: itself, floor },
  };
}

function caseReport(
  { subject, warm, calls, samples }: Samples,
  firstMs: number,
  items: number | undefined,
  bytes: number | undefined,
): CaseReport {
  const summary = summarize(samples);
  return {
    name: subject.name,
    async: subject.isAsync,
    first: { ms: firstMs, process: "this" },
    ...summary,
    ...(items !== undefined && { nsPerItem: (summary.median * 1e6) / items }),
    ...(bytes !== undefined && { gigabytesPerSecond: bytes / 1e6 / summary.median }),
    warm,
    calls,
    samples,
  };
}

function checkReport(check: Check<never>): CheckReport {
  if (check === "equal") return { kind: "equal" };
  return typeof check === "function"
    ? { kind: "function" }
    : { kind: "tolerance", tolerance: check.tolerance, reason: check.reason };
}

function inWords(wrong: readonly WrongCase[], [reference]: readonly string[]): string {
  return `beside ${reference}: ${wrong.map(({ name, why }) => `${name}: ${why}`).join("; ")}`;
}
