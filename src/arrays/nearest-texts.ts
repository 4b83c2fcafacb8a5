/**
 * Search among texts: which are nearest to a query.
 *
 *   texts ─blocks─> the best k of each block ─one call─> the best k of all, in order
 */
import { step } from "../job/steps.js";
import { elementType, freeArray, type HeapArray } from "../memory/heap.js";
import { makeTextsAsync, Texts } from "../memory/texts.js";
import { oneOf, show, wholeNumber } from "../validate.js";
import { type ArraysOptions, type Call, kernel, withCall } from "./call.js";

/** "levenshtein": insertions, deletions and replacements. "osa": and swaps of neighbours, each unit edited once. "jaro-winkler": 1 - similarity. */
export type TextMetric = "levenshtein" | "osa" | "jaro-winkler";

/** How many texts are asked for, and what near means. */
export interface TextOptions extends ArraysOptions {
  /** How many texts, 1 or more. */
  readonly k: number;
  /** Default "levenshtein". */
  readonly metric?: TextMetric | undefined;
  /** Texts that are farther are left out. Default: none. */
  readonly maxDistance?: number | undefined;
}

/** Least distance first, of equal ones the smaller id. */
export interface NearestTexts {
  readonly ids: Uint32Array<ArrayBuffer>;
  readonly distances: Float64Array<ArrayBuffer>;
}

const METRICS: readonly TextMetric[] = ["levenshtein", "osa", "jaro-winkler"];
const KERNELS = { levenshtein: "levenshtein", osa: "osa", "jaro-winkler": "jaroWinkler" } as const;
/** The kernel's number of keys that are distances below 0. */
const DISTANCES = 3;
/** Words of the query by units of texts in a block: 0.1 ms. */
const BLOCK_WORK = 32_768;
/** The masks of a query whose units all differ take 8 MB then. */
const MAX_QUERY = 8192;

/**
 * Finds the texts that are nearest to a query. Edits count UTF-16 units.
 * @param texts made by `heap.texts`, or strings, which are copied to the heap each time
 * @param query up to 8,192 units
 * @returns positions and distances, fewer than `k` where fewer texts are near enough. Rejects with a TypeError or RangeError
 *   that names the argument, a MemoryError, or the signal's reason
 */
export function nearestTexts(
  texts: Texts | readonly string[],
  query: string,
  options: TextOptions,
): Promise<NearestTexts> {
  return withCall(options, ["k", "metric", "maxDistance"], async (call) => {
    wholeNumber("k", options.k, 1, 2 ** 32 - 1);
    oneOf("metric", options.metric ?? "levenshtein", METRICS);
    checkLimit(options.maxDistance);
    if (typeof query !== "string") throw new TypeError(`query must be a string, got ${show(query)}`);
    if (query.length > MAX_QUERY)
      throw new RangeError(`query must have at most ${MAX_QUERY} UTF-16 units, got ${query.length}`);
    if (texts instanceof Texts) return search(call, texts, query, options);
    if (!Array.isArray(texts))
      throw new TypeError(`texts must be made by heap.texts, or an array of strings, got ${show(texts)}`);
    if (options.copy === false)
      throw new TypeError(`texts must be made by heap.texts, since copy is false, got ${show(texts)}`);
    const staged = await makeTextsAsync(texts, { signal: options.signal });
    try {
      return await search(call, staged, query, options);
    } finally {
      call.release();
      freeArray(staged.block);
    }
  });
}

function checkLimit(limit: unknown): void {
  if (limit === undefined || (typeof limit === "number" && limit >= 0)) return;
  throw new (typeof limit === "number" ? RangeError : TypeError)(
    `maxDistance must be a number, 0 or more, got ${show(limit)}`,
  );
}

async function search(
  call: Call,
  texts: Texts,
  query: string,
  { k, metric = "levenshtein", maxDistance = Infinity }: TextOptions,
): Promise<NearestTexts> {
  const n = texts.length;
  const most = Math.min(k, n);
  const units = await call.input("texts", texts.units, ["uint8", "uint16"]);
  const offsets = await call.input("texts", texts.offsets, ["uint32"]);
  if (most === 0) return { ids: new Uint32Array(), distances: new Float64Array() };

  const words = Math.ceil(query.length / 64);
  const work = (units.length * Math.max(1, words)) / n + 1;
  // A block keeps no more than half of its texts, so that what blocks keep is less than what there is.
  const size = Math.min(n, Math.max(2 * most, Math.ceil(BLOCK_WORK / work)));
  const blocks = Math.ceil(n / size);
  const kept = Math.min(most, size);
  const [keys, ids, counts] = [
    call.between("float64", blocks * kept),
    call.between("uint32", blocks * kept),
    call.between("uint32", blocks),
  ];
  const [best, scores, found] = [
    call.temporary("uint32", most),
    call.temporary("float64", most),
    call.temporary("uint32", 1),
  ];
  const shape = { k: kept, keys, ids, counts };
  const asked = { ...queryOf(call, query, elementType(units) === "uint8"), limit: maxDistance };
  const joined = { metric: DISTANCES, stride: 1, names: call.temporary("uint32", 0), blocks, best, scores, found };
  await call.steps([
    step(
      kernel("texts", `${KERNELS[metric]}_${elementType(units)}`),
      blocks,
      { ...shape, ...asked, size, n, units, offsets },
      { grain: 1 },
    ),
    step(kernel("nearest", "join"), 1, { ...shape, ...joined }),
  ]);
  const count = found[0] as number;
  return {
    ids: await call.copied<"uint32">(best.subarray(0, count)),
    distances: await call.copied<"float64">(scores.subarray(0, count)),
  };
}

/** A query for kernels: which bits its units have, by unit for texts of bytes, else by symbol, of which 0 is any other. */
function queryOf(call: Call, query: string, isNarrow: boolean): Record<string, HeapArray> {
  const units = Uint16Array.from({ length: query.length }, (_, i) => query.charCodeAt(i));
  const words = Math.ceil(units.length / 64);
  const symbols = new Uint16Array(isNarrow ? 0 : 2 ** 16);
  let count = isNarrow ? 256 : 1;
  if (!isNarrow) for (const unit of units) if (symbols[unit] === 0) symbols[unit] = count++;
  const masks = new BigUint64Array(count * words);
  const bits = new Uint32Array(masks.buffer);
  for (const [i, unit] of units.entries()) {
    if (isNarrow && unit > 255) continue;
    const row = isNarrow ? unit : (symbols[unit] as number);
    const at = 2 * words * row + (i >>> 5);
    bits[at] = (bits[at] as number) | (1 << (i & 31));
  }
  return {
    query: call.staged("uint16", units),
    symbols: call.staged("uint16", symbols),
    masks: call.staged("uint64", masks),
  };
}
