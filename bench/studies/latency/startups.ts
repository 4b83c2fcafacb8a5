/** From a new pool to the answer of its first call, apart from all warm calls. */
import { allcores } from "./allcores.js";
import { inTurns, type Row, row } from "./figures.js";
import { bareThread, file, startPiscina, startTinypool, WORKERS } from "./peers.js";

export async function startups(share: number): Promise<Row[]> {
  const add = allcores.jsKernel<(a: number, b: number) => number>(file("tasks.js"), "add");
  const cases = {
    bare: async () => {
      const bare = await bareThread();
      await bare.roundTrip();
      return bare.end;
    },
    allcores: async () => {
      const pool = new allcores.ThreadExecutor({ workers: WORKERS });
      await pool.submit(add, [1, 2]);
      return () => pool.shutdown();
    },
    piscina: async () => {
      const pool = startPiscina();
      await pool.run([1, 2], { name: "addPair" });
      return () => pool.destroy();
    },
    tinypool: async () => {
      const pool = startTinypool();
      await pool.run([1, 2], { name: "addPair" });
      return () => pool.destroy();
    },
  };
  const { bare, ...pools } = await inTurns(cases, { warm: 0, ms: 4000 * share });
  const peer = { "one bare worker": bare };
  return [
    row("one bare worker: start to first answer", bare),
    ...Object.entries(pools).map(([name, own]) => row(`${name}: start to first answer`, own, peer)),
  ];
}
