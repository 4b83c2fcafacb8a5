/**
 * Exact quantiles without a sort. A sample says between which two keys the quantile is likely to lie; one pass counts what is
 * below them and collects what is between; that is sorted. Where the sample was wrong, the digits of the key are counted one
 * after the other (`digits`), a pass each.
 */
import { Acc, Blocks, Ptr, Rows, scratch, Whole } from "allcores/assembly";
import { keyOf, valueOf } from "./lib/keys";
import { COUNTS, radixSort } from "./lib/radix";

/** Of a block: how many are below, between, and NaN. */
const WIDTH = 3;

/** What became of a search. */
const FOUND: f64 = 0;
const MISSED: f64 = 1;

/** Below the keys of NaN. */
// @ts-ignore: decorator
@inline
function greatest<K>(): u64 {
  return sizeof<K>() == 8 ? u64.MAX_VALUE - 1 : 0xfffffffe;
}

/** The key of NaN, in as many bits as keys have. */
// @ts-ignore: decorator
@inline
function keyAt<T, K>(x: Whole<T>, i: i32): u64 {
  const key = keyOf<T>(x[i], false);
  return sizeof<K>() == 8 ? key : key & 0xffffffff;
}

// @ts-ignore: decorator
@inline
function sample<T, K>(q: f64, margin: f64, x: Whole<T>, keys: Ptr<K>, room: Ptr<K>, bounds: Ptr<u64>): void {
  const n = x.length;
  let count = 0;
  // One of each stretch, at a place that looks random but is always the same: of periodic data, too, it is a sample.
  const stretch = <f64>n / <f64>keys.length;
  let state: u32 = 1;
  for (let k = 0; k < keys.length; k++) {
    state = state * 1664525 + 1013904223;
    const place = <i32>(((<f64>k) + <f64>(state >> 8) / 16777216) * stretch);
    const key = keyAt<T, K>(x, min(place, n - 1));
    if (key > greatest<K>()) continue;
    keys[count++] = <K>key;
  }
  const counts = scratch<u32>(COUNTS).at(0);
  const isThere = radixSort<K>(keys.at(0), 0, room.at(0), 0, count, counts);
  const sorted = isThere ? room.at(0) : keys.at(0);
  const at = q * <f64>(count - 1),
    low = Math.floor(at - margin),
    high = Math.ceil(at + margin);
  bounds[0] = low < 0 ? 0 : <u64>load<K>(sorted + ((<usize>low) << alignof<K>()));
  bounds[1] = high >= <f64>count ? greatest<K>() : <u64>load<K>(sorted + ((<usize>high) << alignof<K>()));
}

// @ts-ignore: decorator
@inline
function collect<T, K>(begin: i32, end: i32, x: Blocks<T>, bounds: Whole<u64>, found: Blocks<K>, counts: Rows<u32>): void {
  const low = bounds[0],
    high = bounds[1];
  for (let i = begin; i < end; i++) {
    const block = x.block(i),
      n = block.length,
      to = found.block(i).at(0);
    let below = 0,
      nans = 0;
    let next = to;
    for (let k = 0; k < n; k++) {
      const given = keyOf<T>(block[k], false),
        key = sizeof<K>() == 8 ? given : given & 0xffffffff;
      below += i32(key < low);
      if (isFloat<T>()) nans += i32(key > greatest<K>());
      // Written in any case, and written over where it does not count: a branch would be guessed wrong.
      store<K>(next, <K>key);
      next += (<usize>(i32(key >= low) & i32(key <= high))) << alignof<K>();
    }
    counts[i * WIDTH] = below;
    counts[i * WIDTH + 1] = <u32>((next - to) >> alignof<K>());
    counts[i * WIDTH + 2] = nans;
  }
}

/** @param out whether it was found, how many numbers there are, and the two between which the quantile lies */
// @ts-ignore: decorator
@inline
function select<T, K>(
  size: i32,
  n: i32,
  q: f64,
  bounds: Whole<u64>,
  found: Whole<K>,
  counts: Whole<u32>,
  keys: Ptr<K>,
  room: Ptr<K>,
  out: Ptr<f64>,
): void {
  let below: u32 = 0,
    between: u32 = 0,
    nans: u32 = 0;
  for (let i = 0; i < counts.length; i += WIDTH) {
    below += counts[i];
    between += counts[i + 1];
    nans += counts[i + 2];
  }
  const numbers = <u32>n - nans;
  out[0] = FOUND;
  out[1] = <f64>numbers;
  if (numbers == 0) return;
  const at = q * <f64>(numbers - 1),
    rank = <u32>at,
    last = min(rank + 1, numbers - 1);
  const isOne = bounds[0] == bounds[1];
  if (rank < below || last >= below + between || (!isOne && between > <u32>keys.length)) {
    out[0] = MISSED;
    return;
  }
  if (isOne) {
    out[2] = <f64>valueOf<T>(bounds[0], false);
    out[3] = out[2];
    return;
  }
  let to = keys.at(0);
  for (let i = 0, block = 0; i < counts.length; i += WIDTH, block++) {
    const bytes = (<usize>counts[i + 1]) << alignof<K>();
    memory.copy(to, found.at(block * size), bytes);
    to += bytes;
  }
  const isThere = radixSort<K>(keys.at(0), 0, room.at(0), 0, between, scratch<u32>(COUNTS).at(0));
  const sorted = isThere ? room.at(0) : keys.at(0);
  out[2] = <f64>valueOf<T>(<u64>load<K>(sorted + ((<usize>(rank - below)) << alignof<K>())), false);
  out[3] = <f64>valueOf<T>(<u64>load<K>(sorted + ((<usize>(last - below)) << alignof<K>())), false);
}

/** How often each digit of 11 bits, which begins at bit `shift`, is in the keys whose bits above it are `prefix`. */
// @ts-ignore: decorator
@inline
function digits<T, K>(begin: i32, end: i32, shift: i32, prefix: u64, x: Ptr<T>, counts: Acc<u32>): void {
  for (let i = begin; i < end; i++) {
    const given = keyOf<T>(x[i], false),
      key = sizeof<K>() == 8 ? given : given & 0xffffffff;
    // In two steps: a shift by 64 is one by 0.
    if ((key >> <u64>shift) >> 11 == prefix) counts[<i32>((key >> <u64>shift) & 2047)]++;
  }
}

export function sample_float64(q: f64, margin: f64, x: Whole<f64>, keys: Ptr<u64>, room: Ptr<u64>, bounds: Ptr<u64>): void {
  sample<f64, u64>(q, margin, x, keys, room, bounds);
}
export function collect_float64(begin: i32, end: i32, size: i32, x: Blocks<f64>, bounds: Whole<u64>, found: Blocks<u64>, counts: Rows<u32>): void {
  collect<f64, u64>(begin, end, x, bounds, found, counts);
}
export function select_float64(size: i32, n: i32, q: f64, bounds: Whole<u64>, found: Whole<u64>, counts: Whole<u32>, keys: Ptr<u64>, room: Ptr<u64>, out: Ptr<f64>): void {
  select<f64, u64>(size, n, q, bounds, found, counts, keys, room, out);
}
export function digits_float64(begin: i32, end: i32, shift: i32, prefix: u64, x: Ptr<f64>, counts: Acc<u32>): void {
  digits<f64, u64>(begin, end, shift, prefix, x, counts);
}
export function sample_float32(q: f64, margin: f64, x: Whole<f32>, keys: Ptr<u32>, room: Ptr<u32>, bounds: Ptr<u64>): void {
  sample<f32, u32>(q, margin, x, keys, room, bounds);
}
export function collect_float32(begin: i32, end: i32, size: i32, x: Blocks<f32>, bounds: Whole<u64>, found: Blocks<u32>, counts: Rows<u32>): void {
  collect<f32, u32>(begin, end, x, bounds, found, counts);
}
export function select_float32(size: i32, n: i32, q: f64, bounds: Whole<u64>, found: Whole<u32>, counts: Whole<u32>, keys: Ptr<u32>, room: Ptr<u32>, out: Ptr<f64>): void {
  select<f32, u32>(size, n, q, bounds, found, counts, keys, room, out);
}
export function digits_float32(begin: i32, end: i32, shift: i32, prefix: u64, x: Ptr<f32>, counts: Acc<u32>): void {
  digits<f32, u32>(begin, end, shift, prefix, x, counts);
}
export function sample_int32(q: f64, margin: f64, x: Whole<i32>, keys: Ptr<u32>, room: Ptr<u32>, bounds: Ptr<u64>): void {
  sample<i32, u32>(q, margin, x, keys, room, bounds);
}
export function collect_int32(begin: i32, end: i32, size: i32, x: Blocks<i32>, bounds: Whole<u64>, found: Blocks<u32>, counts: Rows<u32>): void {
  collect<i32, u32>(begin, end, x, bounds, found, counts);
}
export function select_int32(size: i32, n: i32, q: f64, bounds: Whole<u64>, found: Whole<u32>, counts: Whole<u32>, keys: Ptr<u32>, room: Ptr<u32>, out: Ptr<f64>): void {
  select<i32, u32>(size, n, q, bounds, found, counts, keys, room, out);
}
export function digits_int32(begin: i32, end: i32, shift: i32, prefix: u64, x: Ptr<i32>, counts: Acc<u32>): void {
  digits<i32, u32>(begin, end, shift, prefix, x, counts);
}
export function sample_uint32(q: f64, margin: f64, x: Whole<u32>, keys: Ptr<u32>, room: Ptr<u32>, bounds: Ptr<u64>): void {
  sample<u32, u32>(q, margin, x, keys, room, bounds);
}
export function collect_uint32(begin: i32, end: i32, size: i32, x: Blocks<u32>, bounds: Whole<u64>, found: Blocks<u32>, counts: Rows<u32>): void {
  collect<u32, u32>(begin, end, x, bounds, found, counts);
}
export function select_uint32(size: i32, n: i32, q: f64, bounds: Whole<u64>, found: Whole<u32>, counts: Whole<u32>, keys: Ptr<u32>, room: Ptr<u32>, out: Ptr<f64>): void {
  select<u32, u32>(size, n, q, bounds, found, counts, keys, room, out);
}
export function digits_uint32(begin: i32, end: i32, shift: i32, prefix: u64, x: Ptr<u32>, counts: Acc<u32>): void {
  digits<u32, u32>(begin, end, shift, prefix, x, counts);
}
export function sample_int16(q: f64, margin: f64, x: Whole<i16>, keys: Ptr<u32>, room: Ptr<u32>, bounds: Ptr<u64>): void {
  sample<i16, u32>(q, margin, x, keys, room, bounds);
}
export function collect_int16(begin: i32, end: i32, size: i32, x: Blocks<i16>, bounds: Whole<u64>, found: Blocks<u32>, counts: Rows<u32>): void {
  collect<i16, u32>(begin, end, x, bounds, found, counts);
}
export function select_int16(size: i32, n: i32, q: f64, bounds: Whole<u64>, found: Whole<u32>, counts: Whole<u32>, keys: Ptr<u32>, room: Ptr<u32>, out: Ptr<f64>): void {
  select<i16, u32>(size, n, q, bounds, found, counts, keys, room, out);
}
export function digits_int16(begin: i32, end: i32, shift: i32, prefix: u64, x: Ptr<i16>, counts: Acc<u32>): void {
  digits<i16, u32>(begin, end, shift, prefix, x, counts);
}
export function sample_uint16(q: f64, margin: f64, x: Whole<u16>, keys: Ptr<u32>, room: Ptr<u32>, bounds: Ptr<u64>): void {
  sample<u16, u32>(q, margin, x, keys, room, bounds);
}
export function collect_uint16(begin: i32, end: i32, size: i32, x: Blocks<u16>, bounds: Whole<u64>, found: Blocks<u32>, counts: Rows<u32>): void {
  collect<u16, u32>(begin, end, x, bounds, found, counts);
}
export function select_uint16(size: i32, n: i32, q: f64, bounds: Whole<u64>, found: Whole<u32>, counts: Whole<u32>, keys: Ptr<u32>, room: Ptr<u32>, out: Ptr<f64>): void {
  select<u16, u32>(size, n, q, bounds, found, counts, keys, room, out);
}
export function digits_uint16(begin: i32, end: i32, shift: i32, prefix: u64, x: Ptr<u16>, counts: Acc<u32>): void {
  digits<u16, u32>(begin, end, shift, prefix, x, counts);
}
export function sample_int8(q: f64, margin: f64, x: Whole<i8>, keys: Ptr<u32>, room: Ptr<u32>, bounds: Ptr<u64>): void {
  sample<i8, u32>(q, margin, x, keys, room, bounds);
}
export function collect_int8(begin: i32, end: i32, size: i32, x: Blocks<i8>, bounds: Whole<u64>, found: Blocks<u32>, counts: Rows<u32>): void {
  collect<i8, u32>(begin, end, x, bounds, found, counts);
}
export function select_int8(size: i32, n: i32, q: f64, bounds: Whole<u64>, found: Whole<u32>, counts: Whole<u32>, keys: Ptr<u32>, room: Ptr<u32>, out: Ptr<f64>): void {
  select<i8, u32>(size, n, q, bounds, found, counts, keys, room, out);
}
export function digits_int8(begin: i32, end: i32, shift: i32, prefix: u64, x: Ptr<i8>, counts: Acc<u32>): void {
  digits<i8, u32>(begin, end, shift, prefix, x, counts);
}
export function sample_uint8(q: f64, margin: f64, x: Whole<u8>, keys: Ptr<u32>, room: Ptr<u32>, bounds: Ptr<u64>): void {
  sample<u8, u32>(q, margin, x, keys, room, bounds);
}
export function collect_uint8(begin: i32, end: i32, size: i32, x: Blocks<u8>, bounds: Whole<u64>, found: Blocks<u32>, counts: Rows<u32>): void {
  collect<u8, u32>(begin, end, x, bounds, found, counts);
}
export function select_uint8(size: i32, n: i32, q: f64, bounds: Whole<u64>, found: Whole<u32>, counts: Whole<u32>, keys: Ptr<u32>, room: Ptr<u32>, out: Ptr<f64>): void {
  select<u8, u32>(size, n, q, bounds, found, counts, keys, room, out);
}
export function digits_uint8(begin: i32, end: i32, shift: i32, prefix: u64, x: Ptr<u8>, counts: Acc<u32>): void {
  digits<u8, u32>(begin, end, shift, prefix, x, counts);
}
