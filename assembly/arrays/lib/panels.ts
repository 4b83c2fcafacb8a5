/** Panels: 32 bytes a row, so that lanes are columns, and two vectors are a row. */

/** Columns of a panel. */
// @ts-ignore: decorator
@inline
export function wide<T>(): i32 {
  return 32 >> alignof<T>();
}

// @ts-ignore: decorator
@inline
export function splat<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(at) : v128.load64_splat(at);
}

/** Adds (x - y) * (x - y). */
// @ts-ignore: decorator
@inline
export function addSquare<T>(sum: v128, x: v128, y: v128): v128 {
  const apart = v128.sub<T>(x, y);
  return v128.add<T>(sum, v128.mul<T>(apart, apart));
}

