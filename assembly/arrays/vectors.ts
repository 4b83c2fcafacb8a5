/** Rows that stay: what they are called, which of them are there, and moves. */
import { Blocks, Ptr, Whole } from "allcores/assembly";

/** Copies blocks of bytes. */
export function copy(begin: i32, end: i32, size: i32, from: Blocks<u8>, to: Blocks<u8>): void {
  for (let i = begin; i < end; i++) {
    const block = from.block(i);
    memory.copy(to.block(i).at(0), block.at(0), block.length);
  }
}

/** Gives new rows their ids. */
export function name(begin: i32, end: i32, first: u32, ids: Ptr<u32>, present: Ptr<u8>): void {
  for (let i = begin; i < end; i++) {
    ids[i] = first + <u32>i;
    present[i] = 1;
  }
}

/** Which rows are there, and allowed by their ids: those beyond `where` are not. */
export function sieve(begin: i32, end: i32, ids: Ptr<u32>, present: Ptr<u8>, where: Whole<u8>, out: Ptr<u8>): void {
  for (let i = begin; i < end; i++)
    out[i] = ids[i] < <u32>where.length && where[ids[i]] != 0 ? present[i] : 0;
}

/** Moves the rows that are there together, in their order. @param width bytes of a row */
export function compact(
  width: i32,
  present: Ptr<u8>,
  ids: Ptr<u32>,
  scales: Ptr<f32>,
  squares: Ptr<f64>,
  data: Ptr<u8>,
): void {
  let to = 0;
  for (let i = 0; i < present.length; i++) {
    if (present[i] == 0) continue;
    if (to < i) {
      ids[to] = ids[i];
      present[to] = 1;
      if (scales.length > 0) scales[to] = scales[i];
      if (squares.length > 0) squares[to] = squares[i];
      memory.copy(data.at(0) + <usize>to * <usize>width, data.at(0) + <usize>i * <usize>width, width);
    }
    to++;
  }
}

/** Takes rows of a file for present. @param valid 1 if their ids ascend, and are below `limit` */
export function restore(limit: f64, ids: Ptr<u32>, present: Ptr<u8>, valid: Ptr<u32>): void {
  valid[0] = ids.length == 0 || <f64>ids[ids.length - 1] < limit ? 1 : 0;
  for (let i = 0; i < ids.length; i++) {
    present[i] = 1;
    if (i > 0 && ids[i] <= ids[i - 1]) valid[0] = 0;
  }
}
