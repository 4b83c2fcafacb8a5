/** A set of chunks, as the ranges that they make: claims come back nearly in order, so that there are few of them. */

/** Consecutive chunks, [first, last). */
export type Chunks = readonly [first: number, last: number];

export class ChunkSet {
  /** In order, and apart from each other. */
  #ranges: Chunks[];
  size = 0;

  constructor(ranges: readonly Chunks[] = []) {
    this.#ranges = [...ranges];
    for (const [first, last] of ranges) this.size += last - first;
  }

  get ranges(): readonly Chunks[] {
    return this.#ranges;
  }

  /** Whether any of these chunks is there. */
  hasAny([first, last]: Chunks): boolean {
    const next = this.#ranges[this.#after(first)];
    return next !== undefined && next[0] < last;
  }

  /** Adds chunks of which none is there. */
  add([first, last]: Chunks): void {
    const at = this.#after(first);
    const [before, behind] = [this.#ranges[at - 1], this.#ranges[at]];
    const joinsBefore = before?.[1] === first;
    const joinsBehind = behind?.[0] === last;
    const joined: Chunks = [joinsBefore ? before[0] : first, joinsBehind ? behind[1] : last];
    this.#ranges.splice(at - Number(joinsBefore), Number(joinsBefore) + Number(joinsBehind), joined);
    this.size += last - first;
  }

  /** The chunks below `end` that are not there. */
  missing(end: number): Chunks[] {
    const gaps: Chunks[] = [];
    let from = 0;
    for (const [first, last] of this.#ranges) {
      if (first > from) gaps.push([from, first]);
      from = last;
    }
    if (from < end) gaps.push([from, end]);
    return gaps;
  }

  /** The place of the first range that ends behind a chunk. */
  #after(chunk: number): number {
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle] as Chunks)[1] <= chunk) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
