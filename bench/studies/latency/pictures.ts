/** A picture of 48 MB into a new array, beside one thread's copy of as much into a new array. */
import { setTimeout as delay } from "node:timers/promises";
import { allcores } from "./allcores.js";
import { delaysDuring } from "./delays.js";
import { inTurns, type Row, row } from "./figures.js";
import { WORKERS } from "./peers.js";

const PICTURE = { width: 3000, height: 4000, maxIterations: 20 };

export async function pictures(share: number): Promise<Row[]> {
  using scope = allcores.heap.scope();
  await using executor = new allcores.ThreadExecutor({ workers: WORKERS });
  const source = scope.int32(PICTURE.width * PICTURE.height).fill(1);
  const draw = () => allcores.renderFractal({ ...PICTURE, executor });
  const copy = () => new Int32Array(source.length).set(source);
  const own = await inTurns({ copy, draw }, { warm: 1, ms: 6000 * share });
  const alone = await delaysDuring(() => delay(1000 * share));
  const end = performance.now() + 2000 * share;
  const drawing = await delaysDuring(async () => {
    do await draw();
    while (performance.now() < end);
  });
  return [
    row("copy of 48 MB into a new array, one thread", own.copy),
    row("renderFractal of 48 MB into a new array", own.draw, { "the copy": own.copy }),
    row("event-loop delay meanwhile", drawing, { "the monitor alone": alone }),
  ];
}
