/** Arrays on the shared heap, as a kernel gets them: pointers that can be indexed, without length or bounds. */

/**
 * An array that belongs to the items of a range: it has at least n elements, and element i belongs to item i (in an array
 * k times as long as n, the k elements from k*i on do). `x[i]` costs what a raw load costs: bounds are not checked.
 */
@unmanaged @final
export class Ptr<T> {
  [key: number]: T;

  // @ts-ignore: decorator
  @inline @operator("[]")
  private __get(i: i32): T {
    return load<T>(changetype<usize>(this) + ((<usize>i) << alignof<T>()));
  }

  // @ts-ignore: decorator
  @inline @operator("[]=")
  private __set(i: i32, value: T): void {
    store<T>(changetype<usize>(this) + ((<usize>i) << alignof<T>()), value);
  }

  /** The address of element i: for `v128.load` and `v128.store`, and for `atomic.*`. */
  // @ts-ignore: decorator
  @inline
  at(i: i32): usize {
    return changetype<usize>(this) + ((<usize>i) << alignof<T>());
  }

  /** The same elements from element i on. */
  // @ts-ignore: decorator
  @inline
  from(i: i32): Ptr<T> {
    return changetype<Ptr<T>>(this.at(i));
  }
}

/** An array of any length that the kernel only reads, such as a table of weights. Bounds are not checked. */
@unmanaged @final
export class Whole<T> {
  readonly [key: number]: T;

  // @ts-ignore: decorator
  @inline @operator("[]")
  private __get(i: i32): T {
    return load<T>(changetype<usize>(this) + ((<usize>i) << alignof<T>()));
  }

  /** The address of element i. */
  // @ts-ignore: decorator
  @inline
  at(i: i32): usize {
    return changetype<usize>(this) + ((<usize>i) << alignof<T>());
  }

  /** The same elements from element i on. */
  // @ts-ignore: decorator
  @inline
  from(i: i32): Whole<T> {
    return changetype<Whole<T>>(this.at(i));
  }
}
