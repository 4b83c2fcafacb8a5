/** Kernels for `measureDispatch`. */

export function doNothing(_begin: number, _end: number): void {}

export function copyItems(begin: number, end: number, from: Float64Array, to: Float64Array): void {
  to.set(from.subarray(begin, end), begin);
}
