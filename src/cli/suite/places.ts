/** The places where works are done: an executor for each, made at its first use. */
import type { Executor } from "allcores";
import { createExecutor, type NamedExecutor } from "../executor.js";

export interface Place {
  readonly executor: NamedExecutor;
  readonly workers: number;
}

export const ONE_CORE: Place = { executor: "serial", workers: 1 };

/** Up to so many, each number of workers is measured; if more are allowed, powers of two and the greatest number. */
const EACH = 8;

/** The numbers of workers to measure: 1, 2, 3, ... or 1, 2, 4, ... */
function workerCounts(most: number): number[] {
  if (most <= EACH) return Array.from({ length: most }, (_, i) => i + 1);
  const powers = Array.from({ length: Math.ceil(Math.log2(most)) }, (_, i) => 2 ** i);
  return [...powers, most];
}

/** All places: one core, threads in growing numbers, processes, async. */
export function placesUpTo(most: number): readonly Place[] {
  return [
    ONE_CORE,
    ...workerCounts(most).map((workers) => ({ executor: "threads", workers }) as const),
    { executor: "processes", workers: most },
    { executor: "async", workers: most },
  ];
}

/** "serial", "threads 2". */
export function placeName({ executor, workers }: Place): string {
  return executor === "serial" ? executor : `${executor} ${workers}`;
}

/** The executors by place; they stay until the end of the run, since an idle one uses no core. */
export class Executors implements AsyncDisposable {
  readonly #made = new Map<string, Executor>();

  async at(place: Place): Promise<Executor> {
    const name = placeName(place);
    const made = this.#made.get(name) ?? (await createExecutor(place.executor, place.workers));
    this.#made.set(name, made);
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#made.values()].map((executor) => executor.shutdown({ cancel: true })));
  }
}
