/** How late the event loop of this thread turns while a work is under way. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Figures } from "./figures.js";

/** The resolution of the monitor, whose ticks are no delay. */
const TICK_MS = 1;

export async function delaysDuring(work: () => unknown): Promise<Figures> {
  const monitor = monitorEventLoopDelay({ resolution: TICK_MS });
  monitor.enable();
  // Work that holds the thread from its start would be over before the monitor's first tick.
  await delay(2 * TICK_MS);
  await work();
  await delay(2 * TICK_MS);
  monitor.disable();
  const at = (percentile: number) => Math.max(0, monitor.percentile(percentile) / 1000 - TICK_MS * 1000);
  return { p10: at(10), p50: at(50), p99: at(99) };
}
