/**
 * Queues of values between threads: many producers, many consumers, blocking and async in any mix.
 *
 *   put ──> encode ──> (lock: cells, publish) ──> NOT_EMPTY: one waiter of get
 *   get <── decode <── (lock: cells, publish) ──> NOT_FULL: as many waiters of put as there are new cells; if one of them
 *                      has claimed the room (queue-claim.ts), none before there is enough for it, then all
 *   taskDone ──> the last one ──> ALL_DONE: all waiters of join
 *
 *   words:  | line 0: the lock | 2: NOT_EMPTY, BELL | 3: NOT_FULL, BELL | 4: ALL_DONE, BELL | the rest: queue-store.ts |
 *
 * The values of the three words count changes. A waiter that finds the queue empty sleeps on the count that it saw before
 * it looked, so a change in between is not missed, although the flag is set without the lock.
 */
import { KernelError, OwnerDiedError, QueueEmptyError, QueueFullError, ShutdownError } from "../errors.js";
import { finiteNumber, milliseconds, optionsObject, wholeNumber } from "../validate.js";
import { joinAgents } from "./agents.js";
import type { AsyncWaitOptions } from "./async-line.js";
import { checkWaitOptions } from "./async-line.js";
import { Bell, type Go } from "./bell.js";
import { decode, type Encoded, encode } from "./codec.js";
import { Lock } from "./lock.js";
import { Claim } from "./queue-claim.js";
import { fateOf, originOf, UNBOUND, type Unbound } from "./queue-origin.js";
import { CLAIM, cellsFor, LENGTH, type Order, Store, storeWords, type Taken } from "./queue-store.js";
import { checkHandle, isHandle, Shared, type SyncHandle } from "./shared.js";

const CELL_BYTES = 64;
const DEFAULT_BYTES = 2 ** 20;
const MAX_BYTES = 2 ** 30;
const NOT_EMPTY = 32;
const NOT_FULL = 48;
const ALL_DONE = 64;

/** How large a queue is. */
export interface QueueOptions {
  /** Items at most; 0, the default: as many as there is room for. */
  readonly maxSize?: number | undefined;
  /** Room for their content, in cells of 64 bytes: 64 to 2^30, default 2^20. An item takes one cell for its first 48 bytes. */
  readonly bytes?: number | undefined;
}

/** How long `put` waits for room. */
export interface PutOptions {
  /** Milliseconds; default: for ever; 0: not at all. */
  readonly timeout?: number | undefined;
  /** For queues made by `createQueue` of allcores/interpreters, and items of interpreters: as its option, for this item. */
  readonly unbound?: Unbound | undefined;
}

/** What a put writes beside the value, and how long it may wait. */
interface Marks {
  readonly timeout: number;
  readonly priority: number;
  readonly origin: number;
}

/** A put on its way. */
interface Putting {
  readonly go: Go;
  /** To be called when the put has gone in or given up: other puts may have waited behind it. */
  readonly over: () => void;
}

/** A get on its way. */
interface Getting {
  readonly go: () => boolean;
  taken: Taken | undefined;
  fate: Unbound | undefined;
}

/** What all queues do. */
abstract class BaseQueue<T, Kind extends string, Put extends PutOptions> extends Shared<Kind> {
  readonly #lock: Lock;
  readonly #store: Store;
  readonly #claim: Claim;
  readonly #agents: Int32Array<SharedArrayBuffer>;
  readonly #notEmpty: Bell;
  readonly #notFull: Bell;
  readonly #allDone: Bell;

  protected constructor(kind: Kind, order: Order, options: QueueOptions | SyncHandle<Kind>) {
    optionsObject("options", options);
    const adopted = isHandle<Kind>(options);
    const { maxSize = 0, bytes = DEFAULT_BYTES } = adopted ? {} : options;
    const cells = Math.floor(wholeNumber("bytes", bytes, CELL_BYTES, MAX_BYTES) / CELL_BYTES);
    wholeNumber("maxSize", maxSize, 0, 2 ** 31 - 1);
    super(kind, adopted ? options : {}, storeWords(cells, order));
    this.#lock = Lock.from({ ...this.handle, kind: "Lock" });
    this.#store = new Store(this.words, adopted ? undefined : { cells, maxSize, order });
    this.#agents = joinAgents(this.handle.agents);
    this.#claim = new Claim(this.words, CLAIM, this.#agents);
    this.#notEmpty = new Bell(this.words, NOT_EMPTY);
    this.#notFull = new Bell(this.words, NOT_FULL);
    this.#allDone = new Bell(this.words, ALL_DONE);
  }

  /** Items in it at this moment. */
  get size(): number {
    return this.#store.count;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** No room for even a small item. */
  get isFull(): boolean {
    return this.#store.isFull;
  }

  get maxSize(): number {
    return this.#store.maxSize;
  }

  /** Items put that `taskDone` has not been called for. */
  get unfinished(): number {
    return this.#store.unfinished;
  }

  get isShutdown(): boolean {
    return this.#store.isShutdown;
  }

  /**
   * Puts a copy of a value in; blocks this thread while there is no room.
   * @param value anything that v8.serialize takes: as structuredClone, but no shared memory
   * @throws QueueFullError when the time is over, ShutdownError after `shutdown`, RangeError when the value is larger than
   * the whole queue, DataCloneError when it can't be copied
   */
  put(value: T, options?: Put): void {
    const marks = this.putOptions(options);
    const put = this.#putting(value, marks);
    const went = this.#notFull.block(put.go, marks.timeout);
    put.over();
    if (!went) throw full();
    this.#notEmpty.signal(1);
  }

  /** The same without blocking. Rejects with the signal's reason when aborted: the value is not in then. */
  async putAsync(value: T, options?: Put & Pick<AsyncWaitOptions, "signal">): Promise<void> {
    const marks = this.putOptions(options);
    const wait = { timeout: marks.timeout, signal: options?.signal };
    checkWaitOptions(wait);
    const { go, over } = this.#putting(value, marks, true);
    // The caller may block before its promise is looked at.
    const went = () => {
      over();
      this.#notEmpty.signal(1);
    };
    if (!(await this.#notFull.wait(go, wait, { went, gaveUp: over }))) throw full();
  }

  /**
   * Takes a value out; blocks this thread while there is none.
   * @param timeoutMs default: for ever; 0: does not wait
   * @throws QueueEmptyError when the time is over, ShutdownError after `shutdown` when it is empty, KernelError when this
   * thread can't read the item, which is lost (it may take more stack than there is here), OwnerDiedError for an item whose
   * interpreter was closed, where that is to be an error
   */
  get(timeoutMs?: number): T {
    const getting = this.#getting();
    if (!this.#notEmpty.block(getting.go, milliseconds("timeoutMs", timeoutMs))) throw empty();
    this.#freed(getting.taken);
    return this.#given(getting);
  }

  /** The same without blocking. Rejects with the signal's reason when aborted: no value is lost. */
  async getAsync(options: AsyncWaitOptions = {}): Promise<T> {
    const getting = this.#getting();
    if (!(await this.#notEmpty.wait(getting.go, options, { went: () => this.#freed(getting.taken) }))) throw empty();
    return this.#given(getting);
  }

  /**
   * To be called once for each item that was got, when the work on it is done: `join` waits for that.
   * @throws RangeError when it is called more often than items were put
   */
  taskDone(): void {
    const left = this.#locked(() => this.#store.finish());
    if (left === undefined) throw new RangeError("taskDone: called more often than items were put");
    this.#count(left);
  }

  /** Blocks this thread until all items that were put are done. @returns false when the time is over */
  join(timeoutMs?: number): boolean {
    return this.#allDone.block(() => this.#store.unfinished === 0, milliseconds("timeoutMs", timeoutMs));
  }

  /** The same without blocking. */
  joinAsync(options: AsyncWaitOptions = {}): Promise<boolean> {
    return this.#allDone.wait(() => this.#store.unfinished === 0, options);
  }

  /**
   * Takes no more items: every `put` throws a ShutdownError, and every `get` too once the queue is empty.
   * @param immediate drops what is in it, and counts it as done
   */
  shutdown(immediate = false): void {
    this.#locked(() => {
      this.#store.shutdown();
      if (immediate) while (this.#store.get(true));
    });
    for (const bell of [this.#notEmpty, this.#notFull, this.#allDone]) bell.signal(Infinity);
  }

  /** `for await (const value of queue)`: until the queue is shut down and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      let value: T;
      try {
        value = await this.getAsync();
      } catch (error) {
        if (error instanceof ShutdownError) return;
        throw error;
      }
      yield value;
    }
  }

  /** @internal */
  protected putOptions(options: Put | undefined): Marks {
    if (options !== undefined) optionsObject("options", options);
    const origin = originOf(this.words, options?.unbound);
    return { timeout: milliseconds("timeout", options?.timeout), priority: 0, origin };
  }

  /** @param later copies the bytes, which the next value to be encoded overwrites */
  #putting(value: T, { priority, origin }: Marks, later = false): Putting {
    const { tag, bytes } = encode(value);
    const needed = cellsFor(bytes.length);
    if (needed > this.#store.capacity || bytes.length > LENGTH)
      throw new RangeError(`put: the value takes ${bytes.length} bytes, more than the queue has room for`);
    const encoded: Encoded = { tag, bytes: later ? bytes.slice() : bytes };
    let ticket = 0;
    const go: Go = (waiter) =>
      this.#locked(() => {
        if (this.#store.isShutdown) throw new ShutdownError("put: the queue has been shut down");
        const { room } = this.#store;
        if (!this.#claim.isBefore(ticket, room, waiter) && this.#store.put(encoded, priority, origin)) return true;
        // A put that does not wait at all claims nothing.
        if (needed > room && (ticket !== 0 || !waiter.impatient)) ticket = this.#claim.make(ticket, needed);
        return false;
      });
    const over = () => {
      if (this.#claim.end(ticket)) this.#notFull.signal(Infinity);
    };
    return { go, over };
  }

  #getting(): Getting {
    const getting: Getting = {
      taken: undefined,
      fate: undefined,
      go: () => {
        // Without the lock: a consumer that looks at an empty queue again and again holds no producer up.
        if (this.#store.count === 0 && !this.#store.isShutdown) return false;
        if (this.#take(getting)) return true;
        if (this.#store.isShutdown) throw new ShutdownError("get: the queue has been shut down");
        return false;
      },
    };
    return getting;
  }

  /** Takes the next item, and drops those that are to go since their interpreter was closed. @returns whether there is one */
  #take(getting: Getting): boolean {
    for (;;) {
      getting.taken = this.#locked(() => this.#store.get());
      getting.fate = getting.taken && fateOf(getting.taken.origin, this.#agents);
      if (getting.fate !== "remove") return getting.taken !== undefined;
      this.#freed(getting.taken);
      this.#count(this.#locked(() => this.#store.finish()));
    }
  }

  #given({ taken, fate }: Getting): T {
    if (fate === undefined) return decoded(taken);
    if (fate === "unbound") return UNBOUND as T;
    // The caller gets no item that it could call `taskDone` for.
    this.#count(this.#locked(() => this.#store.finish()));
    throw new OwnerDiedError("get: the interpreter that put the item was closed before it was read");
  }

  /** @param left items that are not done yet; undefined: none was */
  #count(left: number | undefined): void {
    if (left === 0) this.#allDone.signal(Infinity);
  }

  /** Wakes the puts that may go on after an item has come out. */
  #freed(taken: Taken | undefined): void {
    if (!this.#claim.isThere) this.#notFull.signal(cellsFor((taken as Taken).bytes.length));
    else if (this.#claim.isMet(this.#store.room)) this.#notFull.signal(Infinity);
  }

  /** Runs `work` with the lock held; what a dead holder had begun is undone first. */
  #locked<R>(work: () => R): R {
    for (;;) {
      try {
        this.#lock.acquire();
        break;
      } catch (error) {
        if (!(error instanceof OwnerDiedError)) throw error;
        if (!this.#lock.recover()) continue;
        this.#store.rollBack();
        break;
      }
    }
    try {
      return work();
    } finally {
      this.#lock.release();
    }
  }
}

function decoded<T>(taken: Taken | undefined): T {
  const { tag, bytes } = taken as Taken;
  try {
    return decode(tag, bytes) as T;
  } catch (cause) {
    throw new KernelError(`get: an item can't be received: ${(cause as Error).message}`, { cause });
  }
}

function full(): QueueFullError {
  return new QueueFullError("the queue is full");
}

function empty(): QueueEmptyError {
  return new QueueEmptyError("the queue is empty");
}

/** First in, first out. */
export class Queue<T = unknown> extends BaseQueue<T, "Queue", PutOptions> {
  constructor(options: QueueOptions | SyncHandle<"Queue"> = {}) {
    super("Queue", "fifo", options);
  }

  /** The queue of another thread. */
  static from<T = unknown>(handle: SyncHandle<"Queue">): Queue<T> {
    return new Queue(checkHandle(handle, "Queue"));
  }
}

/** Last in, first out. */
export class LifoQueue<T = unknown> extends BaseQueue<T, "LifoQueue", PutOptions> {
  constructor(options: QueueOptions | SyncHandle<"LifoQueue"> = {}) {
    super("LifoQueue", "lifo", options);
  }

  /** The queue of another thread. */
  static from<T = unknown>(handle: SyncHandle<"LifoQueue">): LifoQueue<T> {
    return new LifoQueue(checkHandle(handle, "LifoQueue"));
  }
}

/** How an item is put into a priority queue. */
export interface PriorityOptions extends PutOptions {
  /** Lowest first, default 0; equal ones in the order in which they were put. */
  readonly priority?: number | undefined;
}

/** Lowest priority first. */
export class PriorityQueue<T = unknown> extends BaseQueue<T, "PriorityQueue", PriorityOptions> {
  constructor(options: QueueOptions | SyncHandle<"PriorityQueue"> = {}) {
    super("PriorityQueue", "priority", options);
  }

  /** The queue of another thread. */
  static from<T = unknown>(handle: SyncHandle<"PriorityQueue">): PriorityQueue<T> {
    return new PriorityQueue(checkHandle(handle, "PriorityQueue"));
  }

  /** @internal */
  protected override putOptions(options: PriorityOptions | undefined): Marks {
    return { ...super.putOptions(options), priority: finiteNumber("priority", options?.priority ?? 0) };
  }
}
