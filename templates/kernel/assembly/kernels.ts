import { Ptr } from "allcores/assembly";

/** The logistic map, x <- r*x*(1 - x), `steps` times on each element. */
export function iterate(begin: i32, end: i32, r: f64, steps: i32, x: Ptr<f64>): void {
  for (let i = begin; i < end; i++) {
    let value = x[i];
    for (let step = 0; step < steps; step++) value = r * value * (1 - value);
    x[i] = value;
  }
}

/** The sum of the elements. */
export function total(begin: i32, end: i32, x: Ptr<f64>): f64 {
  let sum: f64 = 0;
  for (let i = begin; i < end; i++) sum += x[i];
  return sum;
}
