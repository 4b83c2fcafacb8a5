/** The CPU time that a warm pool of two takes of this process while it has nothing to do. */
import { setTimeout as delay } from "node:timers/promises";
import { allcores } from "./allcores.js";
import { figuresOf, type Row, row } from "./figures.js";
import { file, WORKERS } from "./peers.js";

const WINDOW_MS = 500;
const WINDOWS = 10;

export async function idle(share: number): Promise<Row[]> {
  await using pool = new allcores.ThreadExecutor({ workers: WORKERS });
  const add = allcores.jsKernel<(a: number, b: number) => number>(file("tasks.js"), "add");
  for (let call = 0; call < 500; call++) await pool.submit(add, [1, 2]);
  // What the calls leave to garbage collector and compiler is no idling.
  await delay(WINDOW_MS);
  const windows: number[] = [];
  const elapsed: number[] = [];
  while (windows.length < Math.max(2, WINDOWS * share)) {
    const [before, started] = [process.cpuUsage(), performance.now()];
    await delay(WINDOW_MS);
    const { user, system } = process.cpuUsage(before);
    windows.push(user + system);
    elapsed.push((performance.now() - started) * 1000);
  }
  const name = `CPU of an idle pool in ${(WINDOW_MS * windows.length) / 1000} s, each ${WINDOW_MS} ms`;
  return [row(name, figuresOf(windows), { "the time": figuresOf(elapsed) })];
}
