/**
 * Random numbers: element i depends on the seed and i alone. Sixteen neighbours share a stream, since to begin one takes ten
 * multiplications; a part that begins within them draws those before it, too.
 */
import { Blocks, Random } from "allcores/assembly";

const GROUP: u64 = 16;

const UNIFORM = 0;
const NORMAL = 1;
const INTEGER = 2;

/** Uniform in [low, high), and normal numbers. Rounding may reach `high`: then the next number of the stream counts. */
// @ts-ignore: decorator
@inline
function draw<T>(what: i32, random: Random, a: f64, b: f64): T {
  if (what == NORMAL) return <T>(a + b * random.normal());
  let value: T;
  do value = <T>(a + (b - a) * random.uniform());
  while (<f64>value >= b);
  return value;
}

/** Of [0, n): the high half of a product of 64 random bits and n, so that each is as likely to within 2^-32 of its share. */
// @ts-ignore: decorator
@inline
function below(random: Random, n: u64): u64 {
  const bits = random.bits();
  return ((bits >> 32) * n + (((bits & 0xffffffff) * n) >> 32)) >> 32;
}

// @ts-ignore: decorator
@inline
function fill<T>(what: i32, begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<T>): void {
  const random = new Random(seed);
  const low = <i64>a,
    n = <u64>(<i64>b - low);
  for (let i = begin; i < end; i++) {
    const block = out.block(i);
    let at = offset + <u64>i * <u64>size;
    random.at(at / GROUP);
    for (let k: u64 = 0; k < at % GROUP; k++) {
      if (what == INTEGER) random.bits();
      else draw<T>(what, random, a, b);
    }
    for (let k = 0; k < block.length; k++, at++) {
      if (k > 0 && at % GROUP == 0) random.at(at / GROUP);
      if (what == INTEGER) block[k] = <T>(low + <i64>below(random, n));
      else block[k] = draw<T>(what, random, a, b);
    }
  }
}

export function uniform_float64(begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<f64>): void {
  fill<f64>(UNIFORM, begin, end, size, seed, offset, a, b, out);
}
export function uniform_float32(begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<f32>): void {
  fill<f32>(UNIFORM, begin, end, size, seed, offset, a, b, out);
}
export function normal_float64(begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<f64>): void {
  fill<f64>(NORMAL, begin, end, size, seed, offset, a, b, out);
}
export function normal_float32(begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<f32>): void {
  fill<f32>(NORMAL, begin, end, size, seed, offset, a, b, out);
}
export function integers_int32(begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<i32>): void {
  fill<i32>(INTEGER, begin, end, size, seed, offset, a, b, out);
}
export function integers_uint32(begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<u32>): void {
  fill<u32>(INTEGER, begin, end, size, seed, offset, a, b, out);
}
export function integers_int16(begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<i16>): void {
  fill<i16>(INTEGER, begin, end, size, seed, offset, a, b, out);
}
export function integers_uint16(begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<u16>): void {
  fill<u16>(INTEGER, begin, end, size, seed, offset, a, b, out);
}
export function integers_int8(begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<i8>): void {
  fill<i8>(INTEGER, begin, end, size, seed, offset, a, b, out);
}
export function integers_uint8(begin: i32, end: i32, size: i32, seed: u64, offset: u64, a: f64, b: f64, out: Blocks<u8>): void {
  fill<u8>(INTEGER, begin, end, size, seed, offset, a, b, out);
}
