/** Runs every example in every way, and keeps the best time of each. */
import { performance } from "node:perf_hooks";
import * as wasm from "allcores";
import { twins } from "allcores/bench";
import { createExecutor, type NamedExecutor } from "../executor.js";
import type { Computations, Example, Verdict } from "./examples.js";

/** A way to compute: plain JS or Wasm, on an executor. Speed-ups refer to the first way. */
export interface Way {
  readonly name: string;
  readonly computations: Computations;
  readonly kind: NamedExecutor;
}

export const WAYS: readonly Way[] = [
  { name: "plain JS", computations: twins, kind: "serial" },
  { name: "Wasm, serial", computations: wasm, kind: "serial" },
  { name: "Wasm, threads", computations: wasm, kind: "threads" },
  { name: "Wasm, processes", computations: wasm, kind: "processes" },
  { name: "Wasm, async", computations: wasm, kind: "async" },
];

/** The first run is also the warm-up. */
export const REPEATS = 3;

export interface Measurement extends Verdict {
  readonly way: Way;
  readonly example: Example;
  /** The best of the runs. */
  readonly seconds: number;
}

/** The number of runs that `measure` reports. */
export function runsOf(examples: readonly Example[]): number {
  return WAYS.length * examples.length * REPEATS;
}

/** Measures way by way: workers are up before the clock starts, and gone before those of the next way start. */
export async function measure(
  examples: readonly Example[],
  signal: AbortSignal,
  ran: () => void,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const way of WAYS) {
    await using executor = await createExecutor(way.kind);
    await executor.ready();
    for (const example of examples) {
      let seconds = Number.POSITIVE_INFINITY;
      let check: (() => Verdict) | undefined;
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        const start = performance.now();
        check = await example.run(way.computations, { executor, signal });
        seconds = Math.min(seconds, (performance.now() - start) / 1e3);
        ran();
      }
      if (check) measurements.push({ way, example, seconds, ...check() });
    }
  }
  return measurements;
}

/** Answers that differ from the known one, or from those of other ways; empty if all agree. */
export function differences(measurements: readonly Measurement[]): string[] {
  const found: string[] = [];
  for (const { way, example, answer, fault } of measurements) {
    const where = `${example.title} as ${way.name}`;
    if (fault) found.push(`${where}: ${fault}`);
    const reference = measurements.find((other) => other.example === example && other.way.computations === wasm);
    const isComparable = way.computations === wasm || !example.isRandom;
    if (reference && isComparable && answer !== reference.answer)
      found.push(`${where}: ${answer}, but ${reference.answer} as ${reference.way.name}`);
  }
  return found;
}
