/** One work: ─> peers that can do it ─> compare (gate, rounds) ─> first calls in fresh processes ─> the event loop's delay. */
import { heap } from "allcores";
import {
  type CaseReport,
  type CompareProgress,
  type Comparison,
  compare,
  type EventLoopReport,
  eventLoopDelay,
  firstCall,
  OwnTime,
} from "allcores/bench";
import { caseName, casesOf, type WorkCase } from "./cases.js";
import { freshFile } from "./fresh.js";
import type { PeerPool } from "./peer-pool.js";
import { type Executors, ONE_CORE, type Place } from "./places.js";
import type { Peer, Size, Work } from "./work.js";

/** A work, and where it comes from. */
export interface Chosen {
  readonly work: Work;
  readonly file: URL;
  /** Which of the file's works. */
  readonly index: number;
}

/** What all works share. */
export interface WorkSettings {
  readonly size: Size;
  /** The greatest number of workers. */
  readonly workers: number;
  readonly places: readonly Place[];
  readonly executors: Executors;
  readonly peers: PeerPool;
  readonly signal: AbortSignal;
}

/** What is being done, and how much of that is over. */
export interface Stage extends Pick<CompareProgress, "done" | "total"> {
  readonly stage: CompareProgress["stage"] | "event loop" | "dispatch";
  readonly medians?: Readonly<Record<string, number>>;
}

export interface WorkResult {
  readonly comparison: Comparison;
  readonly eventLoop: readonly EventLoopReport[];
}

/** ms to warm and to measure. */
const BUDGETS: Record<Size, number> = { quick: 3000, full: 45_000 };
const SMALL_BUDGETS: Record<Size, number> = { quick: 600, full: 5000 };
/** Fresh processes a case. */
const PROCESSES: Record<Size, number> = { quick: 1, full: 3 };
/** How long the event loop is watched at least. */
const WATCH_MS: Record<Size, number> = { quick: 200, full: 1000 };
/** What a fresh process takes, about: its start and one call. */
const PROCESS_MS = 350;

/** About how long a work takes. */
export function expectedMs({ isSmall }: Work, size: Size): number {
  if (isSmall) return SMALL_BUDGETS[size];
  return BUDGETS[size] + 2 * WATCH_MS[size] + 10 * PROCESSES[size] * PROCESS_MS;
}

/** @returns undefined for a small work whose peers are not here */
export async function runWork(
  chosen: Chosen,
  settings: WorkSettings,
  onStage: (stage: Stage) => void,
): Promise<WorkResult | undefined> {
  const { work } = chosen;
  const { size, places, executors, signal } = settings;
  onStage({ stage: "check", done: 0, total: 1 });
  const peers = await settings.peers.thatCan(work.request, work.peers);
  if (work.isSmall && peers.length === 0) return undefined;

  using scope = heap.scope();
  const output = scope.int32(work.outputLength ?? 0);
  const cases = [
    ...(await casesOf(work, size, places, executors, () => output)),
    ...peers.map((peer) => peerCase(work, peer)),
  ];
  const compared = await compare({
    name: work.name,
    cases: Object.fromEntries(cases.map(({ name, run }) => [name, run])),
    check: work.check,
    items: await work.items(),
    unit: work.unit,
    bytes: work.bytes,
    ...(work.outputLength !== undefined && { output: () => output as never, digest: work.digest }),
    budget: (work.isSmall ? SMALL_BUDGETS : BUDGETS)[size],
    signal,
    onProgress: onStage,
  });
  // Each comparison of a report stands under the one head of it.
  const { schemaVersion: _, created: __, machine: ___, loadAfter: ____, ...comparison } = compared;
  if (comparison.state === "wrong") return { comparison, eventLoop: [] };
  const withTraits = cases.map(({ traits }, i) => ({ ...(comparison.cases[i] as CaseReport), traits }));
  if (work.isSmall) return { comparison: { ...comparison, cases: withTraits }, eventLoop: [] };
  const firsts = await firstCalls(chosen, cases, settings, onStage);
  return {
    comparison: { ...comparison, cases: withTraits.map((own) => ({ ...own, ...firsts.get(own.name) })) },
    eventLoop: await delays(work, cases, settings, onStage),
  };
}

function peerCase(work: Work, [name, peer]: readonly [string, Peer]): WorkCase {
  const run = async () => {
    const { ms, answer } = await peer.ask(work.request);
    return new OwnTime(ms, work.read(answer));
  };
  return { name, traits: { implementation: name }, run };
}

/** First calls in processes that have done nothing else, by the names of the cases. */
async function firstCalls(
  { file, index }: Chosen,
  cases: readonly WorkCase[],
  { size, workers, places, signal }: WorkSettings,
  onStage: (stage: Stage) => void,
): Promise<ReadonlyMap<string, Pick<CaseReport, "first">>> {
  // A quick run has no time for all of them.
  const few = [caseName("JS", ONE_CORE), caseName("Wasm", ONE_CORE), caseName("Wasm", mostThreads(places))];
  const cold = cases.filter(({ name, traits }) => (size === "quick" ? few.includes(name) : traits.executor));
  const fresh = freshFile(file, index, size, workers);
  const times = new Map(cold.map(({ name }) => [name, [] as number[]]));
  const total = PROCESSES[size] * cold.length;
  for (let done = 0; done < total; done++) {
    onStage({ stage: "first", done, total });
    const { name } = cold[done % cold.length] as WorkCase;
    times.get(name)?.push(await firstCall(fresh, name, signal));
  }
  return new Map([...times].map(([name, ms]) => [name, { first: { ms: middle(ms), process: "fresh" } }]));
}

/** Of an odd number of values. */
function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}

/** The event loop's delay beside plain JS that holds the thread, and beside Wasm on threads. */
async function delays(
  work: Work,
  cases: readonly WorkCase[],
  { size, places, signal }: WorkSettings,
  onStage: (stage: Stage) => void,
): Promise<EventLoopReport[]> {
  const names = [caseName("JS", ONE_CORE), caseName("Wasm", mostThreads(places))];
  const watched = cases.filter(({ name }) => names.includes(name));
  const reports: EventLoopReport[] = [];
  for (const { name, run } of watched) {
    onStage({ stage: "event loop", done: reports.length, total: watched.length });
    const delay = await eventLoopDelay(async () => {
      const ended = performance.now() + WATCH_MS[size];
      while (performance.now() < ended && !signal.aborted) await run();
    });
    signal.throwIfAborted();
    reports.push({ name: `${work.name}: ${name}`, ...delay });
  }
  return reports;
}

function mostThreads(places: readonly Place[]): Place {
  return places.findLast(({ executor }) => executor === "threads") as Place;
}
