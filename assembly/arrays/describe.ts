/**
 * What a block of numbers is like, and all blocks together.
 *
 * A block is read twice while it lies in the cache: for its sum and extremes, then for what its deviations from the mean add
 * up to, and their squares. What the deviations add up to corrects both (the corrected two-pass algorithm: Chan, Golub and
 * LeVeque, "Algorithms for computing the sample variance", 1983).
 */
import { Blocks, Ptr, Rows, Whole } from "allcores/assembly";
import { pair } from "./lib/pairs";

/** Of each block: how many, the sum and what corrects it, the squares about the mean, least, greatest. */
const WIDTH = 6;
/**
 * How often as large as its block's sum a value may be. Of numbers about 0, one block in 300 has a larger one by chance.
 */
const CANCELLED: f64 = 16;

// @ts-ignore: decorator
@inline
function lanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** sum - count * mean of a block, by two products that are exact: `count` has 13 bits, and the first 40 of the mean are taken first. */
// @ts-ignore: decorator
@inline
function less(sum: f64, count: f64, mean: f64): f64 {
  const high = reinterpret<f64>(reinterpret<u64>(mean) & ~0x1fff);
  return sum - count * high - count * (mean - high);
}

// @ts-ignore: decorator
@inline
function write(to: Ptr<f64>, count: f64, sum: f64, rest: f64, squares: f64, least: f64, greatest: f64): void {
  to[0] = count;
  to[1] = sum;
  to[2] = rest;
  to[3] = squares;
  to[4] = least;
  to[5] = greatest;
}

/** Of a block that has a NaN or an infinity, or whose values cancel out: each sum keeps what it loses (TwoSum). */
// @ts-ignore: decorator
@inline
function careful<T>(x: Ptr<T>, length: i32, to: Ptr<f64>): void {
  let count: f64 = 0,
    sum: f64 = 0,
    lost: f64 = 0,
    least: f64 = Infinity,
    greatest: f64 = -Infinity;
  for (let k = 0; k < length; k++) {
    const value = <f64>x[k];
    if (value != value) continue;
    count++;
    const next = sum + value,
      back = next - sum;
    lost += sum - (next - back) + (value - back);
    sum = next;
    least = min(least, value);
    greatest = max(greatest, value);
  }
  // Of infinities there are no deviations.
  if (!isFinite(lost)) lost = 0;
  const mean = (sum + lost) / count;
  let rest: f64 = 0,
    squares: f64 = 0;
  for (let k = 0; k < length; k++) {
    if (<f64>x[k] != <f64>x[k]) continue;
    const apart = <f64>x[k] - mean;
    rest += apart;
    squares += apart * apart;
  }
  write(to, count, sum, lost, squares - (rest * rest) / count, least, greatest);
}

// @ts-ignore: decorator
@inline
function whole<T>(x: Ptr<T>, length: i32, to: Ptr<f64>): void {
  const at = x.at(0);
  let a = f64x2.splat(0),
    b = a,
    c = a,
    d = a,
    low = f64x2.splat(Infinity),
    high = f64x2.splat(-Infinity);
  let k = 0;
  for (; k + 8 <= length; k += 8) {
    const p = pair<T>(at, k),
      q = pair<T>(at, k + 2),
      r = pair<T>(at, k + 4),
      s = pair<T>(at, k + 6);
    a = f64x2.add(a, p);
    b = f64x2.add(b, q);
    c = f64x2.add(c, r);
    d = f64x2.add(d, s);
    low = f64x2.min(low, f64x2.min(f64x2.min(p, q), f64x2.min(r, s)));
    high = f64x2.max(high, f64x2.max(f64x2.max(p, q), f64x2.max(r, s)));
  }
  let sum = lanes(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
  let least = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1)),
    greatest = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
  const tail = k;
  for (; k < length; k++) {
    const value = <f64>x[k];
    sum += value;
    least = min(least, value);
    greatest = max(greatest, value);
  }
  if (isFloat<T>() && !(max(abs(least), abs(greatest)) <= CANCELLED * abs(sum))) return careful<T>(x, length, to);
  const mean = sum / <f64>length,
    means = f64x2.splat(mean);
  a = f64x2.splat(0);
  b = a;
  c = a;
  d = a;
  for (k = 0; k < tail; k += 4) {
    const p = f64x2.sub(pair<T>(at, k), means),
      q = f64x2.sub(pair<T>(at, k + 2), means);
    a = f64x2.add(a, p);
    b = f64x2.add(b, q);
    c = f64x2.add(c, f64x2.mul(p, p));
    d = f64x2.add(d, f64x2.mul(q, q));
  }
  let rest = lanes(f64x2.add(a, b)),
    squares = lanes(f64x2.add(c, d));
  for (k = tail; k < length; k++) {
    const apart = <f64>x[k] - mean;
    rest += apart;
    squares += apart * apart;
  }
  // The deviations are those from the mean as it was rounded. Sums of integers are exact already.
  const lost = rest - less(sum, <f64>length, mean);
  write(to, <f64>length, sum, isFloat<T>() ? lost : 0, squares - (rest * rest) / <f64>length, least, greatest);
}

// @ts-ignore: decorator
@inline
function describe<T>(begin: i32, end: i32, x: Blocks<T>, parts: Rows<f64>): void {
  for (let i = begin; i < end; i++) {
    const block = x.block(i);
    whole<T>(block, block.length, parts.row(i));
  }
}

export function float64(begin: i32, end: i32, size: i32, x: Blocks<f64>, parts: Rows<f64>): void {
  describe<f64>(begin, end, x, parts);
}
export function float32(begin: i32, end: i32, size: i32, x: Blocks<f32>, parts: Rows<f64>): void {
  describe<f32>(begin, end, x, parts);
}
export function int32(begin: i32, end: i32, size: i32, x: Blocks<i32>, parts: Rows<f64>): void {
  describe<i32>(begin, end, x, parts);
}
export function uint32(begin: i32, end: i32, size: i32, x: Blocks<u32>, parts: Rows<f64>): void {
  describe<u32>(begin, end, x, parts);
}
export function int16(begin: i32, end: i32, size: i32, x: Blocks<i16>, parts: Rows<f64>): void {
  describe<i16>(begin, end, x, parts);
}
export function uint16(begin: i32, end: i32, size: i32, x: Blocks<u16>, parts: Rows<f64>): void {
  describe<u16>(begin, end, x, parts);
}
export function int8(begin: i32, end: i32, size: i32, x: Blocks<i8>, parts: Rows<f64>): void {
  describe<i8>(begin, end, x, parts);
}
export function uint8(begin: i32, end: i32, size: i32, x: Blocks<u8>, parts: Rows<f64>): void {
  describe<u8>(begin, end, x, parts);
}

/** Of all blocks: count, sum, mean, the squares about it, least, greatest. Sums keep what they lose by rounding (TwoSum). */
export function join(parts: Whole<f64>, out: Ptr<f64>): void {
  let count: f64 = 0,
    sum: f64 = 0,
    lost: f64 = 0,
    least: f64 = Infinity,
    greatest: f64 = -Infinity;
  for (let i = 0; i < parts.length; i += WIDTH) {
    count += parts[i];
    if (parts[i] == 0) continue;
    const next = sum + parts[i + 1],
      back = next - sum;
    lost += sum - (next - back) + (parts[i + 1] - back) + parts[i + 2];
    sum = next;
    least = min(least, parts[i + 4]);
    greatest = max(greatest, parts[i + 5]);
  }
  if (isFinite(sum)) sum += lost;
  const mean = sum / count;
  let squares: f64 = 0;
  for (let i = 0; i < parts.length; i += WIDTH) {
    if (parts[i] == 0) continue;
    const apart = (less(parts[i + 1], parts[i], mean) + parts[i + 2]) / parts[i];
    squares += parts[i + 3] + parts[i] * apart * apart;
  }
  out[0] = count;
  out[1] = sum;
  out[2] = mean;
  out[3] = squares;
  out[4] = least;
  out[5] = greatest;
}
