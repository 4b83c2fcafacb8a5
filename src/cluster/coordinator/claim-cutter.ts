/**
 * Cuts the chunks of a job into claims, each a message of the queue: of many chunks, since a message costs 0.4 to 0.9 ms, and
 * of so few that a dead worker loses little and the workers end together.
 */
import type { Chunks } from "./chunk-set.js";

/** The time that a claim should take on one thread, and that it takes at least where chunks are left, in ms. */
const CLAIM_MS = 150;
const SHORTEST_MS = 20;
/** How much longer than the longest claim so far a claim may be: what was measured on a short one may be wrong. */
const GROWTH = 4;

export class ClaimCutter {
  /** In order. */
  readonly #free: Chunks[];
  #left: number;
  /** As last measured; 0 while nothing is known. */
  #msPerChunk: number;
  #longest = 1;

  /**
   * @param chunks those that are to be computed
   * @param cost expected ms of the whole job, if known
   * @param fits whether the results of a claim are small enough to be sent
   */
  constructor(
    chunks: readonly Chunks[],
    cost: number | undefined,
    private readonly fits: (claim: Chunks) => boolean,
  ) {
    this.#free = [...chunks];
    this.#left = 0;
    for (const [first, last] of chunks) this.#left += last - first;
    this.#msPerChunk = (cost ?? 0) / Math.max(1, this.#left);
  }

  get isEmpty(): boolean {
    return this.#free.length === 0;
  }

  /** @param threads that compute, on all machines */
  take(threads: number): Chunks | undefined {
    const next = this.#free.shift();
    if (!next) return undefined;
    const [first, end] = next;
    let last = Math.min(end, first + this.#size(threads));
    while (last > first + 1 && !this.fits([first, last])) last = first + ((last - first) >> 1);
    if (last < end) this.#free.unshift([last, end]);
    this.#left -= last - first;
    this.#longest = Math.max(this.#longest, last - first);
    return [first, last];
  }

  #size(threads: number): number {
    if (this.#msPerChunk === 0) return 1;
    const chunksIn = (ms: number) => Math.max(1, Math.floor(ms / this.#msPerChunk));
    const share = Math.ceil(this.#left / (3 * Math.max(1, threads)));
    return Math.min(GROWTH * this.#longest, chunksIn(CLAIM_MS), Math.max(share, chunksIn(SHORTEST_MS)));
  }

  /** Chunks of a claim have to be computed after all. */
  giveBack(chunks: Chunks): void {
    this.#free.unshift(chunks);
    this.#left += chunks[1] - chunks[0];
  }

  /** A claim of so many chunks took so many ms. */
  learn(chunks: number, ms: number): void {
    const measured = Math.max(1e-6, ms / chunks);
    this.#msPerChunk = this.#msPerChunk === 0 ? measured : (this.#msPerChunk + measured) / 2;
  }
}
