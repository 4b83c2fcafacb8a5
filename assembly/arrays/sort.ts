/**
 * Sorts in two steps, whose items write into their own blocks alone. First each block is sorted, as keys: unsigned whole numbers
 * in the order of the values. Then each block of the result takes from all sorted blocks what belongs there, block after
 * block, and is sorted again, which keeps equal keys in order.
 */
import { Blocks, scratch, Whole } from "allcores/assembly";
import { keyOf, valueOf } from "./lib/keys";
import { COUNTS, cutBlocks, radixSort } from "./lib/radix";

// @ts-ignore: decorator
@inline
function sortBlocks<T, K>(begin: i32, end: i32, down: bool, x: Blocks<T>, keys: Blocks<K>, work: Blocks<K>): void {
  const counts = scratch<u32>(COUNTS).at(0);
  for (let i = begin; i < end; i++) {
    const values = x.block(i),
      own = keys.block(i),
      n = own.length;
    for (let k = 0; k < n; k++) own[k] = <K>keyOf<T>(values[k], down);
    const other = work.block(i).at(0);
    if (radixSort<K>(own.at(0), 0, other, 0, n, counts)) memory.copy(own.at(0), other, (<usize>n) << alignof<K>());
  }
}

// @ts-ignore: decorator
@inline
function sortRanges<T, K>(begin: i32, end: i32, size: i32, down: bool, keys: Whole<K>, work: Blocks<K>, out: Blocks<T>): void {
  const counts = scratch<u32>(COUNTS).at(0),
    n = keys.length,
    blocks = (n + size - 1) / size;
  let cuts = scratch<u32>(blocks),
    next = scratch<u32>(blocks);
  const room = scratch<u32>(blocks).at(0);
  cutBlocks<K>(keys.at(0), size, n, blocks, begin * size, cuts.at(0), room);
  for (let i = begin; i < end; i++) {
    const values = out.block(i),
      length = values.length,
      own = work.block(i).at(0),
      other = values.at(0);
    cutBlocks<K>(keys.at(0), size, n, blocks, min(n, (i + 1) * size), next.at(0), room);
    let to = own;
    for (let b = 0; b < blocks; b++) {
      const bytes = (<usize>(next[b] - cuts[b])) << alignof<K>();
      memory.copy(to, keys.at(b * size + <i32>cuts[b]), bytes);
      to += bytes;
    }
    // The result's own memory is the other room: its elements are as long as the keys.
    const isThere = radixSort<K>(own, 0, other, 0, length, counts);
    const sorted = isThere ? other : own;
    for (let k = 0; k < length; k++) values[k] = valueOf<T>(<u64>load<K>(sorted + ((<usize>k) << alignof<K>())), down);
    const swap = cuts;
    cuts = next;
    next = swap;
  }
}

/**
 * The same with ids that go along.
 * @param order which elements the blocks have, and in which order; none: all, as they are
 */
// @ts-ignore: decorator
@inline
function argsortBlocks<T, K>(
  begin: i32,
  end: i32,
  size: i32,
  down: bool,
  x: Whole<T>,
  order: Whole<u32>,
  keys: Blocks<K>,
  ids: Blocks<u32>,
  work: Blocks<K>,
  workIds: Blocks<u32>,
): void {
  const counts = scratch<u32>(COUNTS).at(0);
  for (let i = begin; i < end; i++) {
    const own = keys.block(i),
      ownIds = ids.block(i),
      n = own.length,
      first = i * size;
    for (let k = 0; k < n; k++) {
      const id = order.length == 0 ? <u32>(first + k) : order[first + k];
      ownIds[k] = id;
      own[k] = <K>keyOf<T>(x[id], down);
    }
    const other = work.block(i).at(0),
      otherIds = workIds.block(i).at(0);
    if (!radixSort<K>(own.at(0), ownIds.at(0), other, otherIds, n, counts)) continue;
    memory.copy(own.at(0), other, (<usize>n) << alignof<K>());
    memory.copy(ownIds.at(0), otherIds, (<usize>n) << 2);
  }
}

// @ts-ignore: decorator
@inline
function argsortRanges<K>(
  begin: i32,
  end: i32,
  size: i32,
  keys: Whole<K>,
  ids: Whole<u32>,
  work: Blocks<K>,
  workIds: Blocks<u32>,
  spare: Blocks<K>,
  out: Blocks<u32>,
): void {
  const counts = scratch<u32>(COUNTS).at(0),
    n = keys.length,
    blocks = (n + size - 1) / size;
  let cuts = scratch<u32>(blocks),
    next = scratch<u32>(blocks);
  const room = scratch<u32>(blocks).at(0);
  cutBlocks<K>(keys.at(0), size, n, blocks, begin * size, cuts.at(0), room);
  for (let i = begin; i < end; i++) {
    const result = out.block(i),
      length = result.length,
      own = work.block(i).at(0),
      ownIds = workIds.block(i).at(0);
    cutBlocks<K>(keys.at(0), size, n, blocks, min(n, (i + 1) * size), next.at(0), room);
    let to = 0;
    for (let b = 0; b < blocks; b++) {
      const from = b * size + <i32>cuts[b],
        count = <i32>(next[b] - cuts[b]);
      memory.copy(own + ((<usize>to) << alignof<K>()), keys.at(from), (<usize>count) << alignof<K>());
      memory.copy(ownIds + ((<usize>to) << 2), ids.at(from), (<usize>count) << 2);
      to += count;
    }
    if (!radixSort<K>(own, ownIds, spare.block(i).at(0), result.at(0), length, counts))
      memory.copy(result.at(0), ownIds, (<usize>length) << 2);
    const swap = cuts;
    cuts = next;
    next = swap;
  }
}

export function blocks_float64(begin: i32, end: i32, size: i32, down: bool, x: Blocks<f64>, keys: Blocks<u64>, work: Blocks<u64>): void {
  sortBlocks<f64, u64>(begin, end, down, x, keys, work);
}
export function ranges_float64(begin: i32, end: i32, size: i32, down: bool, keys: Whole<u64>, work: Blocks<u64>, out: Blocks<f64>): void {
  sortRanges<f64, u64>(begin, end, size, down, keys, work, out);
}
export function argblocks_float64(begin: i32, end: i32, size: i32, down: bool, x: Whole<f64>, order: Whole<u32>, keys: Blocks<u64>, ids: Blocks<u32>, work: Blocks<u64>, workIds: Blocks<u32>): void {
  argsortBlocks<f64, u64>(begin, end, size, down, x, order, keys, ids, work, workIds);
}
export function blocks_float32(begin: i32, end: i32, size: i32, down: bool, x: Blocks<f32>, keys: Blocks<u32>, work: Blocks<u32>): void {
  sortBlocks<f32, u32>(begin, end, down, x, keys, work);
}
export function ranges_float32(begin: i32, end: i32, size: i32, down: bool, keys: Whole<u32>, work: Blocks<u32>, out: Blocks<f32>): void {
  sortRanges<f32, u32>(begin, end, size, down, keys, work, out);
}
export function argblocks_float32(begin: i32, end: i32, size: i32, down: bool, x: Whole<f32>, order: Whole<u32>, keys: Blocks<u32>, ids: Blocks<u32>, work: Blocks<u32>, workIds: Blocks<u32>): void {
  argsortBlocks<f32, u32>(begin, end, size, down, x, order, keys, ids, work, workIds);
}
export function blocks_int32(begin: i32, end: i32, size: i32, down: bool, x: Blocks<i32>, keys: Blocks<u32>, work: Blocks<u32>): void {
  sortBlocks<i32, u32>(begin, end, down, x, keys, work);
}
export function ranges_int32(begin: i32, end: i32, size: i32, down: bool, keys: Whole<u32>, work: Blocks<u32>, out: Blocks<i32>): void {
  sortRanges<i32, u32>(begin, end, size, down, keys, work, out);
}
export function argblocks_int32(begin: i32, end: i32, size: i32, down: bool, x: Whole<i32>, order: Whole<u32>, keys: Blocks<u32>, ids: Blocks<u32>, work: Blocks<u32>, workIds: Blocks<u32>): void {
  argsortBlocks<i32, u32>(begin, end, size, down, x, order, keys, ids, work, workIds);
}
export function blocks_uint32(begin: i32, end: i32, size: i32, down: bool, x: Blocks<u32>, keys: Blocks<u32>, work: Blocks<u32>): void {
  sortBlocks<u32, u32>(begin, end, down, x, keys, work);
}
export function ranges_uint32(begin: i32, end: i32, size: i32, down: bool, keys: Whole<u32>, work: Blocks<u32>, out: Blocks<u32>): void {
  sortRanges<u32, u32>(begin, end, size, down, keys, work, out);
}
export function argblocks_uint32(begin: i32, end: i32, size: i32, down: bool, x: Whole<u32>, order: Whole<u32>, keys: Blocks<u32>, ids: Blocks<u32>, work: Blocks<u32>, workIds: Blocks<u32>): void {
  argsortBlocks<u32, u32>(begin, end, size, down, x, order, keys, ids, work, workIds);
}
export function blocks_int64(begin: i32, end: i32, size: i32, down: bool, x: Blocks<i64>, keys: Blocks<u64>, work: Blocks<u64>): void {
  sortBlocks<i64, u64>(begin, end, down, x, keys, work);
}
export function ranges_int64(begin: i32, end: i32, size: i32, down: bool, keys: Whole<u64>, work: Blocks<u64>, out: Blocks<i64>): void {
  sortRanges<i64, u64>(begin, end, size, down, keys, work, out);
}
export function argblocks_int64(begin: i32, end: i32, size: i32, down: bool, x: Whole<i64>, order: Whole<u32>, keys: Blocks<u64>, ids: Blocks<u32>, work: Blocks<u64>, workIds: Blocks<u32>): void {
  argsortBlocks<i64, u64>(begin, end, size, down, x, order, keys, ids, work, workIds);
}
export function blocks_uint64(begin: i32, end: i32, size: i32, down: bool, x: Blocks<u64>, keys: Blocks<u64>, work: Blocks<u64>): void {
  sortBlocks<u64, u64>(begin, end, down, x, keys, work);
}
export function ranges_uint64(begin: i32, end: i32, size: i32, down: bool, keys: Whole<u64>, work: Blocks<u64>, out: Blocks<u64>): void {
  sortRanges<u64, u64>(begin, end, size, down, keys, work, out);
}
export function argblocks_uint64(begin: i32, end: i32, size: i32, down: bool, x: Whole<u64>, order: Whole<u32>, keys: Blocks<u64>, ids: Blocks<u32>, work: Blocks<u64>, workIds: Blocks<u32>): void {
  argsortBlocks<u64, u64>(begin, end, size, down, x, order, keys, ids, work, workIds);
}
export function argranges_64(begin: i32, end: i32, size: i32, keys: Whole<u64>, ids: Whole<u32>, work: Blocks<u64>, workIds: Blocks<u32>, spare: Blocks<u64>, out: Blocks<u32>): void {
  argsortRanges<u64>(begin, end, size, keys, ids, work, workIds, spare, out);
}
export function argranges_32(begin: i32, end: i32, size: i32, keys: Whole<u32>, ids: Whole<u32>, work: Blocks<u32>, workIds: Blocks<u32>, spare: Blocks<u32>, out: Blocks<u32>): void {
  argsortRanges<u32>(begin, end, size, keys, ids, work, workIds, spare, out);
}
