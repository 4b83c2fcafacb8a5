/** The cost of holding the thread: how late the event loop turns while some work runs. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "../timers.js";
import { show } from "../validate.js";

/** Delays in ms. */
export interface EventLoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The resolution of the monitor's timer, whose ticks are no delay. */
const TICK_MS = 1;

/** Does the work once, and watches the event loop of this thread. */
export async function eventLoopDelay(work: () => unknown): Promise<EventLoopDelay> {
  if (typeof work !== "function") throw new TypeError(`work must be a function, got ${show(work)}`);
  const histogram = monitorEventLoopDelay({ resolution: TICK_MS });
  histogram.enable();
  // Work that holds the thread from its start would be over before the monitor's first tick.
  await nextTick();
  try {
    await work();
    await nextTick();
  } finally {
    histogram.disable();
  }
  const delay = (ns: number) => Math.max(0, ns / 1e6 - TICK_MS);
  return { p50: delay(histogram.percentile(50)), p99: delay(histogram.percentile(99)), max: delay(histogram.max) };
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2 * TICK_MS));
}
