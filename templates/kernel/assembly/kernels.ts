import { Ptr } from "allcores/assembly";

/**
 * The logistic map, x <- r*x*(1 - x), `steps` times on each element. Each step waits for the one before it, so eight
 * elements are worked on at a time, two in each vector.
 */
export function iterate(begin: i32, end: i32, r: f64, steps: i32, x: Ptr<f64>): void {
  const rate = f64x2.splat(r);
  let i = begin;
  for (; i + 8 <= end; i += 8) {
    let a = v128.load(x.at(i));
    let b = v128.load(x.at(i + 2));
    let c = v128.load(x.at(i + 4));
    let d = v128.load(x.at(i + 6));
    for (let step = 0; step < steps; step++) {
      a = next(rate, a);
      b = next(rate, b);
      c = next(rate, c);
      d = next(rate, d);
    }
    v128.store(x.at(i), a);
    v128.store(x.at(i + 2), b);
    v128.store(x.at(i + 4), c);
    v128.store(x.at(i + 6), d);
  }
  for (; i < end; i++) {
    let value = x[i];
    for (let step = 0; step < steps; step++) value = r * value * (1 - value);
    x[i] = value;
  }
}

/** One step of two elements. */
function next(rate: v128, x: v128): v128 {
  return f64x2.mul(f64x2.mul(rate, x), f64x2.sub(f64x2.splat(1), x));
}

/** The sum of the elements. */
export function total(begin: i32, end: i32, x: Ptr<f64>): f64 {
  let sum: f64 = 0;
  for (let i = begin; i < end; i++) sum += x[i];
  return sum;
}
