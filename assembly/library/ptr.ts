/** Arrays on the shared heap, as a kernel gets them: pointers that can be indexed. Bounds are checked in checked builds only. */
import { CHECKED, checkedAt, checkedElement, endOf } from "./bounds";

/**
 * An array that belongs to the items of a range: it has at least n elements, and element i belongs to item i (in an array
 * k times as long as n, the k elements from k*i on do). `x[i]` costs what a raw load costs.
 */
@unmanaged @final
export class Ptr<T> {
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

  /** How many elements it has; of a part, how many from there on. */
  // @ts-ignore: decorator
  @inline
  get length(): i32 {
    return <i32>((<i64>endOf(changetype<usize>(this)) - <i64>changetype<usize>(this)) >> <i64>alignof<T>());
  }

  /** The address of element i: for `v128.load` and `v128.store`, and for `atomic.*`. */
  // @ts-ignore: decorator
  @inline
  at(i: i32): usize {
    return CHECKED ? checkedAt(changetype<usize>(this), i, <i32>alignof<T>()) : changetype<usize>(this) + ((<usize>i) << alignof<T>());
  }

  /** The same elements from element i on. */
  // @ts-ignore: decorator
  @inline
  from(i: i32): Ptr<T> {
    return changetype<Ptr<T>>(this.at(i));
  }
}

/** An array of any length that the kernel only reads, such as a table of weights. */
@unmanaged @final
export class Whole<T> {
  readonly [key: number]: T;

  // @ts-ignore: decorator
  @inline @operator("[]")
  private __get(i: i32): T {
    return load<T>(CHECKED ? checkedElement(changetype<usize>(this), i, <i32>alignof<T>(), false) : changetype<usize>(this) + ((<usize>i) << alignof<T>()));
  }

  /** How many elements it has; of a part, how many from there on. */
  // @ts-ignore: decorator
  @inline
  get length(): i32 {
    return <i32>((<i64>endOf(changetype<usize>(this)) - <i64>changetype<usize>(this)) >> <i64>alignof<T>());
  }

  /** The address of element i. */
  // @ts-ignore: decorator
  @inline
  at(i: i32): usize {
    return CHECKED ? checkedAt(changetype<usize>(this), i, <i32>alignof<T>()) : changetype<usize>(this) + ((<usize>i) << alignof<T>());
  }

  /** The same elements from element i on. */
  // @ts-ignore: decorator
  @inline
  from(i: i32): Whole<T> {
    return changetype<Whole<T>>(this.at(i));
  }
}
