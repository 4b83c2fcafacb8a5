/**
 * How many workers of a range are woken at once: by the rate of its kernel, which the last range on the same executor has
 * measured. A range that should be short is given to the first worker; it rings for the next one if work is left after
 * 50 us, since a wake-up costs as much.
 */
import type { PreparedJob } from "../job/prepare.js";
import { kernelKey, type WireKernel } from "../job/wire-job.js";
import type { SharedReply } from "../worker/shared-job.js";

/** Ranges that should take no longer need no second worker, in ms. */
const SHORT_MS = 0.15;

export class Rates {
  /** Items per ms on one thread, by kernel. */
  readonly #rates = new Map<string, number>();

  /** @returns how many of the workers that are to take part begin at once */
  atOnce({ wire: { kernel, range } }: PreparedJob, workers: number): number {
    const rate = range && this.#rates.get(kernelKey(kernel));
    return rate && range.n / rate <= SHORT_MS ? 1 : workers;
  }

  /** Notes what a range has measured. */
  learn(kernel: WireKernel, replies: readonly SharedReply[]): void {
    let items = 0;
    let ms = 0;
    for (const reply of replies) {
      items += reply.items;
      ms += reply.ms;
    }
    if (items > 0) this.#rates.set(kernelKey(kernel), items / Math.max(ms, 1e-3));
  }
}
