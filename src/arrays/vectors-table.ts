/**
 * The rows of `Vectors`, in one block of the heap, each part from a cache line on:
 *
 *   ids       uint32 a row, ascending
 *   scales    float32 a row, of rows of bytes
 *   data      float32 or int8, row-major
 *   squares   float64 a row, its product with itself, for cosines of floats
 *   present   a byte a row: 0 for one that was removed, until rows are moved together
 */
import { copyInSteps } from "../copies.js";
import { MemoryError } from "../errors.js";
import { type Step, step } from "../job/steps.js";
import { type AnyArray, allocateArray, freeArray, type HeapArray, isOnHeap } from "../memory/heap.js";
import { LINE } from "../memory/layout.js";
import { bytesOf } from "../memory/load.js";
import { type ArraysOptions, type Call, checkedArray, kernel } from "./call.js";
import type { Metric } from "./nearest.js";

export type RowType = "float32" | "int8";

const COPIED_BYTES = 2 ** 18;
const MAX_ROWS = 2 ** 31 - 1;

export class Table {
  readonly dim: number;
  readonly type: RowType;
  readonly #isSquared: boolean;
  /** Rows that were added, and those of them that were removed and still lie there. */
  used = 0;
  removed = 0;
  nextId = 0;
  #parts: Parts;

  constructor(dim: number, type: RowType, metric: Metric, capacity: number) {
    this.dim = dim;
    this.type = type;
    this.#isSquared = metric === "cosine" && type === "float32";
    this.#parts = partsOf(this.#shape, capacity);
  }

  get size(): number {
    return this.used - this.removed;
  }

  get data(): HeapArray<RowType> {
    return this.#parts.data.subarray(0, this.used * this.dim) as HeapArray<RowType>;
  }

  /** Of rows of bytes. */
  get scales(): HeapArray<"float32"> | undefined {
    return this.type === "int8" ? this.#parts.scales.subarray(0, this.used) : undefined;
  }

  /** For cosines of floats. */
  get squares(): HeapArray<"float64"> | undefined {
    return this.#isSquared ? this.#parts.squares.subarray(0, this.used) : undefined;
  }

  get ids(): HeapArray<"uint32"> {
    return this.#parts.ids.subarray(0, this.used);
  }

  get present(): HeapArray<"uint8"> {
    return this.#parts.present.subarray(0, this.used);
  }

  /** Whether ids are no row numbers. */
  get isRenamed(): boolean {
    return this.used > 0 && this.#parts.ids[this.used - 1] !== this.used - 1;
  }

  free(): void {
    freeArray(this.#parts.block);
  }

  /** Adds rows. When it rejects, the table is as it was. @returns their ids */
  async add(call: Call, rows: unknown, { copy, signal }: ArraysOptions): Promise<HeapArray<"uint32">> {
    const given = checkedArray("rows", rows, ["float32"]);
    const { dim, used, nextId } = this;
    const count = given.length / dim;
    if (!Number.isInteger(count))
      throw new RangeError(`rows must have a multiple of dim = ${dim} numbers, got ${given.length}`);
    if (nextId + count > 2 ** 32)
      throw new RangeError(`rows: of 2^32 ids ${nextId} are taken, and ${count} are wanted`);
    await this.#reserve(call, used + count);
    const [data, scales, ids, present] = [
      this.#parts.data.subarray(used * dim, (used + count) * dim) as HeapArray<RowType>,
      this.#parts.scales.subarray(used, used + count),
      this.#parts.ids.subarray(used, used + count),
      this.#parts.present.subarray(used, used + count),
    ];
    const steps = [step(kernel("vectors", "name"), count, { first: nextId, ids, present })];
    if (this.type === "int8") {
      const x = await call.input("rows", given, ["float32"]);
      steps.push(step(kernel("quantize", "quantize"), count, { rows: x, data, scales }));
    } else if (isOnHeap(given) || copy === false)
      steps.push(...copied(await call.input("rows", given, ["float32"]), data));
    else await copyInSteps(given, data, signal);
    steps.push(...this.squaring(used, used + count));
    await call.steps(steps);
    this.used += count;
    this.nextId += count;
    return ids;
  }

  /** Computes what is kept of rows beside them. */
  squaring(from: number, to: number): Step[] {
    if (!this.#isSquared) return [];
    const [x, known] = [
      this.#parts.data.subarray(from * this.dim, to * this.dim),
      this.#parts.squares.subarray(from, to),
    ];
    return [step(kernel("nearest", "squares"), to - from, { x, known })];
  }

  /** Marks rows as removed. @returns how many were there */
  remove(ids: readonly number[]): number {
    const { present, removed } = this;
    for (const id of ids) {
      const row = this.#rowOf(id);
      if (row === undefined || present[row] === 0) continue;
      present[row] = 0;
      this.removed++;
    }
    return this.removed - removed;
  }

  /** Moves the rows that are there together, in place. It is never stopped in its midst. */
  async compact(call: Call): Promise<void> {
    if (this.removed === 0) return;
    const { data, scales, ids, present, size } = this;
    const args = {
      ...{ present, ids },
      scales: scales ?? call.temporary("float32", 0),
      squares: this.squares ?? call.temporary("float64", 0),
    };
    const bytes = bytesOf(data) as HeapArray<"uint8">;
    const width = this.dim * data.BYTES_PER_ELEMENT;
    await call.steps([step(kernel("vectors", "compact"), undefined, { ...args, width, data: bytes })]);
    this.used = size;
    this.removed = 0;
  }

  get #shape(): Shape {
    return { dim: this.dim, type: this.type, isSquared: this.#isSquared };
  }

  /** The row with an id: ids ascend. */
  #rowOf(id: number): number | undefined {
    const { ids } = this.#parts;
    let [low, high] = [0, this.used];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ids[middle] as number) < id) low = middle + 1;
      else high = middle;
    }
    return low < this.used && ids[low] === id ? low : undefined;
  }

  async #reserve(call: Call, rows: number): Promise<void> {
    const { capacity } = this.#parts;
    if (rows <= capacity) return;
    const { dim, data, ids, present, scales, squares } = this;
    const parts = roomy(this.#shape, rows, Math.min(MAX_ROWS, Math.max(rows, 2 * capacity)));
    try {
      const { used } = this;
      await call.steps([
        ...copied(data, parts.data.subarray(0, used * dim)),
        ...copied(ids, parts.ids.subarray(0, used)),
        ...copied(present, parts.present.subarray(0, used)),
        ...(scales ? copied(scales, parts.scales.subarray(0, used)) : []),
        ...(squares ? copied(squares, parts.squares.subarray(0, used)) : []),
      ]);
    } catch (error) {
      freeArray(parts.block);
      throw error;
    }
    this.free();
    this.#parts = parts;
  }
}

interface Shape {
  readonly dim: number;
  readonly type: RowType;
  readonly isSquared: boolean;
}

interface Parts {
  readonly block: HeapArray<"uint8">;
  readonly capacity: number;
  readonly ids: HeapArray<"uint32">;
  readonly scales: HeapArray<"float32">;
  readonly data: HeapArray<RowType>;
  readonly squares: HeapArray<"float64">;
  readonly present: HeapArray<"uint8">;
}

/** Twice the room, or where the heap has less, what is needed. */
function roomy(shape: Shape, needed: number, wanted: number): Parts {
  try {
    return partsOf(shape, wanted);
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error;
    return partsOf(shape, needed);
  }
}

function partsOf({ dim, type, isSquared }: Shape, capacity: number): Parts {
  const lines = (bytes: number) => Math.ceil(bytes / LINE) * LINE;
  const isSmall = type === "int8";
  const scalesAt = lines(4 * capacity);
  const dataAt = scalesAt + (isSmall ? lines(4 * capacity) : 0);
  const squaresAt = dataAt + lines(capacity * dim * (isSmall ? 1 : 4));
  const presentAt = squaresAt + (isSquared ? lines(8 * capacity) : 0);
  const block = allocateArray("uint8", presentAt + capacity, false);
  const { buffer, byteOffset } = block;
  return {
    block,
    capacity,
    ids: new Uint32Array(buffer, byteOffset, capacity),
    scales: new Float32Array(buffer, byteOffset + scalesAt, isSmall ? capacity : 0),
    data: isSmall
      ? new Int8Array(buffer, byteOffset + dataAt, capacity * dim)
      : new Float32Array(buffer, byteOffset + dataAt, capacity * dim),
    squares: new Float64Array(buffer, byteOffset + squaresAt, isSquared ? capacity : 0),
    present: new Uint8Array(buffer, byteOffset + presentAt, capacity),
  };
}

/** A copy on workers. */
function copied(from: AnyArray, to: AnyArray): Step[] {
  const args = { size: COPIED_BYTES, from: bytesOf(from), to: bytesOf(to) };
  return [step(kernel("vectors", "copy"), Math.ceil(from.byteLength / COPIED_BYTES), args)];
}
