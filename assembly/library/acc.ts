/** Arrays that a kernel adds up in, one a chunk. */
import { CHECKED, checkedAt, checkedElement, endOf } from "./bounds";

/**
 * The accumulator of the kernel's chunk, its last parameter: an array of the length of `out` that parallelReduce makes and
 * fills with `identity`. The kernel adds to it, in one call or several, and never sets it back; no other call has it
 * meanwhile. A kernel that joins takes two: `merge(into: Acc<f64>, from: Acc<f64>)`.
 */
@unmanaged @final
export class Acc<T> {
  [key: number]: T;

  // @ts-ignore: decorator
  @inline @operator("[]")
  private __get(i: i32): T {
    return load<T>(CHECKED ? checkedElement(changetype<usize>(this), i, <i32>alignof<T>(), false) : changetype<usize>(this) + ((<usize>i) << alignof<T>()));
  }

  // @ts-ignore: decorator
  @inline @operator("[]=")
  private __set(i: i32, value: T): void {
    store<T>(CHECKED ? checkedElement(changetype<usize>(this), i, <i32>alignof<T>(), true) : changetype<usize>(this) + ((<usize>i) << alignof<T>()), value);
  }

  /** How many elements it has: as many as `out`. */
  // @ts-ignore: decorator
  @inline
  get length(): i32 {
    return <i32>((<i64>endOf(changetype<usize>(this)) - <i64>changetype<usize>(this)) >> <i64>alignof<T>());
  }

  /** The address of element i: for `v128.load` and `v128.store`. */
  // @ts-ignore: decorator
  @inline
  at(i: i32): usize {
    return CHECKED ? checkedAt(changetype<usize>(this), i, <i32>alignof<T>()) : changetype<usize>(this) + ((<usize>i) << alignof<T>());
  }
}
