/** The measurements of a work beside its rounds: first calls in fresh processes, and the delay of the event loop. */
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers";
import * as wasm from "allcores";
import { type HeapArray, SerialExecutor } from "allcores";
import type { BenchSize, Work } from "allcores/bench";
import { type EventLoopReport, eventLoopDelay, type FirstCallReport, firstCalls, twins } from "allcores/bench";
import { caseName, type WorkCase } from "./cases.js";
import { freshFile } from "./fresh.js";
import { ONE_CORE, type Place } from "./places.js";
import type { Chosen, Stage, WorkSettings } from "./settings.js";

/** Fresh processes for each case. */
const PROCESSES: Record<BenchSize, number> = { quick: 1, full: 3 };
/** The least time for which the event loop is watched. */
const WATCH_MS: Record<BenchSize, number> = { quick: 200, full: 1000 };
/** About the time of a fresh process: its start and one call. */
const PROCESS_MS = 350;
/** About the number of cases whose first calls are measured. */
const COLD: Record<BenchSize, number> = { quick: 3, full: 15 };

export function expectedMsBeside(size: BenchSize): number {
  return 2 * WATCH_MS[size] + COLD[size] * PROCESSES[size] * PROCESS_MS;
}

/** First calls in processes that have done nothing else, by the names of the cases. */
export async function coldCalls(
  { file, index }: Chosen,
  cases: readonly WorkCase[],
  { size, workers, places, signal }: WorkSettings,
  onProgress: (stage: Stage) => void,
): Promise<ReadonlyMap<string, FirstCallReport>> {
  // A quick run has no time for all cases.
  const few = [caseName("JS", ONE_CORE), caseName("Wasm", ONE_CORE), caseName("Wasm", mostThreads(places))];
  const names = cases.map(({ name }) => name).filter((name) => size === "full" || few.includes(name));
  return firstCalls(freshFile(file, index, size, workers), names, { processes: PROCESSES[size], signal, onProgress });
}

/** The event loop's delay beside plain JS that holds the thread, and beside Wasm on threads. */
export async function delays(
  work: Work,
  output: HeapArray<"int32">,
  { size, places, executors, signal }: WorkSettings,
  onStage: (stage: Stage) => void,
): Promise<EventLoopReport[]> {
  const threads = mostThreads(places);
  const watched = [
    // A plain loop in JS never yields; SerialExecutor would by default give the event loop a turn each 10 ms.
    { name: "JS, serial, without a pause", computations: twins, executor: new SerialExecutor({ yield: false }) },
    { name: caseName("Wasm", threads), computations: wasm, executor: await executors.at(threads) },
  ];
  const reports: EventLoopReport[] = [];
  for (const { name, computations, executor } of watched) {
    onStage({ stage: "event loop", done: reports.length, total: watched.length });
    const delay = await eventLoopDelay(async () => {
      const ended = performance.now() + WATCH_MS[size];
      while (performance.now() < ended && !signal.aborted) {
        await work.run(computations, executor, output);
        await new Promise((resolve) => setImmediate(resolve)); // one request after the other
      }
    });
    signal.throwIfAborted();
    reports.push({ name: `${work.name}: ${name}`, ...delay });
  }
  return reports;
}

function mostThreads(places: readonly Place[]): Place {
  return places.findLast(({ executor }) => executor === "threads") as Place;
}
