/** Sums of blocks, in four lanes that are added up in one order; and of the sums, in pairs. */
import { Blocks, Ptr, Whole } from "allcores/assembly";
import { pair } from "./lib/pairs";

/** What is added up of an element. */
const VALUE = 0;
const PRODUCT = 1;

// @ts-ignore: decorator
@inline
function term<T>(what: i32, x: usize, y: usize, k: i32, scale: f64): v128 {
  const a = pair<T>(x, k);
  if (what == VALUE) return a;
  const s = f64x2.splat(scale);
  return f64x2.mul(f64x2.mul(a, s), f64x2.mul(pair<T>(y, k), s));
}

// @ts-ignore: decorator
@inline
function add<T>(what: i32, x: usize, y: usize, length: i32, scale: f64): f64 {
  let a = f64x2.splat(0),
    b = a,
    c = a,
    d = a;
  let k = 0;
  for (; k + 8 <= length; k += 8) {
    a = f64x2.add(a, term<T>(what, x, y, k, scale));
    b = f64x2.add(b, term<T>(what, x, y, k + 2, scale));
    c = f64x2.add(c, term<T>(what, x, y, k + 4, scale));
    d = f64x2.add(d, term<T>(what, x, y, k + 6, scale));
  }
  a = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (; k < length; k++) {
    const at = (<usize>k) << alignof<T>();
    const value = <f64>load<T>(x + at);
    sum += what == VALUE ? value : value * scale * (<f64>load<T>(y + at) * scale);
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function sum<T>(begin: i32, end: i32, x: Blocks<T>, sums: Ptr<f64>): void {
  for (let i = begin; i < end; i++) {
    const block = x.block(i);
    sums[i] = add<T>(VALUE, block.at(0), 0, block.length, 1);
  }
}

export function sum_float64(begin: i32, end: i32, size: i32, x: Blocks<f64>, sums: Ptr<f64>): void {
  sum<f64>(begin, end, x, sums);
}
export function sum_float32(begin: i32, end: i32, size: i32, x: Blocks<f32>, sums: Ptr<f64>): void {
  sum<f32>(begin, end, x, sums);
}
export function sum_int32(begin: i32, end: i32, size: i32, x: Blocks<i32>, sums: Ptr<f64>): void {
  sum<i32>(begin, end, x, sums);
}
export function sum_uint32(begin: i32, end: i32, size: i32, x: Blocks<u32>, sums: Ptr<f64>): void {
  sum<u32>(begin, end, x, sums);
}
export function sum_int16(begin: i32, end: i32, size: i32, x: Blocks<i16>, sums: Ptr<f64>): void {
  sum<i16>(begin, end, x, sums);
}
export function sum_uint16(begin: i32, end: i32, size: i32, x: Blocks<u16>, sums: Ptr<f64>): void {
  sum<u16>(begin, end, x, sums);
}
export function sum_int8(begin: i32, end: i32, size: i32, x: Blocks<i8>, sums: Ptr<f64>): void {
  sum<i8>(begin, end, x, sums);
}
export function sum_uint8(begin: i32, end: i32, size: i32, x: Blocks<u8>, sums: Ptr<f64>): void {
  sum<u8>(begin, end, x, sums);
}

// @ts-ignore: decorator
@inline
function dot<T>(begin: i32, end: i32, scale: f64, x: Blocks<T>, y: Blocks<T>, sums: Ptr<f64>): void {
  for (let i = begin; i < end; i++) {
    const a = x.block(i);
    sums[i] = add<T>(PRODUCT, a.at(0), y.block(i).at(0), a.length, scale);
  }
}

/** Of products of elements, each of which is multiplied by `scale` first. */
export function dot_float64(b: i32, e: i32, size: i32, scale: f64, x: Blocks<f64>, y: Blocks<f64>, sums: Ptr<f64>): void {
  dot<f64>(b, e, scale, x, y, sums);
}
export function dot_float32(b: i32, e: i32, size: i32, scale: f64, x: Blocks<f32>, y: Blocks<f32>, sums: Ptr<f64>): void {
  dot<f32>(b, e, scale, x, y, sums);
}

// @ts-ignore: decorator
@inline
function greatest<T>(begin: i32, end: i32, x: Blocks<T>, most: Ptr<f64>): void {
  for (let i = begin; i < end; i++) {
    const block = x.block(i);
    let value: f64 = 0;
    for (let k = 0; k < block.length; k++) value = max(value, abs(<f64>block[k]));
    most[i] = value;
  }
}

/** The greatest magnitude of each block; NaN where there is one. */
export function greatest_float64(begin: i32, end: i32, size: i32, x: Blocks<f64>, most: Ptr<f64>): void {
  greatest<f64>(begin, end, x, most);
}
export function greatest_float32(begin: i32, end: i32, size: i32, x: Blocks<f32>, most: Ptr<f64>): void {
  greatest<f32>(begin, end, x, most);
}

/** The greatest of all blocks. */
export function greatestOfAll(most: Whole<f64>, out: Ptr<f64>): void {
  let value: f64 = 0;
  for (let i = 0; i < most.length; i++) value = max(value, most[i]);
  out[0] = value;
}

/** Adds neighbours up in pairs, and their sums again, until one is left. */
export function total(sums: Ptr<f64>, out: Ptr<f64>): void {
  let count = sums.length;
  for (; count > 1; count = (count + 1) >> 1)
    for (let i = 0; i < count; i += 2) sums[i >> 1] = i + 1 < count ? sums[i] + sums[i + 1] : sums[i];
  out[0] = count == 1 ? sums[0] : 0;
}
