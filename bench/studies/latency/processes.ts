/** A warm submit to processes, beside a bare round trip over IPC. */
import { allcores } from "./allcores.js";
import { inTurns, type Row, row } from "./figures.js";
import { bareProcess, file, WORKERS } from "./peers.js";

export async function processes(share: number): Promise<Row[]> {
  const bare = await bareProcess();
  await using pool = new allcores.ProcessExecutor({ workers: WORKERS });
  await pool.ready();
  const add = allcores.jsKernel<(a: number, b: number) => number>(file("tasks.js"), "add");
  const cases = { bare: bare.roundTrip, allcores: () => pool.submit(add, [1, 2]) };
  const own = await inTurns(cases, { warm: 500, ms: 4000 * share, block: 20 });
  await bare.end();
  return [
    row("bare IPC round trip", own.bare),
    row("submit, processes", own.allcores, { "bare IPC round trip": own.bare }),
  ];
}
