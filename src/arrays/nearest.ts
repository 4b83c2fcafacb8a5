/**
 * Exact search: which rows are nearest to queries.
 *
 *   rows ─blocks─> the best k of each block for each query ─queries─> the best k of all, in order
 */
import { step } from "../job/steps.js";
import { elementType, type HeapArray, partOf } from "../memory/heap.js";
import { oneOf, show, wholeNumber } from "../validate.js";
import { type ArraysOptions, type Call, checkedArray, kernel, withCall } from "./call.js";
import { type QuantizedRows, quantizeHere } from "./quantize.js";

/** "dot" and "cosine" (0 for a zero vector): greatest first. "l2": the distance, least first. */
export type Metric = "dot" | "cosine" | "l2";

/** Best first, of equal ones the smaller id. Many queries: row-major, `k` each, the same for all: fewer than asked where fewer rows are allowed. */
export interface Neighbours {
  readonly k: number;
  readonly ids: Uint32Array<ArrayBuffer>;
  readonly scores: Float64Array<ArrayBuffer>;
}

/** How many rows are asked for, and what near means. */
export interface NearestOptions extends ArraysOptions {
  /** How many rows, 1 or more. */
  readonly k: number;
  /** Default "cosine". */
  readonly metric?: Metric | undefined;
  /** One byte a row: those that are not 0 are allowed. Default: all. */
  readonly where?: Uint8Array | undefined;
}

/** By the numbers that kernels have for them. */
export const METRICS: readonly Metric[] = ["dot", "cosine", "l2"];

/** Bytes of a block: a worker takes 0.05 ms for it, and reads it from its cache for several queries. */
const BLOCK_BYTES = 2 ** 19;
/** Queries that are searched for at once: what is kept of each block has room for so many. */
const BATCH = 64;
/** Products of bytes of a longer row might not fit 32 bits. */
export const MAX_INT8_DIM = 2 ** 17 - 1;

/** What is searched. */
export interface SearchedRows {
  readonly x: HeapArray<"float32" | "int8">;
  /** Of rows that were quantized. */
  readonly scales?: HeapArray<"float32"> | undefined;
  readonly dim: number;
  /** The product of each row with itself, of rows of floats. Default: computed for cosines. */
  readonly squares?: HeapArray<"float64"> | undefined;
  /** What rows are called, ascending. Default: their numbers. */
  readonly names?: HeapArray<"uint32"> | undefined;
}

/**
 * Finds the rows that are nearest to each query, exactly. Products of float32 are added up in lanes, in one order; those of int8 are exact.
 * @param rows row-major, `dim` numbers each: float32, int8, or what `quantize` gave
 * @param query one row or more, of float32, or int8 for rows of int8
 * @returns row numbers and scores, best first. A score that is NaN counts as the worst. Rejects with a TypeError or RangeError
 *   that names the argument, a MemoryError, or the signal's reason
 */
export function nearest(
  rows: Float32Array | Int8Array | QuantizedRows,
  query: Float32Array | Int8Array,
  options: NearestOptions & { readonly dim: number },
): Promise<Neighbours> {
  return withCall(options, ["dim", "k", "metric", "where"], async (call) => {
    const dim = wholeNumber("dim", options.dim, 1, 2 ** 24);
    const isQuantized = !ArrayBuffer.isView(rows) && typeof rows === "object" && rows !== null && "data" in rows;
    const x = await call.input(
      isQuantized ? "rows.data" : "rows",
      isQuantized ? rows.data : rows,
      isQuantized ? (["int8"] as const) : (["float32", "int8"] as const),
    );
    if (x.length % dim !== 0)
      throw new RangeError(`rows must have a multiple of dim = ${dim} numbers, got ${x.length}`);
    const scales = isQuantized ? await call.input("rows.scales", rows.scales, ["float32"]) : undefined;
    if (scales && scales.length !== x.length / dim)
      throw new RangeError(`rows.scales must have one number a row, ${x.length / dim}, got ${scales.length}`);
    return search(call, { x, scales, dim }, query, options);
  });
}

/** The search itself, once it is known what is searched. */
export async function search(
  call: Call,
  { x, scales, dim, squares, names }: SearchedRows,
  query: unknown,
  { k, metric = "cosine", where }: NearestOptions,
): Promise<Neighbours> {
  const n = x.length / dim;
  wholeNumber("k", k, 1, 2 ** 32 - 1);
  const code = METRICS.indexOf(oneOf("metric", metric, METRICS));
  const type = elementType(x) as "float32" | "int8";
  if (type === "int8" && dim > MAX_INT8_DIM)
    throw new RangeError(`dim must be at most ${MAX_INT8_DIM} for rows of int8, got ${dim}`);
  checkedArray("query", query, [scales ? "float32" : type]);
  const { length } = query as Float32Array;
  if (length % dim !== 0 || length === 0)
    throw new RangeError(`query must have dim = ${dim} numbers, or a multiple of it, got ${length}`);
  const queries = length / dim;
  const sieve = where === undefined ? call.temporary("uint8", 0) : await call.input("where", where, ["uint8"]);
  if (where !== undefined && where.length !== n)
    throw new RangeError(`where must have one byte a row, ${n}, got ${show(where)}`);
  const most = Math.min(k, n);
  if (most === 0) return { k: 0, ids: new Uint32Array(), scores: new Float64Array() };

  const small = scales && quantizeHere(query as Float32Array, dim);
  const q = small ? call.staged("int8", small.data) : await call.input("query", query, [type]);
  // A block keeps no more than half of its rows, so that what blocks keep is less than what there is.
  const size = Math.min(n, Math.max(2 * most, Math.ceil(BLOCK_BYTES / (dim * x.BYTES_PER_ELEMENT))));
  const blocks = Math.ceil(n / size);
  const kept = Math.min(most, size);
  const batch = Math.min(queries, BATCH);
  const [keys, ids, counts] = [
    call.between("float64", blocks * batch * kept),
    call.between("uint32", blocks * batch * kept),
    call.between("uint32", blocks * batch),
  ];
  const [best, scores, found] = [
    call.temporary("uint32", queries * most),
    call.temporary("float64", queries * most),
    call.temporary("uint32", queries),
  ];
  const none = call.temporary("float32", 0);
  const called = names ?? call.temporary("uint32", 0);
  const ofType =
    type === "int8"
      ? { scales: scales ?? none, queryScales: small ? call.staged("float32", small.scales) : none }
      : { known: squares ?? call.temporary("float64", 0) };
  const shape = { k: kept, metric: code, stride: batch };
  const kepts = { keys, ids, counts };
  const given = { ...shape, ...ofType, size, n, dim, x, query: q, where: sieve, ...kepts };
  const steps = [];
  for (let first = 0; first < queries; first += batch) {
    const some = Math.min(batch, queries - first);
    const part = <T extends HeapArray>(array: T, width: number) => partOf(array, first * width, (first + some) * width);
    const into = { best: part(best, most), scores: part(scores, most), found: part(found, 1) };
    steps.push(
      step(kernel("nearest", type), blocks, { ...given, first, queries: some }, { grain: 1 }),
      step(kernel("nearest", "join"), some, { ...shape, ...kepts, blocks, names: called, ...into }, { grain: 1 }),
    );
  }
  await call.steps(steps);
  const count = found[0] as number;
  const trimmed = <T extends HeapArray>(array: T): T => (count === most ? array : compact(array, queries, most, count));
  return {
    k: count,
    ids: await call.copied<"uint32">(trimmed(best)),
    scores: await call.copied<"float64">(trimmed(scores)),
  };
}

/** Moves the first `count` elements of each row together. */
function compact<T extends HeapArray>(array: T, rows: number, width: number, count: number): T {
  for (let row = 1; row < rows; row++) array.copyWithin(row * count, row * width, row * width + count);
  return array.subarray(0, rows * count) as T;
}
