/**
 * A good-fit allocator over plain addresses (TLSF: Masmano, Ripoll, Crespo, Real 2004): free blocks in bins by size,
 * eight bins to each power of two; neighbours merge at once, and what borders on the top goes back to it. It keeps its
 * books outside of the memory that it hands out, so a kernel that writes out of bounds can't break it.
 */
import { LINE, wholeLines } from "./layout.js";

interface Block {
  address: number;
  size: number;
  free: boolean;
  below: Block | undefined;
  above: Block | undefined;
}

const SPLITS = 8;

/** The bin that a free block of this size lies in. */
function binOf(size: number): number {
  const power = 31 - Math.clz32(size);
  return power * SPLITS + ((size >>> (power - 3)) & (SPLITS - 1));
}

/** The first bin in which every block is large enough. */
function fittingBin(size: number): number {
  const power = 31 - Math.clz32(size);
  const rounded = size + 2 ** (power - 3) - 1;
  return rounded < 2 ** 32 ? binOf(rounded) : 32 * SPLITS;
}

export class Allocator {
  readonly #bins: Set<Block>[] = Array.from({ length: 32 * SPLITS }, () => new Set());
  readonly #taken = new Map<number, Block>();
  #last: Block | undefined;
  #top: number;
  /** Everything at and above this address has never been handed out. */
  highWater: number;

  constructor(
    start: number,
    readonly limit: number,
  ) {
    this.#top = start;
    this.highWater = start;
  }

  /** The address of `bytes` bytes on a cache line, or undefined when there is no such stretch. */
  allocate(bytes: number): number | undefined {
    if (bytes > this.limit) return undefined; // the bins' arithmetic holds below 2^32
    const size = wholeLines(bytes);
    const block = this.#take(size) ?? this.#extend(size);
    if (block === undefined) return undefined;
    block.free = false;
    this.#taken.set(block.address, block);
    return block.address;
  }

  /** Takes back what `allocate` gave. */
  free(address: number): void {
    let block = this.#taken.get(address);
    if (block === undefined) throw new RangeError(`no block at ${address}`);
    this.#taken.delete(address);
    block.free = true;
    if (block.above?.free) block = this.#merge(block, block.above);
    if (block.below?.free) block = this.#merge(block.below, block);
    if (block.above === undefined) {
      this.#bins[binOf(block.size)]?.delete(block);
      this.#top = block.address;
      this.#last = block.below;
      if (this.#last) this.#last.above = undefined;
    } else this.#bins[binOf(block.size)]?.add(block);
  }

  /** Bytes that are free, in all and in the largest stretch. */
  room(): { total: number; largest: number } {
    let total = this.limit - this.#top;
    let largest = total;
    for (const bin of this.#bins)
      for (const { size } of bin) {
        total += size;
        largest = Math.max(largest, size);
      }
    return { total, largest };
  }

  #take(size: number): Block | undefined {
    for (let bin = fittingBin(size); bin < this.#bins.length; bin++)
      for (const block of this.#bins[bin] as Set<Block>) return this.#split(block, bin, size);
    // No bin is sure to fit: a block of the bin of this size still may.
    const bin = binOf(size);
    for (const block of this.#bins[bin] as Set<Block>) if (block.size >= size) return this.#split(block, bin, size);
    return undefined;
  }

  #split(block: Block, bin: number, size: number): Block {
    this.#bins[bin]?.delete(block);
    if (block.size - size < LINE) return block;
    const rest: Block = {
      address: block.address + size,
      size: block.size - size,
      free: true,
      below: block,
      above: block.above,
    };
    // A free block always has a neighbour above: without one it would have gone back to the top.
    if (rest.above) rest.above.below = rest;
    block.above = rest;
    block.size = size;
    this.#bins[binOf(rest.size)]?.add(rest);
    return block;
  }

  #extend(size: number): Block | undefined {
    if (size > this.limit - this.#top) return undefined;
    const block: Block = { address: this.#top, size, free: false, below: this.#last, above: undefined };
    if (this.#last) this.#last.above = block;
    this.#last = block;
    this.#top += size;
    return block;
  }

  /** Joins two free neighbours into the lower one, which is left out of the bins. */
  #merge(lower: Block, upper: Block): Block {
    this.#bins[binOf(lower.size)]?.delete(lower);
    this.#bins[binOf(upper.size)]?.delete(upper);
    lower.size += upper.size;
    lower.above = upper.above;
    if (upper.above) upper.above.below = lower;
    if (this.#last === upper) this.#last = lower;
    return lower;
  }
}
