/** Which chunks of a job are still to be given out to processes, and how many at a time. */
import { CLAIM_MS } from "../../worker/process-messages.js";

/** Whole consecutive chunks, [first, last). */
export type Claim = readonly [first: number, last: number];

export class Claims {
  readonly #free: Claim[];
  #left: number;
  /** As last measured; 0 while nothing is known. */
  #msPerChunk: number;

  /** @param cost expected ms of the whole job, if known */
  constructor(
    private readonly chunks: number,
    private readonly workers: number,
    cost: number | undefined,
  ) {
    this.#free = [[0, chunks]];
    this.#left = chunks;
    this.#msPerChunk = (cost ?? 0) / chunks;
  }

  /** About CLAIM_MS of work, less near the end; an even share while the cost is not known: the child stops in time. */
  take(): Claim | undefined {
    const part = this.#free.pop();
    if (!part) return undefined;
    const [first, end] = part;
    const share = this.#msPerChunk > 0 ? this.#left / (2 * this.workers) : this.chunks / this.workers;
    const last = Math.min(end, first + Math.ceil(Math.min(share, Math.max(1, CLAIM_MS / this.#msPerChunk))));
    if (last < end) this.#free.push([last, end]);
    this.#left -= last - first;
    return [first, last];
  }

  /** A claim came back after `ms`, done up to the chunk `end`: the rest is free again. */
  comesBack([first, last]: Claim, end: number, ms: number): void {
    if (end < last) this.#free.push([end, last]);
    this.#left += last - end;
    this.#msPerChunk = Math.max(1e-6, ms / (end - first));
  }
}
