/** Rows that stay on the heap and are searched again and again, while some come and others go. */
import { type ComputeOptions, executorOf } from "../compute-options.js";
import type { Executor } from "../executors/executor.js";
import { step } from "../job/steps.js";
import type { Source, Target } from "../memory/places.js";
import { checkRunOptions, type RunOptions } from "../run-options.js";
import { setImmediate } from "../timers.js";
import { isIterable, knownOptions, oneOf, show, wholeNumber } from "../validate.js";
import { type ArraysOptions, type Call, kernel, withCall } from "./call.js";
import { MAX_INT8_DIM, METRICS, type Metric, type NearestOptions, type Neighbours, search } from "./nearest.js";
import { Turns } from "./turns.js";
import { readTable, writeTable } from "./vectors-file.js";
import { type RowType, Table } from "./vectors-table.js";

/** What rows are like, and how many there will be. */
export interface VectorsOptions extends ArraysOptions {
  /** How many numbers a row has. */
  readonly dim: number;
  /** Default "cosine". */
  readonly metric?: Metric | undefined;
  /** "int8" keeps rows as `quantize` makes them, in a quarter of the memory. Default "float32". */
  readonly type?: "float32" | "int8" | undefined;
  /** Rows to have room for at first. More are made room for: twice as many, and all are copied. Default: those given. */
  readonly capacity?: number | undefined;
}

/** Ids that are removed between two looks at the clock of others. */
const REMOVED_AT_ONCE = 4096;

/**
 * Rows that stay, on the heap. Calls take effect in the order in which they were made: searches run beside each other and
 * see the rows as they were when called, `add` and `remove` wait for those under way. `using` or `[Symbol.dispose]` frees.
 */
export class Vectors implements Disposable {
  readonly dim: number;
  readonly metric: Metric;
  readonly #table: Table;
  readonly #executor: Executor;
  readonly #turns = new Turns();
  #isDisposed = false;

  private constructor(table: Table, metric: Metric, executor: Executor) {
    this.dim = table.dim;
    this.metric = metric;
    this.#table = table;
    this.#executor = executor;
  }

  /**
   * Copies rows, which get the ids 0, 1, and so on.
   * @param rows row-major, `options.dim` numbers each; none are fine
   * @param options.executor is what later calls compute with, too
   * @returns rejects with a TypeError or RangeError that names the argument, a MemoryError, or the signal's reason
   */
  static from(rows: Float32Array, options: VectorsOptions): Promise<Vectors> {
    return withCall(options, ["dim", "metric", "type", "capacity"], async (call) => {
      const dim = wholeNumber("dim", options.dim, 1, 2 ** 24);
      const metric = oneOf("metric", options.metric ?? "cosine", METRICS) as Metric;
      const type = oneOf("type", options.type ?? "float32", ["float32", "int8"]) as RowType;
      if (type === "int8" && dim > MAX_INT8_DIM)
        throw new RangeError(`dim must be at most ${MAX_INT8_DIM} for rows of int8, got ${dim}`);
      const given = ArrayBuffer.isView(rows) ? Math.floor(rows.length / dim) : 0;
      const capacity = Math.max(given, wholeNumber("capacity", options.capacity ?? 0, 0, 2 ** 31 - 1));
      const table = new Table(dim, type, metric, capacity);
      try {
        await table.add(call, rows, options);
        return new Vectors(table, metric, call.executor);
      } catch (error) {
        table.free();
        throw error;
      }
    });
  }

  /**
   * Reads what `save` wrote: the same rows by the same ids.
   * @returns rejects with a RangeError for what is no such file, ends early or is damaged, an UnsupportedError for another
   *   version, a MemoryError, the error of the file or stream, or the signal's reason
   */
  static load(source: Source, options: ComputeOptions = {}): Promise<Vectors> {
    return withCall(options, [], async (call) => {
      const { table, metric } = await readTable(source, options);
      try {
        const valid = call.temporary("uint32", 1);
        const args = { limit: table.nextId, ids: table.ids, present: table.present, valid };
        await call.steps([step(kernel("vectors", "restore"), undefined, args), ...table.squaring(0, table.used)]);
        if (valid[0] === 0) throw new RangeError("the file is damaged: its ids do not ascend");
        return new Vectors(table, metric, executorOf(options));
      } catch (error) {
        table.free();
        throw error;
      }
    });
  }

  /** How many rows there are. */
  get size(): number {
    return this.#table.size;
  }

  /**
   * Adds rows.
   * @param rows row-major, `dim` numbers each
   * @returns their ids: ascending, never given again, also when their rows are removed. When it rejects, none were added
   */
  async add(rows: Float32Array, options: RunOptions = {}): Promise<Uint32Array<ArrayBuffer>> {
    this.#check(options, []);
    return this.#turns.change(options.signal, () =>
      this.#call(options, async (call) => call.copied<"uint32">(await this.#table.add(call, rows, options))),
    );
  }

  /**
   * Removes rows; when more than half of those on the heap are, the others are moved together.
   * @returns how many were there: ids that are not are passed over
   */
  async remove(ids: Iterable<number>): Promise<number> {
    this.#check({}, []);
    if (!isIterable(ids)) throw new TypeError(`ids must be iterable, got ${show(ids)}`);
    const all = Array.from(ids as Iterable<number>);
    for (const [i, id] of all.entries()) wholeNumber(`ids[${i}]`, id, 0, 2 ** 32 - 1);
    return this.#turns.change(undefined, async () => {
      const table = this.#table;
      let count = 0;
      for (let at = 0; at < all.length; at += REMOVED_AT_ONCE) {
        if (at > 0) await new Promise<void>((resolve) => setImmediate(resolve));
        count += table.remove(all.slice(at, at + REMOVED_AT_ONCE));
      }
      if (2 * table.removed > table.used) await this.#call({}, (call) => table.compact(call));
      return count;
    });
  }

  /**
   * As `nearest`, of the rows that are there, by their ids.
   * @param options.where one byte an id: those that are not 0 are allowed; ids beyond it are not
   */
  async nearest(query: Float32Array, options: Omit<NearestOptions, "metric">): Promise<Neighbours> {
    this.#check(options, ["executor", "copy", "k", "where"]);
    return this.#turns.read(options.signal, () =>
      withCall({ ...options, executor: options.executor ?? this.#executor }, ["k", "where"], async (call) => {
        const { data: x, scales, squares, dim, ids, present, isRenamed, removed } = this.#table;
        let where = removed > 0 ? present : undefined;
        if (options.where !== undefined) {
          const allowed = await call.input("where", options.where, ["uint8"]);
          where = call.temporary("uint8", ids.length);
          await call.range(kernel("vectors", "sieve"), ids.length, { ids, present, where: allowed, out: where });
        }
        const rows = { x, scales, squares, dim, names: isRenamed ? ids : undefined };
        return search(call, rows, query, { ...options, metric: this.metric, where });
      }),
    );
  }

  /**
   * Writes the rows as they are when called, with their ids, for `Vectors.load`. Rows that were removed are not among them.
   * @param target as of `heap.save`
   * @returns rejects with the error of the file or stream, or the signal's reason
   */
  async save(target: Target, options: RunOptions = {}): Promise<void> {
    this.#check(options, []);
    const { signal } = options;
    const compacted = this.#turns.change(signal, () => this.#call({}, (call) => this.#table.compact(call)));
    const written = this.#turns.read(signal, async () => {
      await compacted;
      return writeTable(target, this.#table, this.metric, options);
    });
    await Promise.all([compacted, written]);
  }

  /** Frees the rows, when what is under way has ended. Later calls reject. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#turns.isIdle) this.#table.free();
    else void this.#turns.change(undefined, async () => this.#table.free());
  }

  #check(options: RunOptions, known: readonly string[]): void {
    if (this.#isDisposed) throw new RangeError("the Vectors have been disposed of");
    checkRunOptions(options);
    knownOptions(options, ["signal", "onProgress", ...known]);
  }

  #call<R>(options: RunOptions, work: (call: Call) => Promise<R>): Promise<R> {
    return withCall({ ...options, executor: this.#executor }, [], work);
  }
}
