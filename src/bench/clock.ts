/** Batches of calls, each long enough for the clock to measure. */

import { orAbort } from "../abort.js";
import { performance, setImmediate } from "../timers.js";
import { isThenable } from "../validate.js";
import { OwnTime, type Subject } from "./subject.js";

/** The sampler's clock, and its pause for the event loop: simulations replace both. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** The shortest time that the clock distinguishes from none, in ms. */
  step(): number;
  /** Lets the event loop turn: timers, signals, messages of workers. */
  breathe(): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  step: () => Math.min(...Array.from({ length: 20 }, nextStep)),
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
};

function nextStep(): number {
  const started = performance.now();
  let ended = performance.now();
  while (ended === started) ended = performance.now();
  return ended - started;
}

/** The place for results: V8 would leave out calls whose result goes nowhere. */
const sink: { value: unknown } = { value: undefined };

/**
 * Runs a batch.
 * @returns the batch's time in ms, by the clock or by the OwnTime of its calls
 */
export async function timeBatch(
  { name, run, isAsync, hasOwnTime }: Subject,
  calls: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<number> {
  await clock.breathe();
  signal?.throwIfAborted();
  if (hasOwnTime) return orAbort(sumOwnTimes(run, calls, signal), signal);
  const started = clock.now();
  if (isAsync) await orAbort(callInTurn(run, calls, signal), signal);
  else callAtOnce(run, calls);
  const ms = clock.now() - started;
  if (!isAsync && isThenable(sink.value))
    throw new TypeError(`cases.${name} returned a promise, but none at first: nobody waited for it`);
  sink.value = undefined;
  return ms;
}

function callAtOnce(run: () => unknown, calls: number): void {
  for (let i = 0; i < calls; i++) sink.value = run();
}

async function callInTurn(run: () => unknown, calls: number, signal: AbortSignal | undefined): Promise<void> {
  for (let i = 0; i < calls && !signal?.aborted; i++) sink.value = await run();
}

async function sumOwnTimes(run: () => unknown, calls: number, signal: AbortSignal | undefined): Promise<number> {
  let ms = 0;
  for (let i = 0; i < calls && !signal?.aborted; i++) {
    const result = await run();
    if (!(result instanceof OwnTime)) throw new TypeError("a case that returned an OwnTime must always do so");
    ms += result.ms;
  }
  return ms;
}

/** A step of the clock is at most 0.1% of a batch. */
const STEPS_A_BATCH = 1000;
/** Long against the cost of a timer or a wake-up (10 to 100 us), short against another process's turn on the core. */
const BATCH_MS = 10;

/** The least length of a batch, in ms. */
export function batchLength(clock: Clock): number {
  return Math.max(BATCH_MS, clock.step() * STEPS_A_BATCH);
}
