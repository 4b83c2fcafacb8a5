/**
 * Runs works and makes the report:
 *
 *   each work ─> run-work.ts ─> comparison, delays of the event loop
 *   comparisons ─> scaling curves; executors ─> dispatch ─> BenchReport
 */

import type { BenchSize } from "allcores/bench";
import {
  type BenchReport,
  type Comparison,
  describeMachine,
  type EventLoopReport,
  fitScaling,
  measureDispatch,
  SCHEMA_VERSION,
  type Scaling,
} from "allcores/bench";
import { PeerPool } from "./peer-pool.js";
import { Executors, ONE_CORE, placesUpTo } from "./places.js";
import { expectedMs, runWork } from "./run-work.js";
import type { Chosen, Stage, WorkSettings } from "./settings.js";
import { TimeLeft } from "./time-left.js";

/** The progress of a run. */
export interface BenchProgress extends Stage {
  readonly name: string;
  /** Works that are over, and the number of all. */
  readonly worksDone: number;
  readonly works: number;
  /** Expected ms to the end of the run. */
  readonly msLeft: number;
}

export interface BenchOptions {
  readonly size: BenchSize;
  /** The greatest number of workers. */
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: BenchProgress) => void) | undefined;
  /** Called when a comparison is over. */
  readonly onComparison?: ((comparison: Comparison) => void) | undefined;
}

const DISPATCH_MS = 1500;

export async function runBench(chosen: readonly Chosen[], options: BenchOptions): Promise<BenchReport> {
  const { size, workers, signal, onProgress, onComparison } = options;
  const head = {
    schemaVersion: SCHEMA_VERSION as typeof SCHEMA_VERSION,
    created: new Date().toISOString(),
    machine: describeMachine(),
  };
  const left = new TimeLeft([...chosen.map(({ work }) => expectedMs(work, size)), DISPATCH_MS]);
  const comparisons: Comparison[] = [];
  const eventLoop: EventLoopReport[] = [];
  await using executors = new Executors();
  await using peers = new PeerPool(signal);
  const settings: WorkSettings = { size, workers, places: placesUpTo(workers), executors, peers, signal };
  for (const [worksDone, one] of chosen.entries()) {
    const { name } = one.work;
    const result = await runWork(one, settings, (stage) =>
      onProgress?.({ ...stage, name, worksDone, works: chosen.length, msLeft: left.ms(stage.left) }),
    );
    left.next();
    if (!result) continue;
    comparisons.push(result.comparison);
    eventLoop.push(...result.eventLoop);
    onComparison?.(result.comparison);
  }
  const overhead = { name: "executors", worksDone: chosen.length, works: chosen.length };
  const dispatch = [];
  const places = [ONE_CORE, ...settings.places.filter((place) => place !== ONE_CORE && place.workers === workers)];
  for (const place of places) {
    onProgress?.({ ...overhead, stage: "dispatch", done: dispatch.length, total: places.length, msLeft: left.ms() });
    dispatch.push(await measureDispatch(await executors.at(place), signal));
  }
  return {
    ...head,
    loadAfter: describeMachine().load,
    comparisons,
    scaling: comparisons.flatMap(scalingOf),
    eventLoop,
    dispatch,
    missing: peers.missing,
  };
}

/** The scaling of each implementation that ran on threads, by the number of threads. */
function scalingOf(comparison: Comparison): ({ readonly name: string } & Scaling)[] {
  if (comparison.state === "wrong") return [];
  const onThreads = comparison.cases.filter(({ traits }) => traits?.executor === "threads");
  const implementations = new Set(onThreads.map(({ traits }) => traits?.implementation));
  return [...implementations].map((implementation) => ({
    name: `${comparison.name}: ${implementation}`,
    ...fitScaling(
      onThreads
        .filter(({ traits }) => traits?.implementation === implementation)
        .map(({ traits, median }) => ({ workers: traits?.workers ?? 1, ms: median })),
    ),
  }));
}
