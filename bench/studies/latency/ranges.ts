/** An empty parallelFor of a compiled kernel over 1e6 items: the dispatch of a range, at several numbers of workers. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Kernel, Untyped } from "allcores";
import { allcores, compileKernels } from "./allcores.js";
import { type Figures, inTurns, type Row, row } from "./figures.js";
import { bareThread } from "./peers.js";

const ITEMS = 1e6;
const SIZES = [1, 2, 4, 8];

/** A compiled kernel that does nothing. Its source is written for the compiler only: AssemblyScript's types are its own. */
async function emptyKernel(): Promise<Kernel<Untyped>> {
  const folder = mkdtempSync(join(tmpdir(), "allcores-latency-"));
  try {
    const source = join(folder, "empty.ts");
    writeFileSync(source, "export function empty(begin: i32, end: i32): void {}\n");
    return (await compileKernels<{ empty: Untyped }>(pathToFileURL(source))).empty;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function ranges(share: number): Promise<Row[]> {
  const empty = await emptyKernel();
  const bare = await bareThread();
  const pools = SIZES.map((workers) => ({ workers, executor: new allcores.ThreadExecutor({ workers }) }));
  await Promise.all(pools.map(({ executor }) => executor.ready()));
  const name = (workers: number) => `empty parallelFor, ${workers} workers`;
  const cases: Record<string, () => unknown> = { bare: bare.roundTrip };
  for (const { workers, executor } of pools) cases[name(workers)] = () => executor.parallelFor(empty, ITEMS, []);
  const { bare: trip, ...own } = await inTurns(cases, { warm: 100, ms: 7000 * share, block: 10 });
  await Promise.all([bare.end(), ...pools.map(({ executor }) => executor.shutdown())]);
  return Object.entries(own).map(([name, figures]) => row(name, figures, { "bare round trip": trip as Figures }));
}
