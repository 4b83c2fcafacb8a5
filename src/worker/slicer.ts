/**
 * Cuts claims into slices, calls the kernel on each, and gathers what it returns. The same for every executor:
 *
 *   claim of whole chunks ──> slices of about 5 ms ("none", "sum": a slice may begin and end inside a chunk)
 *                        ├──> calls of a fixed size       ("array": to the accumulator of their chunk)
 *                        └──> one call a chunk     ("value": its partial value is kept apart, in chunk order)
 */

import type { Range } from "../job/range.js";
import type { ArenaUse } from "../memory/instances.js";
import { performance } from "../timers.js";
import { isThenable } from "../validate.js";
import { ArenaFit } from "./arena-fit.js";

/** The time that a slice may take, in ms: what a cancel waits for, and what a waiting job waits for. */
export const SLICE_MS = 5;

/**
 * The time that a slice of several chunks may take, in ms. A call costs 0.2 to 1 us around the kernel, which was half of
 * the time of 1024 chunks of saxpy.
 */
const SHORT_MS = 0.1;
/** Chunks of such a slice at most: the next ones may be dear, and a cancel waits for 40 ms, 8 chunks of 5. */
const SHORT_CHUNKS = 8;

type RangeCall = (begin: number, end: number) => unknown;

/** A range kernel bound to its arguments. */
interface BoundRange {
  readonly call: RangeCall;
  readonly lastUse?: (() => ArenaUse | undefined) | undefined;
}

export class Slicer {
  sum = 0n;
  readonly chunks: { readonly first: number; readonly values: unknown[] }[] = [];
  /** The part of the claim that is still to do, [begin, end), in items. */
  begin = 0;
  end = 0;
  /** The slice under way, or the last one. */
  slice: readonly [begin: number, end: number] | undefined;
  /** When the last slice ended, by performance.now(). */
  ended = 0;
  /**
   * Items per ms, over the slices of the last claim; 0 before the first slice. Over the last slice alone, a few cheap items
   * had the next claim reach over dear ones, and the other worker waited for it.
   */
  rate = 0;
  /** Items done so far, and the time of their calls, in ms. */
  items = 0;
  ms = 0;
  /**
   * Items of the next slice: doubled while it takes under half of SLICE_MS, so that first calls are short ones. More than
   * a chunk only while it takes under SHORT_MS, and SHORT_CHUNKS at most: where cheap items come before dear ones, nothing
   * else would stop it (over 100 ms in a picture).
   */
  #size = 1;
  /** Items of the claim that are done, and their time, in ms. */
  #claimItems = 0;
  #claimMs = 0;
  #fit = new ArenaFit();

  /** @param lastUse what the last call took of its arena, for kernels that allocate */
  constructor(
    private readonly call: RangeCall,
    private readonly range: Range,
    private readonly lastUse?: (() => ArenaUse | undefined) | undefined,
  ) {}

  /** @param take what the values go through that are kept; sums are folded here, and other results dropped */
  static of({ call, lastUse }: BoundRange, range: Range, take: (value: unknown) => unknown): Slicer {
    const kept: RangeCall = (begin, end) => take(call(begin, end));
    return new Slicer(range.partial === "value" ? kept : call, range, lastUse);
  }

  /** Before the first slice: so many items per ms are to be expected. */
  expect(rate: number): void {
    this.rate = rate;
    this.#size = Math.max(1, Math.min(this.range.grain, Math.floor((rate * SHORT_MS) / 4)));
  }

  /** Starts on the chunks [first, last), counted from the range's beginning here. */
  claim(first: number, last: number): void {
    const { n, grain, from = 0 } = this.range;
    this.resume(from + first * grain, Math.min(n, from + last * grain));
  }

  /** Starts on the remainder [begin, end) of a claim that another slicer has left: whole chunks, if their values are kept. */
  resume(begin: number, end: number): void {
    if (begin !== this.begin && this.#fit.counts) {
      // Items elsewhere in the range may take far more of the arena.
      this.#fit = new ArenaFit();
      this.#size = 1;
    }
    this.begin = begin;
    this.end = end;
    this.#claimItems = 0;
    this.#claimMs = 0;
    if (this.range.partial === "value") this.chunks.push({ first: begin / this.range.grain, values: [] });
  }

  /** Cuts the claim at the end of the chunk that the next slice would begin in. */
  endWithChunk(): void {
    const { grain } = this.range;
    this.end = Math.min(this.end, Math.ceil(this.begin / grain) * grain);
  }

  /** How many chunks take about `ms`, by the last measurement. */
  chunksIn(ms: number): number {
    return Math.max(1, Math.floor((this.rate * ms) / this.range.grain));
  }

  /** Does one slice. @returns the items done, as a promise when the kernel is asynchronous */
  step(): number | PromiseLike<number> {
    const { begin } = this;
    const { grain, partial, call = grain } = this.range;
    const isTimed = partial === "none" || partial === "sum";
    const inChunk = begin % grain;
    const size = isTimed ? this.#size : Math.min(call - (inChunk % call), grain - inChunk);
    const end = Math.min(begin + size, this.end);
    this.slice = [begin, end];
    const started = performance.now();
    const value = this.call(begin, end);
    if (!isThenable(value)) return this.#finish(begin, end, started, value);
    return Promise.resolve(value).then((settled) => this.#finish(begin, end, started, settled));
  }

  #finish(begin: number, end: number, started: number, value: unknown): number {
    this.ended = performance.now();
    const took = this.ended - started;
    this.items += end - begin;
    this.ms += took;
    const rate = (end - begin) / Math.max(took, 1e-3);
    this.#claimItems += end - begin;
    this.#claimMs += took;
    this.rate = this.#claimItems / Math.max(this.#claimMs, 1e-3);
    const { grain } = this.range;
    if (took < SHORT_MS / 2) {
      if (end - begin === this.#size) this.#size = Math.min(2 * this.#size, SHORT_CHUNKS * grain);
    } else if (this.#size > grain && took > SHORT_MS) {
      this.#size = Math.max(grain, Math.floor(rate * SHORT_MS * 0.75));
    } else if (took < SLICE_MS / 2) {
      if (end - begin === this.#size) this.#size = Math.max(this.#size, Math.min(2 * this.#size, grain));
    } else if (took > SLICE_MS) this.#size = Math.max(1, Math.floor(rate * SLICE_MS * 0.75));
    const use = this.lastUse?.();
    if (use) this.#size = Math.min(this.#size, this.#fit.after(end - begin, use));
    if (this.range.partial === "sum") this.sum += exactInteger(value);
    else if (this.range.partial === "value") this.chunks.at(-1)?.values.push(value);
    this.begin = end;
    return end - begin;
  }
}

function exactInteger(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  throw new TypeError(`a kernel with partial "sum" must return a safe integer or a bigint, got ${String(value)}`);
}
