/** Matrices transposed tile by tile. */

const TILE: i32 = 16;

/**
 * Writes `high` rows by `across` columns as their transpose: from rows of `stride` elements to rows of `toStride`.
 */
// @ts-ignore: decorator
@inline
export function transposeTiles<T>(from: usize, stride: i32, to: usize, toStride: i32, high: i32, across: i32): void {
  const bytes = (<usize>stride) << alignof<T>(),
    toBytes = (<usize>toStride) << alignof<T>();
  for (let column = 0; column < across; column += TILE) {
    const right = min(column + TILE, across);
    for (let row = 0; row < high; row += TILE) {
      const count = min(TILE, high - row);
      for (let c = column; c < right; c++) {
        let source = from + <usize>row * bytes + ((<usize>c) << alignof<T>()),
          target = to + <usize>c * toBytes + ((<usize>row) << alignof<T>());
        for (let r = 0; r < count; r++, source += bytes, target += sizeof<T>()) store<T>(target, load<T>(source));
      }
    }
  }
}
