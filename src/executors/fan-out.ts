/**
 * Which threads begin on a range, and when: by the rate of its kernel, which the last range on the same executor has measured.
 *
 *   not known, or long     all workers at once
 *   up to 1 ms a worker    the same, but the caller's thread has the place of the last one while its share lasts, if it may
 *   up to 0.15 ms          the caller's thread alone, if it may; else the first worker, which rings for the next one if work
 *                          is left after 50 us. To be woken costs a worker as much as it would compute
 */
import type { PreparedSteps } from "../job/prepare-steps.js";
import type { Range } from "../job/range.js";
import { timesOf } from "../job/step-walk.js";
import { kernelKey, type WireKernel } from "../job/wire-job.js";
import type { SharedReply } from "../worker/shared-job.js";
import { CallerRights, SHARE_SLICE_MS, TURN_MS, TurnShare } from "./caller-share.js";

/** Ranges that should take no longer need no second thread, in ms. */
const SHORT_MS = 0.15;

/** What the caller's thread takes of a range. */
export interface CallersPart {
  readonly turn: TurnShare;
  /** Items per ms. */
  readonly rate: number;
  /** Whether it begins alone, since it should be done before a worker is awake. */
  readonly isFirst: boolean;
  /** Called with what the longest slice of each kernel took, in ms. */
  readonly judge: (longest: number, kernel: WireKernel) => void;
}

export interface FanOut {
  /** How many workers begin at once: the others are rung for when they are needed. */
  readonly atOnce: number;
  readonly caller: CallersPart | undefined;
}

export class Rates {
  /** Items per ms on one thread, by kernel. */
  readonly #rates = new Map<string, number>();
  readonly #rights: CallerRights | undefined;

  /** @param callerRuns whether the caller's thread may take part */
  constructor(callerRuns: boolean) {
    if (callerRuns) this.#rights = new CallerRights();
  }

  /**
   * @param workers how many are to take part
   * @param staysOut whether the caller's thread takes no part: others wait for a worker, and were there first
   */
  plan(kernel: WireKernel, range: Range, workers: number, staysOut: boolean): FanOut | Promise<FanOut> {
    const rate = this.#rates.get(kernelKey(kernel));
    return rate ? this.#planRange(kernel, range, rate, { workers, staysOut }) : { atOnce: workers, caller: undefined };
  }

  async #planRange(
    kernel: WireKernel,
    { n, grain, from = 0 }: Range,
    rate: number,
    { workers, staysOut }: { workers: number; staysOut: boolean },
  ): Promise<FanOut> {
    const ms = (n - from) / rate;
    const hasShare = ms <= workers * TURN_MS && grain / rate <= SHARE_SLICE_MS && !staysOut;
    const caller = hasShare ? await this.#callersPart(kernel, rate, ms) : undefined;
    return { atOnce: ms <= SHORT_MS && !caller ? 1 : workers, caller };
  }

  async #callersPart(kernel: WireKernel, rate: number, ms: number): Promise<CallersPart | undefined> {
    if (!this.#rights?.mayRun(kernel)) return undefined;
    const isFirst = ms <= SHORT_MS;
    const turn = await TurnShare.take(2 * Math.max(ms, SHARE_SLICE_MS), isFirst);
    return turn && { turn, rate, isFirst, judge: this.#rights.watch(kernel) };
  }

  /** The same of a job of steps: the caller's thread takes short ones alone, since it can't wait for others' chunks. */
  planSteps({ steps, loops }: PreparedSteps, workers: number, tasksWait: boolean): FanOut | Promise<FanOut> {
    let ms = 0;
    let longest = 0;
    for (const [at, step] of steps.entries()) {
      const { n = 1 } = step;
      const rate = this.rateOf(step.job.wire.kernel);
      const items = typeof n === "number" ? n : Infinity;
      ms += (timesOf(at, loops) * items) / rate;
      longest = Math.max(longest, Math.min(items, step.grain ?? Math.ceil(items / 1024)) / rate);
    }
    if (!(ms <= SHORT_MS)) return { atOnce: workers, caller: undefined };
    const kernels = steps.map(({ job }) => job.wire.kernel);
    const rights = this.#rights;
    const isAllowed = !tasksWait && longest <= SHARE_SLICE_MS && kernels.every((kernel) => rights?.mayRun(kernel));
    return rights && isAllowed ? this.#alone(rights, kernels, ms, workers) : { atOnce: 1, caller: undefined };
  }

  async #alone(rights: CallerRights, kernels: readonly WireKernel[], ms: number, workers: number): Promise<FanOut> {
    const turn = await TurnShare.take(2 * Math.max(ms, SHARE_SLICE_MS), true);
    if (!turn) return { atOnce: 1, caller: undefined };
    const watched = new Map(kernels.map((kernel) => [kernelKey(kernel), rights.watch(kernel)]));
    const judge: CallersPart["judge"] = (longest, kernel) => watched.get(kernelKey(kernel))?.(longest);
    return { atOnce: workers, caller: { turn, rate: 0, isFirst: true, judge } };
  }

  /** Items per ms; 0: not known. */
  rateOf(kernel: WireKernel): number {
    return this.#rates.get(kernelKey(kernel)) ?? 0;
  }

  /** Notes what the steps of a job have measured. @param kernels as the replies number them */
  learnSteps(kernels: readonly WireKernel[], replies: readonly SharedReply[]): void {
    for (const [i, kernel] of kernels.entries()) {
      const work = replies.map(({ work = [] }) => ({ items: work[2 * i] ?? 0, ms: work[2 * i + 1] ?? 0 }));
      this.learn(kernel, work);
    }
  }

  /** Notes what a range has measured. */
  learn(kernel: WireKernel, replies: readonly Pick<SharedReply, "items" | "ms">[]): void {
    let items = 0;
    let ms = 0;
    for (const reply of replies) {
      items += reply.items;
      ms += reply.ms;
    }
    if (items > 0) this.#rates.set(kernelKey(kernel), items / Math.max(ms, 1e-3));
  }
}
