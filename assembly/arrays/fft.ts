/**
 * Fourier transforms. One of n1 * n2 is n2 of n1, a turn, n1 of n2, and a transpose (Bailey, "FFTs in external or
 * hierarchical memory", 1990); a short one is one of its length. The inverse swaps real and imaginary parts before and after.
 */
import { Blocks, Ptr, scratch, Whole } from "allcores/assembly";
import { four, odd, two } from "./lib/butterflies";
import { transposeTiles } from "./lib/tiles";

/** Columns of a group, one for each lane. */
// @ts-ignore: decorator
@inline
function wide<T>(): i32 {
  return 16 >> alignof<T>();
}

/** cos and sin of -2 pi k / n, from the first eighth of the circle: k and n are whole numbers, so that no angle is rounded but there. */
// @ts-ignore: decorator
@inline
function root<T>(k: i64, n: i64, to: Ptr<T>, at: i32): void {
  const eighth = (8 * k) / n;
  // Even eighths are counted from their start, odd ones from their end: the rest is at most an eighth.
  const rest = eighth & 1 ? (eighth + 1) * n - 8 * k : 8 * k - eighth * n;
  const angle = (<f64>rest * (Math.PI / 4)) / <f64>n,
    c = Math.cos(angle),
    s = Math.sin(angle),
    quarter = ((eighth + 1) >> 1) & 3,
    sine = eighth & 1 ? -s : s;
  to[at] = <T>(quarter == 0 ? c : quarter == 1 ? -sine : quarter == 2 ? -c : sine);
  to[at + 1] = <T>-(quarter == 0 ? sine : quarter == 1 ? c : quarter == 2 ? -sine : -c);
}

/** Roots of unity, `2 * n` numbers: those of `every * k`, of a circle of `circle`. */
// @ts-ignore: decorator
@inline
function roots<T>(begin: i32, end: i32, size: i32, every: i32, circle: i32, out: Blocks<T>): void {
  for (let i = begin; i < end; i++) {
    const block = out.block(i);
    for (let k = 0; k < block.length; k += 2) root<T>((<i64>i * (size >> 1) + (k >> 1)) * every, circle, block, k);
  }
}

export function roots_float64(begin: i32, end: i32, size: i32, every: i32, circle: i32, out: Blocks<f64>): void {
  roots<f64>(begin, end, size, every, circle, out);
}
export function roots_float32(begin: i32, end: i32, size: i32, every: i32, circle: i32, out: Blocks<f32>): void {
  roots<f32>(begin, end, size, every, circle, out);
}

/** The root of unity of m, by a coarse one and a fine one. */
// @ts-ignore: decorator
@inline
function re(m: i32, shift: i32, coarse: usize, fine: usize): f64 {
  const a = coarse + ((<usize>m >> shift) << 4),
    b = fine + (<usize>(m & ((1 << shift) - 1)) << 4);
  return load<f64>(a) * load<f64>(b) - load<f64>(a, 8) * load<f64>(b, 8);
}
// @ts-ignore: decorator
@inline
function im(m: i32, shift: i32, coarse: usize, fine: usize): f64 {
  const a = coarse + ((<usize>m >> shift) << 4),
    b = fine + (<usize>(m & ((1 << shift) - 1)) << 4);
  return load<f64>(a) * load<f64>(b, 8) + load<f64>(a, 8) * load<f64>(b);
}

/** Transforms a group of columns, and gives where the result lies: at x or at y. */
// @ts-ignore: decorator
@inline
function transform<T>(length: i32, x: usize, y: usize, roots: usize, room: usize): usize {
  let m: usize = length,
    s: usize = 1,
    from = x,
    to = y;
  while (m > 1) {
    let radix: usize = 4;
    if (m % 4 != 0) for (radix = 2; m % radix != 0; radix++);
    m /= radix;
    if (radix == 4) four<T>(from, to, roots, m, s);
    else if (radix == 2) two<T>(from, to, roots, m, s);
    else odd<T>(radix, from, to, roots, m, s, room);
    s *= radix;
    const other = from;
    from = to;
    to = other;
  }
  return from;
}

/**
 * Transforms the columns of a matrix of `length` rows, each to a row of `out`.
 * @param swapped 1: real and imaginary parts change places first, 2: in the end
 * @param shift more than 0: element k of column j is turned by -2 pi j k / (length * across), too
 */
// @ts-ignore: decorator
@inline
function columns<T>(begin: i32, end: i32, length: i32, across: i32, swapped: i32, scale: f64, shift: i32, table: Whole<T>, coarse: Whole<f64>, fine: Whole<f64>, x: Whole<T>, out: Blocks<T>): void {
  const lanes = wide<T>(),
    height = out.size / (2 * length),
    groups = (height + lanes - 1) / lanes,
    bytes = <usize>length * 32,
    part: usize = sizeof<T>(),
    room = scratch<u64>(8 * 8).at(0),
    data = scratch<u64>(length * 4 * (groups + 1)).at(0),
    other = data + <usize>groups * bytes,
    reIn: usize = swapped & 1 ? 16 : 0,
    reOut: usize = swapped & 2 ? 16 : 0;
  for (let i = begin; i < end; i++) {
    const block = out.block(i),
      first = i * height,
      count = block.length / (2 * length);
    for (let k = 0; k < length; k++) {
      let from = x.at(2 * (k * across + first));
      for (let j = 0; j < count; j++, from += 2 * part) {
        const to = data + <usize>(j / lanes) * bytes + <usize>k * 32 + <usize>(j % lanes) * part;
        store<T>(to + reIn, load<T>(from));
        store<T>(to + (16 - reIn), load<T>(from + part));
      }
    }
    for (let group = 0; group * lanes < count; group++) {
      const found = transform<T>(length, data + <usize>group * bytes, other, table.at(0), room);
      for (let j = group * lanes; j < min(count, (group + 1) * lanes); j++) {
        let from = found + <usize>(j % lanes) * part,
          to = block.at(2 * j * length);
        if (shift > 0) {
          for (let k = 0, m = 0; k < length; k++, m += first + j, from += 32, to += 2 * part) {
            const a = <f64>load<T>(from),
              b = <f64>load<T>(from, 16),
              c = re(m, shift, coarse.at(0), fine.at(0)),
              s = im(m, shift, coarse.at(0), fine.at(0));
            store<T>(to, <T>(a * c - b * s));
            store<T>(to + part, <T>(a * s + b * c));
          }
        } else {
          for (let k = 0; k < length; k++, from += 32, to += 2 * part) {
            store<T>(to, <T>(<f64>load<T>(from + reOut) * scale));
            store<T>(to + part, <T>(<f64>load<T>(from + (16 - reOut)) * scale));
          }
        }
      }
    }
  }
}

export function columns_float64(b: i32, e: i32, size: i32, length: i32, across: i32, swapped: i32, scale: f64, shift: i32, table: Whole<f64>, coarse: Whole<f64>, fine: Whole<f64>, x: Whole<f64>, out: Blocks<f64>): void {
  columns<f64>(b, e, length, across, swapped, scale, shift, table, coarse, fine, x, out);
}
export function columns_float32(b: i32, e: i32, size: i32, length: i32, across: i32, swapped: i32, scale: f64, shift: i32, table: Whole<f32>, coarse: Whole<f64>, fine: Whole<f64>, x: Whole<f32>, out: Blocks<f32>): void {
  columns<f32>(b, e, length, across, swapped, scale, shift, table, coarse, fine, x, out);
}

/** Rows and columns of complex numbers change places; `across` of x. */
export function transpose_float64(begin: i32, end: i32, size: i32, rows: i32, across: i32, x: Whole<f64>, out: Blocks<f64>): void {
  const height = size / (2 * rows);
  for (let i = begin; i < end; i++) {
    const block = out.block(i);
    transposeTiles<v128>(x.at(2 * i * height), across, block.at(0), rows, rows, block.length / (2 * rows));
  }
}
export function transpose_float32(begin: i32, end: i32, size: i32, rows: i32, across: i32, x: Whole<f32>, out: Blocks<f32>): void {
  const height = size / (2 * rows);
  for (let i = begin; i < end; i++) {
    const block = out.block(i);
    transposeTiles<u64>(x.at(2 * i * height), across, block.at(0), rows, rows, block.length / (2 * rows));
  }
}

/**
 * Between the transform of n reals, n / 2 + 1 complex numbers, and that of their pairs as n / 2 complex numbers: `back` from
 * the first to the second. Both are even + turn * odd, and the parts are those of an element and its mirror.
 */
// @ts-ignore: decorator
@inline
function real<T>(begin: i32, end: i32, half: i32, back: bool, shift: i32, coarse: Whole<f64>, fine: Whole<f64>, x: Whole<T>, out: Blocks<T>): void {
  for (let i = begin; i < end; i++) {
    const block = out.block(i),
      first = (i * out.size) >> 1;
    for (let j = 0; j < block.length; j += 2) {
      const k = first + (j >> 1),
        a = 2 * (back || k < half ? k : 0),
        b = 2 * (back || k > 0 ? half - k : 0),
        isEdge = back && k == 0,
        aRe = <f64>x[a],
        aIm = isEdge ? 0 : <f64>x[a + 1],
        bRe = <f64>x[b],
        bIm = isEdge ? 0 : -<f64>x[b + 1],
        c = re(k, shift, coarse.at(0), fine.at(0)),
        s = im(k, shift, coarse.at(0), fine.at(0)),
        evenRe = 0.5 * (aRe + bRe),
        evenIm = 0.5 * (aIm + bIm),
        lessRe = 0.5 * (aRe - bRe),
        lessIm = 0.5 * (aIm - bIm);
      if (back) {
        // i * conj(turn) * (less)
        block[j] = <T>(evenRe - (lessIm * c - lessRe * s));
        block[j + 1] = <T>(evenIm + (lessRe * c + lessIm * s));
      } else {
        // -i * turn * (less)
        block[j] = <T>(evenRe + (lessIm * c + lessRe * s));
        block[j + 1] = <T>(evenIm - (lessRe * c - lessIm * s));
      }
    }
  }
}

export function real_float64(begin: i32, end: i32, size: i32, half: i32, back: bool, shift: i32, coarse: Whole<f64>, fine: Whole<f64>, x: Whole<f64>, out: Blocks<f64>): void {
  real<f64>(begin, end, half, back, shift, coarse, fine, x, out);
}
export function real_float32(begin: i32, end: i32, size: i32, half: i32, back: bool, shift: i32, coarse: Whole<f64>, fine: Whole<f64>, x: Whole<f32>, out: Blocks<f32>): void {
  real<f32>(begin, end, half, back, shift, coarse, fine, x, out);
}
