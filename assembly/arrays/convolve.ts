/** Convolutions: sums of products in order, and what lies around those by Fourier transforms. */
import { Blocks, Whole } from "allcores/assembly";
import { splat } from "./lib/panels";

/** Elements `start` and on of the convolution of x and a shorter y. Where y lies within x as a whole, lanes are elements. */
// @ts-ignore: decorator
@inline
function direct<T>(begin: i32, end: i32, start: i32, x: Whole<T>, y: Whole<T>, out: Blocks<T>): void {
  const lanes = 16 >> alignof<T>();
  for (let i = begin; i < end; i++) {
    const block = out.block(i),
      first = start + i * out.size;
    for (let k = 0; k < block.length; ) {
      const at = first + k;
      if (at >= y.length - 1 && at + 4 * lanes <= x.length && k + 4 * lanes <= block.length) {
        let a = i64x2.splat(0),
          b = a,
          c = a,
          d = a,
          from = x.at(at);
        for (let j = 0; j < y.length; j++, from -= sizeof<T>()) {
          const factor = splat<T>(y.at(j));
          a = v128.add<T>(a, v128.mul<T>(factor, v128.load(from)));
          b = v128.add<T>(b, v128.mul<T>(factor, v128.load(from, 16)));
          c = v128.add<T>(c, v128.mul<T>(factor, v128.load(from, 32)));
          d = v128.add<T>(d, v128.mul<T>(factor, v128.load(from, 48)));
        }
        const to = block.at(k);
        v128.store(to, a);
        v128.store(to, b, 16);
        v128.store(to, c, 32);
        v128.store(to, d, 48);
        k += 4 * lanes;
        continue;
      }
      let sum: f64 = 0;
      const last = min(at, y.length - 1);
      for (let j = max(0, at - x.length + 1); j <= last; j++)
        sum = <f64>(<T>(sum + <f64>(<T>(<f64>y[j] * <f64>x[at - j]))));
      block[k++] = <T>sum;
    }
  }
}

export function direct_float64(begin: i32, end: i32, size: i32, start: i32, x: Whole<f64>, y: Whole<f64>, out: Blocks<f64>): void {
  direct<f64>(begin, end, start, x, y, out);
}
export function direct_float32(begin: i32, end: i32, size: i32, start: i32, x: Whole<f32>, y: Whole<f32>, out: Blocks<f32>): void {
  direct<f32>(begin, end, start, x, y, out);
}

/** Elements `start` and on, and zeros where there are none. */
// @ts-ignore: decorator
@inline
function part<T>(begin: i32, end: i32, start: i32, x: Whole<T>, out: Blocks<T>): void {
  for (let i = begin; i < end; i++) {
    const block = out.block(i),
      first = start + i * out.size,
      count = max(0, min(block.length, x.length - first));
    memory.copy(block.at(0), x.at(min(first, x.length)), (<usize>count) << alignof<T>());
    memory.fill(block.at(count), 0, (<usize>(block.length - count)) << alignof<T>());
  }
}

export function part_float64(begin: i32, end: i32, size: i32, start: i32, x: Whole<f64>, out: Blocks<f64>): void {
  part<f64>(begin, end, start, x, out);
}
export function part_float32(begin: i32, end: i32, size: i32, start: i32, x: Whole<f32>, out: Blocks<f32>): void {
  part<f32>(begin, end, start, x, out);
}

/** Complex products, in place. */
// @ts-ignore: decorator
@inline
function multiply<T>(begin: i32, end: i32, x: Whole<T>, out: Blocks<T>): void {
  for (let i = begin; i < end; i++) {
    const block = out.block(i),
      first = i * out.size;
    for (let k = 0; k < block.length; k += 2) {
      const a = <f64>block[k],
        b = <f64>block[k + 1],
        c = <f64>x[first + k],
        d = <f64>x[first + k + 1];
      block[k] = <T>(a * c - b * d);
      block[k + 1] = <T>(a * d + b * c);
    }
  }
}

export function multiply_float64(begin: i32, end: i32, size: i32, x: Whole<f64>, out: Blocks<f64>): void {
  multiply<f64>(begin, end, x, out);
}
export function multiply_float32(begin: i32, end: i32, size: i32, x: Whole<f32>, out: Blocks<f32>): void {
  multiply<f32>(begin, end, x, out);
}
