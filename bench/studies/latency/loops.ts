/** The event loop's delay while submits are under way and while a long job runs, beside that of the monitor alone. */
import { setTimeout as delay } from "node:timers/promises";
import { allcores } from "./allcores.js";
import { delaysDuring } from "./delays.js";
import { type Row, row } from "./figures.js";
import { file, WORKERS } from "./peers.js";

const SUBMITS = 10_000;
const JOB_MS = 3000;
const SAMPLES = 5e7;

export async function loops(share: number): Promise<Row[]> {
  await using pool = new allcores.ThreadExecutor({ workers: WORKERS });
  const add = allcores.jsKernel<(a: number, b: number) => number>(file("tasks.js"), "add");
  const many = (count: number) => Promise.all(Array.from({ length: count }, (_, item) => pool.submit(add, [item, 1])));
  const sampling = (samples: number) => allcores.estimatePi({ samples, seed: 1, executor: pool });
  await many(500);
  await sampling(SAMPLES);
  const started = performance.now();
  await sampling(SAMPLES);
  const samples = Math.round((SAMPLES * JOB_MS * share) / (performance.now() - started));

  const alone = await delaysDuring(() => delay(2000 * share));
  const submitting = await delaysDuring(() => many(SUBMITS));
  const computing = await delaysDuring(() => sampling(samples));
  const peer = { "the monitor alone": alone };
  return [
    row("event-loop delay, the monitor alone", alone),
    row("event-loop delay, 10,000 submits at once", submitting, peer),
    row(`event-loop delay, a job of ${((JOB_MS * share) / 1000).toFixed(1)} s`, computing, peer),
  ];
}
