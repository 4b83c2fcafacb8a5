/**
 * A warning when all workers of a pool sleep in waits of allcores/sync while tasks queue: workers that wait for one of
 * these tasks wait for ever, as in Python's pools.
 */
import { isBlocked } from "../sync/agents.js";
import { clearTimeout, setTimeout } from "../timers.js";
import type { WorkerPool } from "./worker-pool.js";

/** How long tasks must queue behind blocked workers, in ms. */
const PATIENCE_MS = 1000;

/** @returns what is to be called when the number of queued tasks changes; warns once */
export function warnWhenStarved(pool: () => Pick<WorkerPool<never, unknown>, "threadIds"> | undefined) {
  let timer: NodeJS.Timeout | undefined;
  let hasWarned = false;
  const look = () => {
    timer?.refresh();
    const ids = pool()?.threadIds() ?? [];
    if (ids.length === 0 || !ids.every((id) => isBlocked(id + 1))) return;
    stop();
    hasWarned = true;
    process.emitWarning(
      `all ${ids.length} workers of a pool wait (for locks, queues or the like) while tasks queue for a worker. If they ` +
        "wait for these tasks, they wait for ever: run what blocks on a Thread (allcores/threading), or have more workers",
      "AllcoresWarning",
    );
  };
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return (queued: number): void => {
    if (queued === 0) stop();
    if (queued === 0 || hasWarned || timer) return;
    timer = setTimeout(look, PATIENCE_MS);
    timer.unref();
  };
}
