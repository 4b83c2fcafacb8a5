/** One work ─> peers that can do it ─> compare (gate, rounds) ─> first calls in fresh processes ─> the event loop's delay. */
import { type HeapArray, heap } from "allcores";
import type { BenchSize, Peer, Work } from "allcores/bench";
import {
  type CaseReport,
  type Cases,
  type Comparison,
  compare,
  type EventLoopReport,
  type FirstCallReport,
  OwnTime,
  type WrongCase,
} from "allcores/bench";
import { coldCalls, delays, expectedMsBeside } from "./beside.js";
import { casesOf, type WorkCase } from "./cases.js";
import { PeerFailure } from "./peer-pool.js";
import { ONE_CORE } from "./places.js";
import type { Chosen, Stage, WorkSettings } from "./settings.js";

export interface WorkResult {
  readonly comparison: Comparison;
  readonly eventLoop: readonly EventLoopReport[];
}

/** ms to warm and to measure. */
const BUDGETS: Record<BenchSize, number> = { quick: 3000, full: 45_000 };
const SMALL_BUDGETS: Record<BenchSize, number> = { quick: 600, full: 5000 };

/** About the time of a work, in ms. */
export function expectedMs({ isSmall }: Work, size: BenchSize): number {
  return isSmall ? SMALL_BUDGETS[size] : BUDGETS[size] + expectedMsBeside(size);
}

/** @returns undefined for a small work whose peers are not here */
export async function runWork(
  chosen: Chosen,
  settings: WorkSettings,
  onStage: (stage: Stage) => void,
): Promise<WorkResult | undefined> {
  const { work } = chosen;
  const { size, places, executors, peers } = settings;
  onStage({ stage: "check", done: 0, total: 1 });
  using scope = heap.scope();
  const output = scope.int32(work.outputLength ?? 0);
  const placed = await casesOf(work, size, places, executors, () => output);
  const differing = work.isRandom ? await differingPlaces(placed) : [];
  if (differing.length > 0) return { comparison: wrongPlaces(work, differing), eventLoop: [] };
  for (;;) {
    const able = await peers.thatCan(work.request, work.peers);
    if (work.isSmall && able.size === 0) return undefined;
    const cases = [...placed, ...[...able].map(([{ name }, peer]) => peerCase(work, name, peer))];
    const comparison = await comparisonOf(work, cases, output, settings, onStage);
    // A peer that fails or is wrong is dismissed, and the others are compared again without it.
    const bad = [...able.keys()].filter(({ name }) => faultOf(comparison, name) !== undefined);
    for (const source of bad) await peers.dismiss(source, faultOf(comparison, source.name));
    if (bad.length > 0) continue;
    if (comparison instanceof PeerFailure) throw comparison;
    if (comparison.state === "wrong") return { comparison, eventLoop: [] };
    const firsts = work.isSmall
      ? new Map<string, FirstCallReport>()
      : await coldCalls(chosen, placed, settings, onStage);
    const reports = cases.map(({ name, traits }, i) => {
      const { first, ...measured } = comparison.cases[i] as CaseReport;
      const cold = traits.executor ? (firsts.get(name) ?? first) : undefined; // peers have done the work before
      return { ...measured, ...(cold && { first: cold }), traits };
    });
    const eventLoop = work.isSmall ? [] : await delays(work, output, settings, onStage);
    return { comparison: { ...comparison, cases: reports }, eventLoop };
  }
}

/** The fault of a peer in a comparison; undefined if it has none. */
function faultOf(comparison: Comparison | PeerFailure, peer: string): unknown {
  if (comparison instanceof PeerFailure) return comparison.peer === peer ? comparison.cause : undefined;
  if (comparison.state === "done") return undefined;
  const wrong = comparison.wrong.find(({ name }) => name === peer);
  return wrong && `WRONG: ${wrong.why}`;
}

/** Compares the cases; returns the failure of a peer instead of throwing it. */
async function comparisonOf(
  work: Work,
  cases: readonly WorkCase[],
  output: HeapArray<"int32">,
  { size, executors, signal }: WorkSettings,
  onStage: (stage: Stage) => void,
): Promise<Comparison | PeerFailure> {
  try {
    const compared = await compare<Cases, never>({
      name: work.name,
      cases: Object.fromEntries(cases.map(({ name, run }) => [name, run])),
      check: work.check,
      items: await work.items(await executors.at(ONE_CORE)),
      unit: work.unit,
      bytes: work.bytes,
      ...(work.outputLength !== undefined && { output: () => output as never, digest: work.digest }),
      budget: (work.isSmall ? SMALL_BUDGETS : BUDGETS)[size],
      signal,
      onProgress: onStage,
    });
    // A report has one head for all comparisons.
    const { schemaVersion: _, created: __, machine: ___, loadAfter: ____, ...comparison } = compared;
    return comparison;
  } catch (error) {
    if (error instanceof PeerFailure && !signal.aborted) return error;
    throw error;
  }
}

function peerCase(work: Work, name: string, peer: Peer): WorkCase {
  const run = async () => {
    try {
      const { ms, answer } = await peer.ask(work.request);
      return new OwnTime(ms, work.read(answer));
    } catch (error) {
      throw new PeerFailure(name, error);
    }
  };
  return { name, traits: { implementation: name }, run };
}

/** Cases whose result is not that of their implementation on one core; a check against other random numbers would miss it. */
async function differingPlaces(cases: readonly WorkCase[]): Promise<WrongCase[]> {
  const expected = new Map<string, unknown>();
  const wrong: WrongCase[] = [];
  for (const { name, traits, run } of cases) {
    const value = await run();
    if (!expected.has(traits.implementation)) expected.set(traits.implementation, value);
    const first = expected.get(traits.implementation);
    if (value !== first) wrong.push({ name, why: `${value}, not ${first} as on one core` });
  }
  return wrong;
}

function wrongPlaces({ name }: Work, wrong: readonly WrongCase[]): Comparison {
  const why = wrong.map((one) => `${one.name}: ${one.why}`).join("; ");
  return { state: "wrong", name, check: { kind: "equal" }, why, wrong };
}
