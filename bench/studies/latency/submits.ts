/** A warm submit of a JS kernel with two numbers, beside a bare message round trip and other pools. */
import { allcores } from "./allcores.js";
import { inTurns, type Row, row } from "./figures.js";
import { bareThread, file, startPiscina, startTinypool, WORKERS } from "./peers.js";

export async function submits(share: number): Promise<Row[]> {
  const bare = await bareThread();
  const [piscina, tinypool] = [startPiscina(), startTinypool()];
  await using pool = new allcores.ThreadExecutor({ workers: WORKERS });
  await pool.ready();
  await using asynchronous = new allcores.AsyncExecutor({ workers: WORKERS });
  await asynchronous.ready();
  const serial = new allcores.SerialExecutor();
  const add = allcores.jsKernel<(a: number, b: number) => number>(file("tasks.js"), "add");
  const cases = {
    bare: bare.roundTrip,
    allcores: () => pool.submit(add, [1, 2]),
    asynchronous: () => asynchronous.submit(add, [1, 2]),
    serial: () => serial.submit(add, [1, 2]),
    piscina: () => piscina.run([1, 2], { name: "addPair" }),
    tinypool: () => tinypool.run([1, 2], { name: "addPair" }),
  };
  const own = await inTurns(cases, { warm: 500, ms: 6000 * share, block: 20 });
  await Promise.all([bare.end(), piscina.destroy(), tinypool.destroy()]);
  const peer = { "bare round trip": own.bare };
  return [
    row("bare message round trip", own.bare),
    row("submit, allcores", own.allcores, { ...peer, piscina: own.piscina, tinypool: own.tinypool }),
    row("submit, async workers", own.asynchronous, peer),
    row("submit, the calling thread", own.serial, peer),
    row("the same function, piscina", own.piscina, peer),
    row("the same function, tinypool", own.tinypool, peer),
  ];
}
