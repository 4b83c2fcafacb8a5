/** Every executor with every number of workers that the built-in kernels' answers must not depend on. */
import { type ExecutorRow, executors } from "../executors/all.js";

export interface Pool {
  readonly name: string;
  /** One of each executor, for what takes longer: twins and ports are cut into chunks by the same code as kernels. */
  readonly isUsual: boolean;
  readonly row: ExecutorRow;
  readonly workers: number;
}

/** Fewer, as many as and more than a small machine's cores; the last divides no power of two. */
const WORKERS = [1, 2, 7];

export const pools: readonly Pool[] = executors.flatMap((row): Pool[] => {
  if (row.workers === "none") return [{ name: row.kind, isUsual: true, row, workers: 1 }];
  return WORKERS.map((workers) => ({
    name: `${row.kind} x ${workers}`,
    isUsual: workers === 2,
    row,
    workers,
  }));
});

/** A seeded source of doubles in [0, 1) (mulberry32): tests draw their cases from it, the same ones in every run. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}
