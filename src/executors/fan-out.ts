/**
 * Who takes part in a range, and when: by the rate of its kernel, which the last job on the same executor has measured.
 *
 *   unknown, or long        all workers at once
 *   up to 0.15 ms           the first worker; it rings for the next one if work is left after 50 us
 *   up to 1 ms a worker,    the caller's thread in the place of the last worker, for 1 ms at most; it rings for that worker
 *   a compiled kernel       if work is left. To be woken costs a worker 60 us, of which the caller computes in the meantime
 */
import type { PreparedJob } from "../job/prepare.js";
import { kernelKey, type WireKernel } from "../job/wire-job.js";
import type { Share, SharedReply } from "../worker/shared-job.js";

/** Jobs that should take no longer need no second worker, in ms. */
const SHORT_MS = 0.15;
/** The time that the caller's thread may be given to a job, and the time that its chunks may take, in ms. */
const SHARE_MS = 1;
const SLICE_MS = 0.1;
/** Calls of over 1 ms that cost a kernel its right, with few good jobs in between: one may be due to another program's. */
const STRIKES = 3;
const FORGIVEN_AFTER = 20;

export interface FanOut {
  /** Workers from this slot on are rung for when they are needed. */
  readonly deferredFrom: number;
  /** What the caller's thread may take. */
  readonly share: Share | undefined;
}

export class Rates {
  /** Items per ms on one thread, by kernel. */
  readonly #rates = new Map<string, number>();
  /** Kernels whose calls were too long for the caller's thread. */
  readonly #barred = new Set<string>();
  /** How many were too long so far, and how many jobs there have been since. */
  readonly #overlong = new Map<string, { strikes: number; since: number }>();

  /** @param callerRuns whether compiled kernels may run on the caller's thread */
  constructor(private readonly callerRuns: boolean) {}

  /** @param workers workers that are to take part */
  plan({ wire: { kernel, range } }: PreparedJob, workers: number): FanOut {
    const rate = range && this.#rates.get(kernelKey(kernel));
    if (!range || !rate) return { deferredFrom: workers, share: undefined };
    const total = range.n / rate;
    const mayShare = total <= workers * SHARE_MS && range.grain / rate <= SLICE_MS && this.#mayRunHere(kernel);
    const share = mayShare ? this.#shareOf(kernel, rate) : undefined;
    const atOnce = total > SHORT_MS ? workers : 1;
    return { deferredFrom: share ? atOnce - 1 : atOnce, share };
  }

  /** Notes what a job on the executor has measured. */
  learn(kernel: WireKernel, replies: readonly SharedReply[]): void {
    let items = 0;
    let ms = 0;
    for (const reply of replies) {
      items += reply.items;
      ms += reply.ms;
    }
    if (items > 0) this.#rates.set(kernelKey(kernel), items / Math.max(ms, 1e-3));
  }

  #shareOf(kernel: WireKernel, rate: number): Share {
    const key = kernelKey(kernel);
    const record = this.#overlong.get(key);
    if (record && ++record.since > FORGIVEN_AFTER) this.#overlong.delete(key);
    const tooLong = (ms: number) => {
      const strikes = (this.#overlong.get(key)?.strikes ?? 0) + 1;
      this.#overlong.set(key, { strikes, since: 0 });
      if (strikes < STRIKES) return;
      this.#barred.add(key);
      process.emitWarning(
        `a call of ${kernel.label} held the caller's thread for ${ms.toFixed(1)} ms, which its last jobs gave no reason ` +
          "to expect: from now on it runs on workers only. { callerRuns: false } keeps all kernels there",
        "AllcoresWarning",
      );
    };
    return { rate, ms: SHARE_MS, sliceMs: SLICE_MS, tooLong };
  }

  /** JS kernels are the user's code, and a kernel that waits for a lock or an arena would hold up the event loop. */
  #mayRunHere(kernel: WireKernel): boolean {
    if (!this.callerRuns || kernel.language === "js" || this.#barred.has(kernelKey(kernel))) return false;
    return !kernel.compiled || (!kernel.compiled.locks && kernel.compiled.arena === 0);
  }
}
