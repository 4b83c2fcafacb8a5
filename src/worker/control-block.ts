/**
 * The control block of one running job on shared memory, and how its participants use it.
 *
 *   line 0   int32 NEXT      next claim unit; claimed by Atomics.add (8 ns)
 *            int32 STOP      0 go on | 1 stop: the job was cancelled, or has failed
 *            int64 DONE      items computed
 *   line 1.. int32 STATE[s]  one participant a slot: 0 not here yet | 1 at work | 2 must not begin | 3 gone
 *
 * A block belongs to one job and is freed when every participant has returned or its worker is dead: a straggler on a
 * reused block would claim the next job's chunks.
 */
import { viewOf, wordsOf } from "../memory/heap.js";
import { LINE } from "../memory/layout.js";

const NEXT = 0;
const STOP = 1;
const DONE = 1; // in 64-bit words
const STATE = LINE / 4;

/** The counter counts claim units of whole chunks, at most this many, so that it can't overflow an int32. */
const MAX_UNITS = 2 ** 30;
const MAX_CLAIM_UNITS = 2 ** 20;

/** Bytes of the block for a number of participants. */
export function controlBytes(slots: number): number {
  return LINE + Math.ceil((slots * 4) / LINE) * LINE;
}

export class ControlBlock {
  /** Of the whole memory: a view of a block would cost more than most of what is done with it. */
  readonly #words: Int32Array;
  /** The index of the block's first word. */
  readonly #at: number;
  #doneWords: BigInt64Array | undefined;
  /** Chunks a claim unit: 1 up to 2^30 chunks. */
  readonly #unit: number;

  constructor(
    readonly pointer: number,
    private readonly slots: number,
    private readonly chunks: number,
  ) {
    this.#words = wordsOf(pointer, controlBytes(slots));
    this.#at = pointer / 4;
    this.#unit = Math.ceil(chunks / MAX_UNITS) || 1;
  }

  /**
   * Takes up to `wanted` chunks, fewer near the end so that the participants end together.
   * @returns [first, last), or undefined when none is left
   */
  claim(wanted: number, participants = this.slots): readonly [first: number, last: number] | undefined {
    const left = this.chunks - Atomics.load(this.#words, this.#at + NEXT) * this.#unit;
    if (left <= 0) return undefined;
    const fair = Math.min(wanted, Math.ceil(left / (2 * participants)));
    const units = Math.min(MAX_CLAIM_UNITS, Math.max(1, Math.floor(fair / this.#unit)));
    const first = Atomics.add(this.#words, this.#at + NEXT, units) * this.#unit;
    if (first >= this.chunks) return undefined;
    return [first, Math.min(this.chunks, first + units * this.#unit)];
  }

  /**
   * Takes chunks as `claim` does, a power of two from a multiple of it on: of such claims fewer accumulators wait for others.
   */
  claimAligned(wanted: number): readonly [first: number, last: number] | undefined {
    for (;;) {
      const first = Atomics.load(this.#words, this.#at + NEXT);
      const left = this.chunks - first;
      if (left <= 0) return undefined;
      const most = Math.min(wanted, Math.ceil(left / (2 * this.slots)));
      let size = 1;
      while (2 * size <= most && first % (2 * size) === 0) size *= 2;
      if (Atomics.compareExchange(this.#words, this.#at + NEXT, first, first + size) === first)
        return [first, first + size];
    }
  }

  /** Whether chunks are left to claim. */
  get left(): boolean {
    return Atomics.load(this.#words, this.#at + NEXT) * this.#unit < this.chunks;
  }

  /** The block of a call, whose one participant is gone, is for another one from now on. */
  renew(): void {
    Atomics.store(this.#words, this.#at + STOP, 0);
    Atomics.store(this.#words, this.#at + STATE, 0);
  }

  /** Stops all participants. @returns whether this call was the first to */
  stop(): boolean {
    return Atomics.exchange(this.#words, this.#at + STOP, 1) === 0;
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, this.#at + STOP) !== 0;
  }

  /** For ranges. */
  addDone(items: number): void {
    Atomics.add(this.#done, DONE, BigInt(items));
  }

  get done(): number {
    return Number(Atomics.load(this.#done, DONE));
  }

  get #done(): BigInt64Array {
    this.#doneWords ??= viewOf("int64", this.pointer, 2);
    return this.#doneWords;
  }

  /** A participant begins. @returns false when it must not */
  enter(slot: number): boolean {
    return Atomics.compareExchange(this.#words, this.#at + STATE + slot, 0, 1) === 0;
  }

  /** A participant's last touch of the job's memory. */
  exit(slot: number): void {
    Atomics.store(this.#words, this.#at + STATE + slot, 3);
  }

  /** The owner will send the participant anew. */
  readmit(slot: number): void {
    Atomics.store(this.#words, this.#at + STATE + slot, 0);
  }

  /** A participant that has not begun must not begin. */
  preventStart(slot: number): void {
    Atomics.compareExchange(this.#words, this.#at + STATE + slot, 0, 2);
  }

  /** Whether a participant has begun, or must not begin. */
  hasBegun(slot: number): boolean {
    return Atomics.load(this.#words, this.#at + STATE + slot) !== 0;
  }

  /** Whether a participant is at work. */
  isRunning(slot: number): boolean {
    return Atomics.load(this.#words, this.#at + STATE + slot) === 1;
  }
}
