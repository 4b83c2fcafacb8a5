/**
 * Products of matrices. Columns of b are packed into panels of 32 bytes a row; a tile of 4 rows by one panel stays in eight
 * registers while the products are added in the order of `inner`, each rounded by itself: the bits of the plain loop. Tiles
 * take 256 products at once, so that the panel's part lies in the first cache for all rows of a block.
 */
import { Blocks, Rows, scratch, Whole } from "allcores/assembly";
import { splat, wide } from "./lib/panels";

const HEIGHT: i32 = 4;
const DEPTH: i32 = 256;

// @ts-ignore: decorator
@inline
function pack<T>(begin: i32, end: i32, inner: i32, columns: i32, transposed: bool, b: Whole<T>, panels: Rows<T>): void {
  const width = wide<T>();
  for (let i = begin; i < end; i++) {
    const to = panels.row(i),
      first = i * width;
    for (let j = 0; j < width; j++) {
      const column = first + j;
      if (column >= columns) for (let k = 0; k < inner; k++) to[k * width + j] = <T>0;
      else if (transposed) for (let k = 0; k < inner; k++) to[k * width + j] = b[column * inner + k];
    }
    if (transposed) continue;
    const count = min(width, columns - first);
    for (let k = 0; k < inner; k++)
      for (let j = 0; j < count; j++) to[k * width + j] = b[k * columns + first + j];
  }
}

export function pack_float64(b: i32, e: i32, inner: i32, columns: i32, transposed: bool, from: Whole<f64>, panels: Rows<f64>): void {
  pack<f64>(b, e, inner, columns, transposed, from, panels);
}
export function pack_float32(b: i32, e: i32, inner: i32, columns: i32, transposed: bool, from: Whole<f32>, panels: Rows<f32>): void {
  pack<f32>(b, e, inner, columns, transposed, from, panels);
}

/** Adds the products of 4 packed rows and one panel to a tile, whose rows are `stride` bytes apart; or begins with them. */
// @ts-ignore: decorator
@inline
function tile<T>(rows: usize, panel: usize, depth: i32, to: usize, stride: usize, begins: bool): void {
  const to1 = to + stride,
    to2 = to1 + stride,
    to3 = to2 + stride;
  let a0 = i64x2.splat(0),
    a1 = a0,
    b0 = a0,
    b1 = a0,
    c0 = a0,
    c1 = a0,
    d0 = a0,
    d1 = a0;
  if (!begins) {
    a0 = v128.load(to);
    a1 = v128.load(to, 16);
    b0 = v128.load(to1);
    b1 = v128.load(to1, 16);
    c0 = v128.load(to2);
    c1 = v128.load(to2, 16);
    d0 = v128.load(to3);
    d1 = v128.load(to3, 16);
  }
  const end = panel + 32 * depth;
  for (; panel < end; panel += 32, rows += HEIGHT * sizeof<T>()) {
    const x = v128.load(panel),
      y = v128.load(panel, 16);
    let s = splat<T>(rows);
    a0 = v128.add<T>(a0, v128.mul<T>(s, x));
    a1 = v128.add<T>(a1, v128.mul<T>(s, y));
    s = splat<T>(rows + sizeof<T>());
    b0 = v128.add<T>(b0, v128.mul<T>(s, x));
    b1 = v128.add<T>(b1, v128.mul<T>(s, y));
    s = splat<T>(rows + 2 * sizeof<T>());
    c0 = v128.add<T>(c0, v128.mul<T>(s, x));
    c1 = v128.add<T>(c1, v128.mul<T>(s, y));
    s = splat<T>(rows + 3 * sizeof<T>());
    d0 = v128.add<T>(d0, v128.mul<T>(s, x));
    d1 = v128.add<T>(d1, v128.mul<T>(s, y));
  }
  v128.store(to, a0);
  v128.store(to, a1, 16);
  v128.store(to1, b0);
  v128.store(to1, b1, 16);
  v128.store(to2, c0);
  v128.store(to2, c1, 16);
  v128.store(to3, d0);
  v128.store(to3, d1, 16);
}

/** An item is a block of rows; `size`, its elements in `out`, is a multiple of `columns`. */
// @ts-ignore: decorator
@inline
function multiply<T>(begin: i32, end: i32, size: i32, inner: i32, columns: i32, a: Whole<T>, panels: Whole<T>, out: Blocks<T>): void {
  const width = wide<T>(),
    height = size / columns,
    groups = (height + HEIGHT - 1) / HEIGHT;
  const packed = scratch<T>(groups * HEIGHT * DEPTH),
    edge = scratch<T>(HEIGHT * width);
  for (let i = begin; i < end; i++) {
    const block = out.block(i),
      first = i * height,
      count = block.length / columns;
    for (let k = 0; k < inner; k += DEPTH) {
      const depth = min(DEPTH, inner - k);
      for (let r = 0; r < ((count + HEIGHT - 1) & ~(HEIGHT - 1)); r++) {
        const to = (r & ~(HEIGHT - 1)) * depth + (r & (HEIGHT - 1)),
          from = (first + r) * inner + k;
        for (let d = 0; d < depth; d++) packed[to + d * HEIGHT] = r < count ? a[from + d] : <T>0;
      }
      for (let column = 0; column < columns; column += width) {
        const panel = panels.at((column * inner) + k * width),
          isWide = column + width <= columns;
        for (let r = 0; r < count; r += HEIGHT) {
          const rows = packed.at(r * depth);
          if (isWide && r + HEIGHT <= count) {
            tile<T>(rows, panel, depth, block.at(r * columns + column), (<usize>columns) << alignof<T>(), k == 0);
            continue;
          }
          const high = min(HEIGHT, count - r),
            across = min(width, columns - column);
          for (let y = 0; y < high; y++)
            for (let x = 0; x < across; x++) edge[y * width + x] = block[(r + y) * columns + column + x];
          tile<T>(rows, panel, depth, edge.at(0), 32, k == 0);
          for (let y = 0; y < high; y++)
            for (let x = 0; x < across; x++) block[(r + y) * columns + column + x] = edge[y * width + x];
        }
      }
    }
  }
}

export function multiply_float64(b: i32, e: i32, size: i32, inner: i32, columns: i32, a: Whole<f64>, panels: Whole<f64>, out: Blocks<f64>): void {
  multiply<f64>(b, e, size, inner, columns, a, panels, out);
}
export function multiply_float32(b: i32, e: i32, size: i32, inner: i32, columns: i32, a: Whole<f32>, panels: Whole<f32>, out: Blocks<f32>): void {
  multiply<f32>(b, e, size, inner, columns, a, panels, out);
}
