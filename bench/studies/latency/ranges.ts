/** An empty parallelFor of a compiled kernel over 1e6 items: the dispatch of a range, at several numbers of workers. */
import type { Untyped } from "allcores";
import { allcores, compileKernels } from "./allcores.js";
import { type Figures, inTurns, type Row, row } from "./figures.js";
import { bareThread, file } from "./peers.js";

const ITEMS = 1e6;
const SIZES = [1, 2, 4, 8];

export async function ranges(share: number): Promise<Row[]> {
  const { empty } = await compileKernels<{ empty: Untyped }>(file("assembly/empty.ts"));
  const bare = await bareThread();
  const pools = SIZES.map((workers) => ({ workers, executor: new allcores.ThreadExecutor({ workers }) }));
  await Promise.all(pools.map(({ executor }) => executor.ready()));
  const name = (workers: number) => `empty parallelFor, ${workers} workers`;
  const cases: Record<string, () => unknown> = { bare: bare.roundTrip };
  for (const { workers, executor } of pools) cases[name(workers)] = () => executor.parallelFor(empty, ITEMS, []);
  const { bare: trip, ...own } = await inTurns(cases, { warm: 50, ms: 7000 * share, block: 10 });
  await Promise.all([bare.end(), ...pools.map(({ executor }) => executor.shutdown())]);
  return Object.entries(own).map(([name, figures]) => row(name, figures, { "bare round trip": trip as Figures }));
}
