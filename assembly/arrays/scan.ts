/**
 * Running sums, minima and maxima: what each block comes to, what all blocks before one come to, and the elements. Sums are
 * doubles, whatever the elements are.
 */
import { Blocks, Ptr, Whole } from "allcores/assembly";

const SUM = 0;
const MIN = 1;

/** Joins the running value and an element; NaN carries on. */
// @ts-ignore: decorator
@inline
function join(what: i32, a: f64, b: f64): f64 {
  return what == SUM ? a + b : what == MIN ? min(a, b) : max(a, b);
}

// @ts-ignore: decorator
@inline
function start(what: i32): f64 {
  return what == SUM ? 0 : what == MIN ? Infinity : -Infinity;
}

// @ts-ignore: decorator
@inline
function total<T>(what: i32, begin: i32, end: i32, x: Blocks<T>, totals: Ptr<f64>): void {
  for (let i = begin; i < end; i++) {
    const block = x.block(i);
    let a = start(what),
      b = a,
      c = a,
      d = a;
    let k = 0;
    for (; k + 4 <= block.length; k += 4) {
      a = join(what, a, <f64>block[k]);
      b = join(what, b, <f64>block[k + 1]);
      c = join(what, c, <f64>block[k + 2]);
      d = join(what, d, <f64>block[k + 3]);
    }
    for (; k < block.length; k++) a = join(what, a, <f64>block[k]);
    totals[i] = join(what, join(what, a, b), join(what, c, d));
  }
}

/** @param what 0 sums, 1 minima, 2 maxima */
export function totals_float64(begin: i32, end: i32, size: i32, what: i32, x: Blocks<f64>, totals: Ptr<f64>): void {
  if (what == 0) total<f64>(0, begin, end, x, totals);
  else if (what == 1) total<f64>(1, begin, end, x, totals);
  else total<f64>(2, begin, end, x, totals);
}
export function totals_float32(begin: i32, end: i32, size: i32, what: i32, x: Blocks<f32>, totals: Ptr<f64>): void {
  if (what == 0) total<f32>(0, begin, end, x, totals);
  else if (what == 1) total<f32>(1, begin, end, x, totals);
  else total<f32>(2, begin, end, x, totals);
}

/** What the blocks before each one come to. */
export function before(what: i32, totals: Whole<f64>, starts: Ptr<f64>): void {
  let value = start(what);
  for (let i = 0; i < totals.length; i++) {
    starts[i] = value;
    value = join(what, value, totals[i]);
  }
}

// @ts-ignore: decorator
@inline
function run<T>(what: i32, begin: i32, end: i32, x: Blocks<T>, starts: Ptr<f64>, out: Blocks<T>): void {
  for (let i = begin; i < end; i++) {
    const from = x.block(i),
      to = out.block(i);
    let value = starts[i];
    for (let k = 0; k < from.length; k++) {
      value = join(what, value, <f64>from[k]);
      to[k] = <T>value;
    }
  }
}

export function run_float64(begin: i32, end: i32, size: i32, what: i32, x: Blocks<f64>, starts: Ptr<f64>, out: Blocks<f64>): void {
  if (what == 0) run<f64>(0, begin, end, x, starts, out);
  else if (what == 1) run<f64>(1, begin, end, x, starts, out);
  else run<f64>(2, begin, end, x, starts, out);
}
export function run_float32(begin: i32, end: i32, size: i32, what: i32, x: Blocks<f32>, starts: Ptr<f64>, out: Blocks<f32>): void {
  if (what == 0) run<f32>(0, begin, end, x, starts, out);
  else if (what == 1) run<f32>(1, begin, end, x, starts, out);
  else run<f32>(2, begin, end, x, starts, out);
}
