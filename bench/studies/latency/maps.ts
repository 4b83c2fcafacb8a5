/** A map of 1,000 tasks of 10 us each, beside the same tasks given to other pools. */
import { allcores } from "./allcores.js";
import { inTurns, type Row, row, speedUp } from "./figures.js";
import { file, startPiscina, startWorkerpool, WORKERS } from "./peers.js";

const TASKS = 1000;
const TASK_US = 10;
const STEPS = 1e6;

async function serially(kernel: (steps: number) => number, steps: readonly number[]): Promise<void> {
  for (const count of steps) kernel(count);
}

export async function maps(share: number): Promise<Row[]> {
  const { spin }: { spin: (steps: number) => number } = await import(file("tasks.js").href);
  const { call } = await inTurns({ call: () => spin(STEPS) }, { warm: 10, ms: 50 });
  const steps = new Array<number>(TASKS).fill(Math.round((TASK_US * STEPS) / call.p10));
  const kernel = allcores.jsKernel<typeof spin>(file("tasks.js"), "spin");
  const [piscina, other] = [startPiscina(), startWorkerpool()];
  await using pool = new allcores.ThreadExecutor({ workers: WORKERS });
  await pool.ready();
  const cases = {
    serial: () => serially(spin, steps),
    allcores: async () => {
      // All at once, as the peers get them.
      for await (const _ of pool.map(kernel, steps, { window: TASKS }));
    },
    piscina: () => Promise.all(steps.map((count) => piscina.run(count, { name: "spin" }))),
    workerpool: () => Promise.all(steps.map((count) => other.exec("spin", [count]))),
  };
  const own = await inTurns(cases, { warm: 1, ms: 6000 * share });
  await Promise.all([piscina.destroy(), other.terminate()]);
  return [
    row("1,000 tasks of 10 us, one thread", own.serial),
    row("map of them, allcores", own.allcores, { piscina: own.piscina, workerpool: own.workerpool }),
    speedUp("the same", own.allcores, "one thread", own.serial),
  ];
}
