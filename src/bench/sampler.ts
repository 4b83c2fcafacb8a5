/**
 * The sampler: each case is warmed, then all run in turns.
 *
 *   warm: batches of one case until two in a row differ by under 2%
 *   round: every case in random order, and back again: A B C C B A; as many rounds as the budget has room for
 *
 * A case's two batches of a round lie symmetrically about its middle, so a steady drift is the same in all cases' sums;
 * the order is drawn anew each round, so that no case always comes after the same other one (and finds its caches).
 * One case runs twice in each round, as if it were two cases: the difference between these is noise. This is the first
 * case, to which all ratios refer, or if it takes more than half of a round, the next case that does not.
 */
import { batchLength, type Clock, systemClock, timeBatch } from "./clock.js";
import { seeded, shuffled } from "./random.js";
import { LEAST_ROUNDS } from "./ratio.js";
import { quantile } from "./statistics.js";
import type { Subject } from "./subject.js";

/** Beyond this many rounds the interval narrows too slowly to be worth the wait. */
const MOST_ROUNDS = 60;
/** The part of the budget that all warming together may take. */
const WARM_PART = 0.3;
const SETTLED = 0.02;
/** V8 optimises beside the running code: two early batches may agree before the better code is in place. */
const LEAST_WARM_MS = 100;

/** The sampler's progress. */
export interface SamplerProgress {
  readonly stage: "warm" | "measure";
  /** Cases warmed, or rounds measured. */
  readonly done: number;
  readonly total: number;
  /** Expected ms to the end of the stage. */
  readonly left: number;
  /** While measuring: the median ms a call of each case so far. */
  readonly medians?: Readonly<Record<string, number>>;
}

export interface SamplerOptions {
  /** ms for warming and measuring together; at least 6 rounds are measured in any case. */
  readonly budget: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SamplerProgress) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** The warming of a case. */
export interface Warming {
  readonly batches: number;
  /** Whether two batches in a row differed by under 2%; else the time for warming was over. */
  readonly settled: boolean;
}

/** Times of one case: ms a call, two for each round, in order. */
export interface Samples {
  readonly subject: Subject;
  readonly warm: Warming;
  /** Calls in a batch. */
  readonly calls: number;
  readonly samples: readonly number[];
}

export interface Sampling {
  readonly cases: readonly Samples[];
  /** The case that ran as two, and the samples of its double. */
  readonly again: { readonly name: string; readonly samples: readonly number[] };
}

interface Warmed {
  readonly subject: Subject;
  readonly warm: Warming;
  readonly calls: number;
  /** The time of a batch by the wall clock, also for a case that returns an OwnTime. */
  readonly batchMs: number;
}

/** Times the cases against each other. */
export async function sample(subjects: readonly Subject[], options: SamplerOptions): Promise<Sampling> {
  const { budget, seed, signal, onProgress, clock = systemClock } = options;
  const started = clock.now();
  const length = batchLength(clock);
  const cases: Warmed[] = [];
  for (const subject of subjects) {
    const limit = Math.max(LEAST_WARM_MS, (budget * WARM_PART) / subjects.length);
    onProgress?.({ stage: "warm", done: cases.length, total: subjects.length, left: budget - (clock.now() - started) });
    cases.push(await warmUp(subject, length, limit, clock, signal));
  }
  const half = cases.reduce((sum, { batchMs }) => sum + batchMs, 0) / 2;
  // The shortest batch of two or more is never above half of the sum.
  const doubled = cases.find(({ batchMs }) => batchMs <= half) as Warmed;
  const entries = [...cases, doubled].map((warmed) => ({ ...warmed, samples: [] as number[] }));

  const roundMs = 2 * entries.reduce((sum, { batchMs }) => sum + batchMs, 0);
  const room = Math.floor((budget - (clock.now() - started)) / roundMs);
  const rounds = Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, room));
  const random = seeded(seed);
  const measuring = clock.now();
  for (let round = 0; round < rounds; round++) {
    const spent = clock.now() - measuring;
    // The estimate may have been too low. The time spent does not depend on any ratio, so stopping by it is no bias.
    if (round >= LEAST_ROUNDS && clock.now() - started > budget) break;
    const left = round > 0 ? (spent / round) * (rounds - round) : roundMs * rounds;
    onProgress?.({
      stage: "measure",
      done: round,
      total: rounds,
      left,
      ...(round > 0 && { medians: mediansOf(entries.slice(0, -1)) }),
    });
    const order = shuffled(entries, random);
    for (const { subject, calls, samples } of [...order, ...order.toReversed()])
      samples.push((await timeBatch(subject, calls, clock, signal)) / calls);
  }
  const measured = entries.map(({ subject, warm, calls, samples }) => ({ subject, warm, calls, samples }));
  const { samples } = measured.pop() as Samples;
  onProgress?.({ stage: "measure", done: samples.length / 2, total: samples.length / 2, left: 0 });
  return { cases: measured, again: { name: doubled.subject.name, samples } };
}

function mediansOf(entries: readonly Samples[]): Record<string, number> {
  return Object.fromEntries(entries.map(({ subject, samples }) => [subject.name, quantile(samples, 0.5)]));
}

/** The times of a case by rounds: the mean of the two batches of each round. */
export function roundTimes(samples: readonly number[]): number[] {
  return Array.from({ length: Math.floor(samples.length / 2) }, (_, round) => {
    const [there = Number.NaN, back = Number.NaN] = samples.slice(2 * round, 2 * round + 2);
    return (there + back) / 2;
  });
}

async function warmUp(
  subject: Subject,
  length: number,
  limit: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<Warmed> {
  const started = clock.now();
  let calls = 1;
  let before = Number.NaN;
  for (let batches = 1; ; batches++) {
    const begun = clock.now();
    const ms = await timeBatch(subject, calls, clock, signal);
    const batchMs = clock.now() - begun;
    const each = ms / calls;
    const isLong = ms >= length / 2;
    const settled = Math.abs(each - before) < SETTLED * Math.min(each, before);
    const next = nextCalls(calls, ms, length);
    const spent = clock.now() - started;
    if (spent > limit || (settled && spent > LEAST_WARM_MS))
      return { subject, warm: { batches, settled }, calls: next, batchMs: (batchMs * next) / calls };
    // The clock can't measure a short batch well enough to compare it.
    before = isLong ? each : Number.NaN;
    calls = next;
  }
}

/** Calls for a batch of the wanted length, at most ten times as many as before: a short batch gives a rough guess. */
function nextCalls(calls: number, ms: number, length: number): number {
  const most = calls * 10;
  return ms > 0 ? Math.min(most, Math.max(1, Math.ceil((length * calls) / ms))) : most;
}
