/**
 * The accumulators of one range on shared memory, and how the participants bring them together.
 *
 *   int32 TAKEN[]      a bit a place: whether an accumulator lies there
 *   int32 CURRENT[s]   the place, plus one, of the accumulator that slot s adds to
 *   int32 WAITING[b]   a word a pair, by its boundary: the place, plus one, of the node that came first
 *   then  place 0 | place 1 | ...
 *
 * The participant that finishes a node puts it into its pair's word by one exchange. The first one leaves it there, the second one joins both
 * and goes on with what they come to: no thread waits.
 *
 * Claims are aligned (ControlBlock.claimAligned) and done from left to right, so that what is not done below the last claim
 * is at most a part of one node a slot, the accumulator in its hands included. A node waits beside such a part alone: so at
 * most one a level waits for each slot.
 */
import { levelsOf, nodesOf, type Pair, pairOf } from "../job/join-order.js";
import { allocateInternal, viewOf } from "../memory/heap.js";
import { wholeLines } from "../memory/layout.js";

/** The chunks that are computed together, and by how many. */
interface TreeShape {
  readonly slots: number;
  /** The chunks [first, last), of `chunks` in the whole job. */
  readonly first: number;
  readonly last: number;
  readonly chunks: number;
  /** Bytes of an accumulator. */
  readonly bytes: number;
}

/** Where it all lies, as plain data. */
export interface TreePlace extends TreeShape {
  readonly pointer: number;
}

/** Accumulators at once, at most. */
function placesOf({ slots, first, last, chunks }: TreeShape): number {
  const levels = levelsOf(chunks);
  // The left neighbours of a part of the chunks do not come: beside them one node a level waits, too.
  return Math.min(slots * (levels + 1) + (first > 0 ? levels : 0), last - first);
}

/** Takes memory for the accumulators of a range: `freeInternal(place.pointer)` gives it back. */
export function allocateTree(shape: TreeShape, what: string): TreePlace {
  const { words, places, stride } = layOut(shape);
  const bytes = wholeLines(4 * words) + places * stride;
  const count = `${places} accumulators of ${shape.bytes} bytes for ${shape.last - shape.first} chunks`;
  const pointer = allocateInternal(bytes, `${what}: ${count}`, false);
  viewOf("int32", pointer, words).fill(0);
  return { ...shape, pointer };
}

function layOut(shape: TreeShape) {
  const { slots, first, last, bytes } = shape;
  const places = placesOf(shape);
  const current = Math.ceil(places / 32);
  const waiting = current + slots;
  return { places, current, waiting, words: waiting + last - first + 1, stride: wholeLines(bytes) };
}

/** One participant's view. */
export class JoinTree {
  readonly #words: Int32Array;
  readonly #places: number;
  /** Indices of the first words. */
  readonly #current: number;
  readonly #waiting: number;
  /** The address of place 0, and the bytes from one to the next. */
  readonly #start: number;
  readonly #stride: number;

  constructor(
    readonly place: TreePlace,
    private readonly slot = 0,
  ) {
    const { words, places, current, waiting, stride } = layOut(place);
    this.#words = viewOf("int32", place.pointer, words);
    this.#places = places;
    this.#current = current;
    this.#waiting = waiting;
    this.#start = place.pointer + wholeLines(4 * words);
    this.#stride = stride;
  }

  /** The address of a new accumulator, which the slot adds to from now on: as another one has left it. */
  begin(): number {
    const place = this.#take();
    this.#words[this.#current + this.slot] = place + 1;
    return this.#start + place * this.#stride;
  }

  /** The address of the accumulator that the slot adds to. */
  get current(): number {
    return this.#start + ((this.#words[this.#current + this.slot] as number) - 1) * this.#stride;
  }

  /**
   * Brings a node, at its address, to its pair; the root to none.
   * @returns the address of the other one, if that is there: both are the caller's
   */
  meet(pair: Pair | undefined, address: number): number | undefined {
    const place = (address - this.#start) / this.#stride;
    const word = this.#waiting + (pair?.boundary ?? 0) - this.place.first;
    const other = Atomics.exchange(this.#words, word, place + 1);
    return other === 0 ? undefined : this.#start + (other - 1) * this.#stride;
  }

  /** Gives a place back. */
  free(address: number): void {
    const place = (address - this.#start) / this.#stride;
    Atomics.and(this.#words, place >> 5, ~(1 << (place & 31)));
  }

  #take(): number {
    for (let word = 0; word < this.#current; word++)
      for (;;) {
        const free = ~Atomics.load(this.#words, word);
        const bit = 31 - Math.clz32(free & -free);
        const place = 32 * word + bit;
        if (bit < 0 || place >= this.#places) break;
        if ((Atomics.or(this.#words, word, 1 << bit) & (1 << bit)) === 0) return place;
      }
    throw new Error("more accumulators than places");
  }

  /** What the chunks up to `last` came to, once they are done: the nodes that wait, from left to right. */
  nodes(last = this.place.last): Uint8Array {
    const { first, chunks, bytes } = this.place;
    const nodes = nodesOf(first, last, chunks);
    const all = new Uint8Array(nodes.length * bytes);
    for (const [i, node] of nodes.entries()) {
      const word = this.#waiting + (pairOf(node, chunks)?.boundary ?? 0) - first;
      const address = this.#start + ((this.#words[word] as number) - 1) * this.#stride;
      all.set(viewOf("uint8", address, bytes), i * bytes);
    }
    return all;
  }
}
