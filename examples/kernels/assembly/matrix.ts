import { Ptr, Whole } from "allcores/assembly";

/**
 * One row of c = a * b an item: a has `inner` columns, b has `inner` rows of `columns`. Two rows by four lines of b at a
 * time, so that what is loaded serves several products, and all memory is gone through line by line. Each sum goes from
 * the first product to the last, whatever rows come together.
 */
export function multiply(begin: i32, end: i32, inner: i32, columns: i32, a: Ptr<f64>, b: Whole<f64>, c: Ptr<f64>): void {
  memory.fill(c.at(begin * columns), 0, ((end - begin) * columns) << 3);
  let row = begin;
  for (; row + 2 <= end; row += 2) {
    let k = 0;
    for (; k + 4 <= inner; k += 4)
      addToTwo(columns, inner << 3, a.at(row * inner + k), b.at(k * columns), c.at(row * columns));
    for (; k < inner; k++) {
      addToOne(columns, a[row * inner + k], b.from(k * columns), c.from(row * columns));
      addToOne(columns, a[(row + 1) * inner + k], b.from(k * columns), c.from((row + 1) * columns));
    }
  }
  if (row < end)
    for (let k = 0; k < inner; k++) addToOne(columns, a[row * inner + k], b.from(k * columns), c.from(row * columns));
}

/** Adds four products to each element of two rows of c. */
function addToTwo(columns: i32, nextA: i32, a: usize, b: usize, c: usize): void {
  const line = <usize>columns << 3;
  const b1 = b + line;
  const b2 = b1 + line;
  const b3 = b2 + line;
  const d = c + line;
  const a0 = v128.load64_splat(a);
  const a1 = v128.load64_splat(a, 8);
  const a2 = v128.load64_splat(a, 16);
  const a3 = v128.load64_splat(a, 24);
  const e0 = v128.load64_splat(a + nextA);
  const e1 = v128.load64_splat(a + nextA, 8);
  const e2 = v128.load64_splat(a + nextA, 16);
  const e3 = v128.load64_splat(a + nextA, 24);
  const vectors = line & ~15;
  for (let at: usize = 0; at < vectors; at += 16) {
    let left = v128.load(b + at);
    let sum = f64x2.add(v128.load(c + at), f64x2.mul(a0, left));
    let next = f64x2.add(v128.load(d + at), f64x2.mul(e0, left));
    left = v128.load(b1 + at);
    sum = f64x2.add(sum, f64x2.mul(a1, left));
    next = f64x2.add(next, f64x2.mul(e1, left));
    left = v128.load(b2 + at);
    sum = f64x2.add(sum, f64x2.mul(a2, left));
    next = f64x2.add(next, f64x2.mul(e2, left));
    left = v128.load(b3 + at);
    v128.store(c + at, f64x2.add(sum, f64x2.mul(a3, left)));
    v128.store(d + at, f64x2.add(next, f64x2.mul(e3, left)));
  }
  if (vectors < line)
    for (let k: usize = 0; k < 32; k += 8) {
      const right = load<f64>(b + (k >> 3) * line + vectors);
      store<f64>(c + vectors, load<f64>(c + vectors) + load<f64>(a + k) * right);
      store<f64>(d + vectors, load<f64>(d + vectors) + load<f64>(a + nextA + k) * right);
    }
}

function addToOne(columns: i32, factor: f64, b: Whole<f64>, c: Ptr<f64>): void {
  for (let i = 0; i < columns; i++) c[i] += factor * b[i];
}
