/**
 * Transposes matrices. An item is a block of rows of the result; tiles of 16 by 16 elements keep the lines of both matrices
 * in the cache until all of each is used.
 */
import { Blocks, Whole } from "allcores/assembly";
import { transposeTiles } from "./lib/tiles";

/** `size`, the elements of a block, is a multiple of `rows`: those of x, the columns of the result. */
// @ts-ignore: decorator
@inline
function transpose<T>(begin: i32, end: i32, rows: i32, columns: i32, x: Whole<T>, out: Blocks<T>): void {
  const height = out.size / rows;
  for (let i = begin; i < end; i++) {
    const block = out.block(i);
    transposeTiles<T>(x.at(i * height), columns, block.at(0), rows, rows, block.length / rows);
  }
}

export function transpose_float64(begin: i32, end: i32, size: i32, rows: i32, columns: i32, x: Whole<f64>, out: Blocks<f64>): void {
  transpose<f64>(begin, end, rows, columns, x, out);
}
export function transpose_float32(begin: i32, end: i32, size: i32, rows: i32, columns: i32, x: Whole<f32>, out: Blocks<f32>): void {
  transpose<f32>(begin, end, rows, columns, x, out);
}
