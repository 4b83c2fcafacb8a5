/**
 * Products of rows with queries, in lanes over the row that are added up in one order. One query has sixteen of them, and one
 * row after the other, which is what the processor fetches ahead of: four rows at once took twice as long. Of four queries at
 * once each pair has four lanes, since all of them are to stay in registers: with sixteen it took 1.6 times as long.
 * `apart`: squares of differences in place of products.
 */

// @ts-ignore: decorator
@inline
function lanes(v: v128): f64 {
  return (
    <f64>f32x4.extract_lane(v, 0) +
    <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  );
}

// @ts-ignore: decorator
@inline
function add(apart: bool, sum: v128, x: v128, y: v128): v128 {
  if (apart) {
    const d = f32x4.sub(x, y);
    return f32x4.add(sum, f32x4.mul(d, d));
  }
  return f32x4.add(sum, f32x4.mul(x, y));
}

/** Of the elements behind the last four. */
// @ts-ignore: decorator
@inline
function rest(apart: bool, x: usize, y: usize, from: i32, dim: i32): f64 {
  let sum: f64 = 0;
  for (let k = from; k < dim; k++) {
    const a = <f64>load<f32>(x + ((<usize>k) << 2)),
      b = <f64>load<f32>(y + ((<usize>k) << 2));
    sum += apart ? (a - b) * (a - b) : a * b;
  }
  return sum;
}

/** The first whole lines of 64 bytes, and the first whole vectors of 16, of a row. */
// @ts-ignore: decorator
@inline
function lines(dim: i32): usize {
  return (<usize>(dim & ~15)) << 2;
}

// @ts-ignore: decorator
@inline
function vectors(dim: i32): usize {
  return (<usize>(dim & ~3)) << 2;
}

/** Of one row and one query. */
// @ts-ignore: decorator
@inline
export function product(apart: bool, x: usize, q: usize, dim: i32): f64 {
  let a = f32x4.splat(0),
    b = a,
    c = a,
    d = a;
  let k: usize = 0;
  for (; k < lines(dim); k += 64) {
    a = add(apart, a, v128.load(x + k), v128.load(q + k));
    b = add(apart, b, v128.load(x + k, 16), v128.load(q + k, 16));
    c = add(apart, c, v128.load(x + k, 32), v128.load(q + k, 32));
    d = add(apart, d, v128.load(x + k, 48), v128.load(q + k, 48));
  }
  for (; k < vectors(dim); k += 16) a = add(apart, a, v128.load(x + k), v128.load(q + k));
  return lanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d))) + rest(apart, x, q, dim & ~3, dim);
}

/** The same of a product, and of the row with itself, which goes to `square`. */
// @ts-ignore: decorator
@inline
export function productAndSquare(x: usize, q: usize, dim: i32, square: usize): f64 {
  let a = f32x4.splat(0),
    b = a,
    c = a,
    d = a,
    e = a,
    f = a,
    g = a,
    h = a;
  let k: usize = 0;
  for (; k < lines(dim); k += 64) {
    let r = v128.load(x + k);
    a = add(false, a, r, v128.load(q + k));
    e = add(false, e, r, r);
    r = v128.load(x + k, 16);
    b = add(false, b, r, v128.load(q + k, 16));
    f = add(false, f, r, r);
    r = v128.load(x + k, 32);
    c = add(false, c, r, v128.load(q + k, 32));
    g = add(false, g, r, r);
    r = v128.load(x + k, 48);
    d = add(false, d, r, v128.load(q + k, 48));
    h = add(false, h, r, r);
  }
  for (; k < vectors(dim); k += 16) {
    const r = v128.load(x + k);
    a = add(false, a, r, v128.load(q + k));
    e = add(false, e, r, r);
  }
  store<f64>(square, lanes(f32x4.add(f32x4.add(e, f), f32x4.add(g, h))) + rest(false, x, x, dim & ~3, dim));
  return lanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d))) + rest(false, x, q, dim & ~3, dim);
}

/** Of one row and one of four queries. */
// @ts-ignore: decorator
@inline
export function narrowProduct(apart: bool, x: usize, q: usize, dim: i32): f64 {
  let sum = f32x4.splat(0);
  for (let k: usize = 0; k < vectors(dim); k += 16) sum = add(apart, sum, v128.load(x + k), v128.load(q + k));
  return lanes(sum) + rest(apart, x, q, dim & ~3, dim);
}

/**
 * Of two rows and four queries, both `bytes` apart: the second row's product is the next double, the next query's lies `next`
 * bytes on.
 */
// @ts-ignore: decorator
@inline
export function twoByFour(apart: bool, x: usize, bytes: usize, q: usize, dim: i32, out: usize, next: usize): void {
  const z = x + bytes,
    q1 = q + bytes,
    q2 = q1 + bytes,
    q3 = q2 + bytes,
    whole = dim & ~3;
  let a = f32x4.splat(0),
    b = a,
    c = a,
    d = a,
    e = a,
    f = a,
    g = a,
    h = a;
  for (let k: usize = 0; k < vectors(dim); k += 16) {
    const r = v128.load(x + k),
      s = v128.load(z + k);
    let y = v128.load(q + k);
    a = add(apart, a, r, y);
    e = add(apart, e, s, y);
    y = v128.load(q1 + k);
    b = add(apart, b, r, y);
    f = add(apart, f, s, y);
    y = v128.load(q2 + k);
    c = add(apart, c, r, y);
    g = add(apart, g, s, y);
    y = v128.load(q3 + k);
    d = add(apart, d, r, y);
    h = add(apart, h, s, y);
  }
  store<f64>(out, lanes(a) + rest(apart, x, q, whole, dim));
  store<f64>(out, lanes(e) + rest(apart, z, q, whole, dim), 8);
  store<f64>(out + next, lanes(b) + rest(apart, x, q1, whole, dim));
  store<f64>(out + next, lanes(f) + rest(apart, z, q1, whole, dim), 8);
  store<f64>(out + 2 * next, lanes(c) + rest(apart, x, q2, whole, dim));
  store<f64>(out + 2 * next, lanes(g) + rest(apart, z, q2, whole, dim), 8);
  store<f64>(out + 3 * next, lanes(d) + rest(apart, x, q3, whole, dim));
  store<f64>(out + 3 * next, lanes(h) + rest(apart, z, q3, whole, dim), 8);
}

/** Of a row of bytes and one query of 16-bit numbers: exact; with `squared`, of the row with itself, too, into `square`. */
// @ts-ignore: decorator
@inline
export function productOfBytes(squared: bool, x: usize, q: usize, dim: i32, square: usize): f64 {
  const end = <usize>(dim & ~31);
  let a = i32x4.splat(0),
    b = a,
    c = a,
    d = a,
    e = a,
    f = a;
  for (let k: usize = 0; k < end; k += 32) {
    const r = v128.load_ext<i8>(x + k),
      s = v128.load_ext<i8>(x + k, 8),
      t = v128.load_ext<i8>(x + k, 16),
      u = v128.load_ext<i8>(x + k, 24);
    a = i32x4.add(a, i32x4.dot_i16x8_s(r, v128.load(q + 2 * k)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(s, v128.load(q + 2 * k, 16)));
    c = i32x4.add(c, i32x4.dot_i16x8_s(t, v128.load(q + 2 * k, 32)));
    d = i32x4.add(d, i32x4.dot_i16x8_s(u, v128.load(q + 2 * k, 48)));
    if (!squared) continue;
    e = i32x4.add(e, i32x4.add(i32x4.dot_i16x8_s(r, r), i32x4.dot_i16x8_s(s, s)));
    f = i32x4.add(f, i32x4.add(i32x4.dot_i16x8_s(t, t), i32x4.dot_i16x8_s(u, u)));
  }
  let sum = ints(i32x4.add(i32x4.add(a, b), i32x4.add(c, d))),
    squares = ints(i32x4.add(e, f));
  for (let k = end; k < <usize>dim; k++) {
    const value = <i32>load<i8>(x + k);
    sum += value * <i32>load<i16>(q + 2 * k);
    squares += value * value;
  }
  if (squared) store<f64>(square, <f64>squares);
  return <f64>sum;
}

// @ts-ignore: decorator
@inline
function ints(v: v128): i32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}
