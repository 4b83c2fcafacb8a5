/** Arrays that belong to the items of a range by several elements each. */
import { CHECKED, checkedAt, checkedElement, endOf, part, widthOf } from "./bounds";
import { Ptr } from "./ptr";

/** An array with `width` elements an item, such as the rows of a matrix: item i has those from i * width on. */
@unmanaged @final
export class Rows<T> {
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

  /** How many elements all items have together. */
  // @ts-ignore: decorator
  @inline
  get length(): i32 {
    return <i32>((<i64>endOf(changetype<usize>(this)) - <i64>changetype<usize>(this)) >> <i64>alignof<T>());
  }

  /** How many elements an item has: the array's length by n. */
  // @ts-ignore: decorator
  @inline
  get width(): i32 {
    return widthOf(changetype<usize>(this));
  }

  /** The elements of an item, as an array of their own. */
  // @ts-ignore: decorator
  @inline
  row(item: i32): Ptr<T> {
    const width = widthOf(changetype<usize>(this));
    return changetype<Ptr<T>>(part(this.at(item * width), (<usize>width) << alignof<T>()));
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

/** An array whose items are blocks of `size` elements, of which the last may be short: item i has those from i * size on. */
@unmanaged @final
export class Blocks<T> {
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

  /** How many elements all blocks have together. */
  // @ts-ignore: decorator
  @inline
  get length(): i32 {
    return <i32>((<i64>endOf(changetype<usize>(this)) - <i64>changetype<usize>(this)) >> <i64>alignof<T>());
  }

  /** How many elements a block has: the kernel's parameter `size`, or else the array's length by n, rounded up. */
  // @ts-ignore: decorator
  @inline
  get size(): i32 {
    return widthOf(changetype<usize>(this));
  }

  /** The elements of a block, as an array of their own: the last may have fewer than `size`. */
  // @ts-ignore: decorator
  @inline
  block(item: i32): Ptr<T> {
    const size = widthOf(changetype<usize>(this));
    const start = this.at(item * size);
    const bytes = min(<i64>endOf(changetype<usize>(this)) - <i64>start, (<i64>size) << <i64>alignof<T>());
    return changetype<Ptr<T>>(part(start, <usize>bytes));
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
