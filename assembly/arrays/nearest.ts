/** Rows that are nearest to queries: each block keeps its best, and the best of all blocks are those of all rows. */
import { Ptr, Rows, scratch, Whole } from "allcores/assembly";
import { keep, order } from "./lib/best";
import { narrowProduct, product, productAndSquare, productOfBytes, twoByFour } from "./lib/products";

const DOT = 0;
const COSINE = 1;

/** What is kept of a row: greater is nearer. NaN is farthest. */
// @ts-ignore: decorator
@inline
function keyOf(metric: i32, value: f64, square: f64, queryRoot: f64): f64 {
  let key = metric == DOT ? value : -value;
  if (metric == COSINE) key = square == 0 || queryRoot == 0 ? 0 : value / (Math.sqrt(square) * queryRoot);
  return key == key ? key : -Infinity;
}

/**
 * Keeps the best of a block's rows, of those that `where` allows.
 * @param bar what `k` rows before are at least as good as: others need not be kept
 */
// @ts-ignore: decorator
@inline
function choose(
  metric: i32,
  values: usize,
  squares: usize,
  querySquare: f64,
  firstRow: i32,
  rows: i32,
  where: Whole<u8>,
  k: i32,
  keys: usize,
  ids: usize,
  bar: f64,
): i32 {
  let count = 0;
  const isOpen = where.length == 0,
    queryRoot = Math.sqrt(querySquare);
  for (let r = 0; r < rows; r++) {
    if (!isOpen && where[firstRow + r] == 0) continue;
    const at = (<usize>r) << 3;
    const key = keyOf(metric, load<f64>(values + at), metric == COSINE ? load<f64>(squares + at) : 0, queryRoot);
    if (key <= bar && bar > -Infinity) continue;
    count = keep(keys, ids, count, k, key, firstRow + r);
  }
  return count;
}

/** Whether `where` allows a row of these. */
// @ts-ignore: decorator
@inline
function isAny(where: Whole<u8>, first: i32, rows: i32): bool {
  if (where.length == 0) return true;
  for (let r = first; r < first + rows; r++) if (where[r] != 0) return true;
  return false;
}

/**
 * Of each block of `size` rows the best `k` for the queries from `first` on. A block's part of `keys` and the like has room for
 * `stride` queries.
 * @param metric 0 products, 1 cosines, 2 distances
 */
export function float32(
  begin: i32,
  end: i32,
  size: i32,
  n: i32,
  dim: i32,
  k: i32,
  metric: i32,
  first: i32,
  queries: i32,
  stride: i32,
  x: Whole<f32>,
  query: Whole<f32>,
  where: Whole<u8>,
  keys: Rows<f64>,
  ids: Rows<u32>,
  counts: Rows<u32>,
): void {
  const apart = metric > COSINE,
    bars = scratch<f64>(queries),
    values = scratch<f64>(4 * size).at(0),
    squares = scratch<f64>(size).at(0),
    bytes = (<usize>dim) << 2,
    next = (<usize>size) << 3;
  for (let m = 0; m < queries; m++) bars[m] = -Infinity;
  for (let i = begin; i < end; i++) {
    const firstRow = i * size,
      rows = min(size, n - firstRow),
      block = x.at(0) + <usize>firstRow * bytes;
    const isNeeded = isAny(where, firstRow, rows);
    for (let m = 0; m < queries; ) {
      const q = query.at(0) + <usize>(first + m) * bytes;
      const group = m + 4 <= queries ? 4 : 1;
      // The squares of a block's rows come with its first query.
      const isFirst = metric == COSINE && m == 0;
      if (isNeeded && isFirst)
        for (let r: usize = 0; r < <usize>rows; r++)
          store<f64>(values + 8 * r, productAndSquare(block + r * bytes, q, dim, squares + 8 * r));
      if (isNeeded && (group == 4 || !isFirst)) {
        if (apart) compute(true, group, block, bytes, rows, q, dim, values, next);
        else compute(false, group, block, bytes, rows, q, dim, values, next);
      }
      for (let g = 0; g < group; g++) {
        const at = i * stride + m + g,
          own = q + <usize>g * bytes;
        counts[at] = 0;
        if (!isNeeded) continue;
        const square = metric == COSINE ? product(false, own, own, dim) : 0,
          found = values + <usize>g * next;
        const to = keys.at(at * k);
        counts[at] = choose(metric, found, squares, square, firstRow, rows, where, k, to, ids.at(at * k), bars[m + g]);
        if (<i32>counts[at] == k) bars[m + g] = max(bars[m + g], load<f64>(to));
      }
      m += group;
    }
  }
}

/** Of all rows of a block and one query or four. */
// @ts-ignore: decorator
@inline
function compute(
  apart: bool,
  group: i32,
  block: usize,
  bytes: usize,
  rows: i32,
  q: usize,
  dim: i32,
  values: usize,
  next: usize,
): void {
  let r: usize = 0;
  if (group == 1) {
    for (; r < <usize>rows; r++) store<f64>(values + 8 * r, product(apart, block + r * bytes, q, dim));
    return;
  }
  for (; r + 2 <= <usize>rows; r += 2) twoByFour(apart, block + r * bytes, bytes, q, dim, values + 8 * r, next);
  if (r < <usize>rows)
    for (let g: usize = 0; g < 4; g++)
      store<f64>(values + 8 * r + g * next, narrowProduct(apart, block + r * bytes, q + g * bytes, dim));
}

/**
 * The same of rows of bytes, and of queries of bytes. Row i is `scales[i]` times as large, or as it is where there are none;
 * so are the queries.
 */
export function int8(
  begin: i32,
  end: i32,
  size: i32,
  n: i32,
  dim: i32,
  k: i32,
  metric: i32,
  first: i32,
  queries: i32,
  stride: i32,
  x: Whole<i8>,
  scales: Whole<f32>,
  query: Whole<i8>,
  queryScales: Whole<f32>,
  where: Whole<u8>,
  keys: Rows<f64>,
  ids: Rows<u32>,
  counts: Rows<u32>,
): void {
  const values = scratch<f64>(size).at(0),
    bars = scratch<f64>(queries),
    squares = scratch<f64>(size).at(0),
    wide = scratch<i16>(dim).at(0);
  for (let m = 0; m < queries; m++) bars[m] = -Infinity;
  for (let i = begin; i < end; i++) {
    const firstRow = i * size,
      rows = min(size, n - firstRow),
      block = x.at(0) + <usize>firstRow * <usize>dim;
    const isNeeded = isAny(where, firstRow, rows);
    for (let m = 0; m < queries; m++) {
      const at = i * stride + m;
      counts[at] = 0;
      if (!isNeeded) continue;
      const q = query.at(0) + <usize>(first + m) * <usize>dim;
      for (let d = 0; d < dim; d++) store<i16>(wide + ((<usize>d) << 1), <i16>load<i8>(q + <usize>d));
      // The squares of a block's rows come with its first query.
      if (m == 0 && metric != DOT)
        for (let r: usize = 0; r < <usize>rows; r++)
          store<f64>(values + 8 * r, productOfBytes(true, block + r * <usize>dim, wide, dim, squares + 8 * r));
      else
        for (let r: usize = 0; r < <usize>rows; r++)
          store<f64>(values + 8 * r, productOfBytes(false, block + r * <usize>dim, wide, dim, values));
      const querySquare = productOfBytes(false, q, wide, dim, values);
      if (scales.length > 0 || metric > COSINE)
        for (let r = 0; r < rows; r++) {
          const place = (<usize>r) << 3,
            value = load<f64>(values + place),
            s: f64 = scales.length > 0 ? scales[firstRow + r] : 1,
            t: f64 = scales.length > 0 ? queryScales[first + m] : 1;
          if (metric == DOT) store<f64>(values + place, s * t * value);
          else if (metric > COSINE)
            store<f64>(values + place, max(0, s * s * load<f64>(squares + place) - 2 * (s * t * value) + t * t * querySquare));
        }
      const to = keys.at(at * k);
      counts[at] = choose(metric, values, squares, querySquare, firstRow, rows, where, k, to, ids.at(at * k), bars[m]);
      if (<i32>counts[at] == k) bars[m] = max(bars[m], load<f64>(to));
    }
  }
}

/** Of each query the best of all blocks, in order; the rest of its row is left as it is. */
export function join(
  begin: i32,
  end: i32,
  blocks: i32,
  k: i32,
  metric: i32,
  stride: i32,
  keys: Whole<f64>,
  ids: Whole<u32>,
  counts: Whole<u32>,
  best: Rows<u32>,
  scores: Rows<f64>,
  found: Ptr<u32>,
): void {
  for (let m = begin; m < end; m++) {
    const outKeys = scores.at(m * scores.width),
      outIds = best.at(m * best.width);
    let count = 0;
    for (let i = 0; i < blocks; i++) {
      const at = i * stride + m;
      for (let c = 0; c < <i32>counts[at]; c++)
        count = keep(outKeys, outIds, count, best.width, keys[at * k + c], ids[at * k + c]);
    }
    order(outKeys, outIds, count);
    if (metric > COSINE) for (let c = 0; c < count; c++) scores[m * scores.width + c] = Math.sqrt(-scores[m * scores.width + c]);
    found[m] = count;
  }
}
