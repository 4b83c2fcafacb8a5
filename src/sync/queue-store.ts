/**
 * What a queue holds: changed only by the holder of the queue's lock, and safe from that thread's death.
 *
 *   words:  | line 0: the lock | 1: MAX_SIZE CELLS ORDER FATE | 2-4: the words that threads wait for (queue.ts)
 *           | 5: COUNT HEAD TAIL FREE FREE_CELLS UNFINISHED SHUTDOWN SEQUENCE, the claim (queue-claim.ts)
 *           | 6-: LOG_COUNT, then pairs (word, its content before)
 *           | the heap, of a priority queue: CELL SEQUENCE PRIORITY (a double) for each item
 *           | the cells, 64 bytes each
 *   first cell of an item:  | NEXT cell | TAG << 28 | bytes | LINK to another item | ORIGIN | 48 bytes |
 *   further ones:           | NEXT cell | - | 56 bytes |
 *
 * FATE and ORIGIN: queue-origin.ts. Content is written first, into free cells. Then each word of the state is logged before it is changed; setting LOG_COUNT
 * to 0 publishes all changes by one store. A thread that takes the lock over from a dead one undoes what is in the log, so
 * a put or get has happened wholly or not at all. All of this uses Atomics, so that the compiler keeps the stores' order.
 */
import type { Encoded } from "./codec.js";
import type { Words } from "./shared.js";

/** In which order items come out: oldest first, newest first, lowest priority first. */
export const ORDERS = ["fifo", "lifo", "priority"] as const;
export type Order = (typeof ORDERS)[number];

const CELL_WORDS = 16;
const LINE_WORDS = 16;
const MAX_SIZE = LINE_WORDS;
const CELLS = LINE_WORDS + 1;
const ORDER = LINE_WORDS + 2;
/** What becomes of items whose interpreter is closed: queue-origin.ts. */
export const FATE = LINE_WORDS + 3;
const BASE = 5 * LINE_WORDS;
const COUNT = BASE;
const HEAD = BASE + 1;
const TAIL = BASE + 2;
const FREE = BASE + 3;
const FREE_CELLS = BASE + 4;
const UNFINISHED = BASE + 5;
const SHUTDOWN = BASE + 6;
const SEQUENCE = BASE + 7;
/** Four words: queue-claim.ts. */
export const CLAIM = BASE + 8;
const LOG = 6 * LINE_WORDS;
/** The heap of 2^24 items is 24 deep, with 4 words to each level. */
const LOG_PAIRS = 127;
const HEAP = LOG + 2 * (LOG_PAIRS + 1);
const HEAP_WORDS = 4;

const FIRST_BYTES = 48;
const FURTHER_BYTES = 56;
const FIRST_AT = 16;
const FURTHER_AT = 8;
/** The longest item. */
export const LENGTH = 2 ** 28 - 1;

/** How many words a queue with so many cells has. */
export function storeWords(cells: number, order: Order): number {
  return HEAP + (order === "priority" ? cells * HEAP_WORDS : 0) + cells * CELL_WORDS;
}

/** Cells that an item of so many bytes takes. */
export function cellsFor(bytes: number): number {
  return 1 + Math.ceil(Math.max(0, bytes - FIRST_BYTES) / FURTHER_BYTES);
}

/** An item that was taken out. */
export interface Taken {
  readonly tag: number;
  readonly origin: number;
  readonly bytes: Uint8Array;
}

export class Store {
  readonly #bytes: Uint8Array;
  readonly #doubles: Float64Array;
  readonly #cells: number;
  readonly #first: number;
  readonly #order: number;
  #logged = 0;

  constructor(
    private readonly words: Words,
    create?: { readonly cells: number; readonly maxSize: number; readonly order: Order },
  ) {
    const { buffer, byteOffset } = words;
    this.#bytes = new Uint8Array(buffer, byteOffset);
    this.#doubles = new Float64Array(buffer, byteOffset, words.length >> 1);
    if (create) {
      words[MAX_SIZE] = create.maxSize;
      words[CELLS] = create.cells;
      words[ORDER] = ORDERS.indexOf(create.order);
      words[FREE_CELLS] = create.cells;
    }
    this.#cells = words[CELLS] as number;
    this.#order = words[ORDER] as number;
    this.#first = HEAP + (this.#order === 2 ? this.#cells * HEAP_WORDS : 0);
    if (create) for (let cell = 0; cell < create.cells; cell++) words[this.#cell(cell)] = cell + 1;
  }

  get order(): Order {
    return ORDERS[this.#order] as Order;
  }

  get maxSize(): number {
    return this.words[MAX_SIZE] as number;
  }

  /** Cells in all. */
  get capacity(): number {
    return this.#cells;
  }

  get count(): number {
    return Atomics.load(this.words, COUNT);
  }

  get unfinished(): number {
    return Atomics.load(this.words, UNFINISHED);
  }

  get isShutdown(): boolean {
    return Atomics.load(this.words, SHUTDOWN) !== 0;
  }

  get isFull(): boolean {
    return (this.maxSize > 0 && this.count >= this.maxSize) || this.room === 0;
  }

  /** Cells that are free. */
  get room(): number {
    return Atomics.load(this.words, FREE_CELLS);
  }

  /** Undoes what a dead thread had begun. */
  rollBack(): void {
    for (let pair = Atomics.load(this.words, LOG); pair > 0; pair--) {
      const at = LOG + 2 * pair;
      Atomics.store(this.words, Atomics.load(this.words, at), Atomics.load(this.words, at + 1));
    }
    this.#publish();
  }

  /** @returns false when there is no room now */
  put({ tag, bytes }: Encoded, priority: number, origin: number): boolean {
    const { words } = this;
    const needed = cellsFor(bytes.length);
    const { count, maxSize, room } = this;
    if (room < needed || (maxSize > 0 && count >= maxSize)) return false;
    const cell = Atomics.load(words, FREE);
    const at = this.#cell(cell);
    words[at + 1] = (tag << 28) | bytes.length;
    words[at + 3] = origin;
    const last = this.#write(cell, bytes);
    this.#set(FREE, words[this.#cell(last)] as number);
    this.#set(FREE_CELLS, room - needed);
    if (this.#order === 2) this.#siftUp(count, cell, priority);
    else if (this.#order === 1 || count === 0) {
      this.#set(at + 2, Atomics.load(words, HEAD));
      this.#set(HEAD, cell);
      this.#set(TAIL, cell);
    } else {
      this.#set(this.#cell(Atomics.load(words, TAIL)) + 2, cell);
      this.#set(TAIL, cell);
    }
    this.#set(COUNT, count + 1);
    this.#set(UNFINISHED, this.unfinished + 1);
    this.#publish();
    return true;
  }

  /**
   * @param isDone counts the item as done: it is dropped, so `taskDone` is not called for it
   * @returns undefined when there is none
   */
  get(isDone = false): Taken | undefined {
    const { words, count } = this;
    if (count === 0) return undefined;
    const cell = this.#order === 2 ? (words[HEAP] as number) : Atomics.load(words, HEAD);
    const at = this.#cell(cell);
    const head = words[at + 1] as number;
    const origin = words[at + 3] as number;
    const bytes = new Uint8Array(head & LENGTH);
    const last = this.#read(cell, bytes);
    words[this.#cell(last)] = Atomics.load(words, FREE); // its length says where an item ends: no need to log this
    this.#set(FREE, cell);
    this.#set(FREE_CELLS, this.room + cellsFor(bytes.length));
    if (this.#order === 2) this.#removeTop(count);
    else this.#set(HEAD, words[at + 2] as number);
    this.#set(COUNT, count - 1);
    if (isDone) this.#set(UNFINISHED, Math.max(0, this.unfinished - 1));
    this.#publish();
    return { tag: head >>> 28, origin, bytes };
  }

  /** One item less to be done. @returns how many are left, or undefined when none was */
  finish(): number | undefined {
    const left = this.unfinished - 1;
    if (left < 0) return undefined;
    Atomics.store(this.words, UNFINISHED, left);
    return left;
  }

  shutdown(): void {
    Atomics.store(this.words, SHUTDOWN, 1);
  }

  #cell(cell: number): number {
    return this.#first + cell * CELL_WORDS;
  }

  /** Changes a word so that it can be undone. */
  #set(at: number, value: number): void {
    const pair = LOG + 2 * ++this.#logged;
    Atomics.store(this.words, pair, at);
    Atomics.store(this.words, pair + 1, Atomics.load(this.words, at));
    Atomics.store(this.words, LOG, this.#logged);
    Atomics.store(this.words, at, value);
  }

  #publish(): void {
    this.#logged = 0;
    Atomics.store(this.words, LOG, 0);
  }

  /** Writes an item's bytes into free cells. @returns the last one */
  #write(first: number, bytes: Uint8Array): number {
    let cell = first;
    let from = 4 * this.#cell(cell) + FIRST_AT;
    if (bytes.length <= FIRST_BYTES) {
      for (let i = 0; i < bytes.length; i++) this.#bytes[from + i] = bytes[i] as number; // faster than set() for so few
      return cell;
    }
    for (let at = 0, room = FIRST_BYTES; ; room = FURTHER_BYTES) {
      this.#bytes.set(bytes.subarray(at, at + room), from);
      at += room;
      if (at >= bytes.length) return cell;
      cell = this.words[this.#cell(cell)] as number;
      from = 4 * this.#cell(cell) + FURTHER_AT;
    }
  }

  #read(first: number, bytes: Uint8Array): number {
    let cell = first;
    let from = 4 * this.#cell(cell) + FIRST_AT;
    if (bytes.length <= FIRST_BYTES) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = this.#bytes[from + i] as number;
      return cell;
    }
    for (let at = 0, room = FIRST_BYTES; ; room = FURTHER_BYTES) {
      bytes.set(this.#bytes.subarray(from, from + Math.min(room, bytes.length - at)), at);
      at += room;
      if (at >= bytes.length) return cell;
      cell = this.words[this.#cell(cell)] as number;
      from = 4 * this.#cell(cell) + FURTHER_AT;
    }
  }

  #entry(index: number): number {
    return HEAP + index * HEAP_WORDS;
  }

  /** Whether the entry comes out before an item with this priority and sequence number. */
  #isBefore(entry: number, priority: number, sequence: number): boolean {
    const ofEntry = this.#doubles[(entry + 2) >> 1] as number;
    return ofEntry === priority ? ((sequence - (this.words[entry + 1] as number)) | 0) > 0 : ofEntry < priority;
  }

  #areInOrder(first: number, second: number): boolean {
    const entry = this.#entry(second);
    const priority = this.#doubles[(entry + 2) >> 1] as number;
    return this.#isBefore(this.#entry(first), priority, this.words[entry + 1] as number);
  }

  #place(entry: number, cell: number, sequence: number, priority: number): void {
    SPLIT[0] = priority;
    this.#set(entry, cell);
    this.#set(entry + 1, sequence);
    this.#set(entry + 2, HALVES[0] as number);
    this.#set(entry + 3, HALVES[1] as number);
  }

  #move(from: number, to: number): void {
    const priority = this.#doubles[(from + 2) >> 1] as number;
    this.#place(to, this.words[from] as number, this.words[from + 1] as number, priority);
  }

  #siftUp(count: number, cell: number, priority: number): void {
    const sequence = Atomics.load(this.words, SEQUENCE);
    this.#set(SEQUENCE, (sequence + 1) | 0);
    let index = count;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (this.#isBefore(this.#entry(above), priority, sequence)) break;
      this.#move(this.#entry(above), this.#entry(index));
      index = above;
    }
    this.#place(this.#entry(index), cell, sequence, priority);
  }

  #removeTop(count: number): void {
    const last = this.#entry(count - 1);
    const priority = this.#doubles[(last + 2) >> 1] as number;
    const sequence = this.words[last + 1] as number;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= count - 1) break;
      if (below + 1 < count - 1 && this.#areInOrder(below + 1, below)) below++;
      if (!this.#isBefore(this.#entry(below), priority, sequence)) break;
      this.#move(this.#entry(below), this.#entry(index));
      index = below;
    }
    this.#move(last, this.#entry(index));
  }
}

const SPLIT = new Float64Array(1);
const HALVES = new Int32Array(SPLIT.buffer);
