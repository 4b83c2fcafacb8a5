/** Arrays that all items read and write at once, as atomics. */
import { CHECKED, checkedAt, endOf } from "./bounds";

/**
 * An array of any length that every item may change, such as the bins of a histogram. Each method is one atomic step (`min`
 * and `max`, and `add` for f32 and f64, repeat the step until no other thread came between). Sums of floats depend on the
 * order of the steps, and so on timing: return a value and use parallelReduce where the result must be the same each time.
 * Processes can't take such an array, since they share no memory.
 */
@unmanaged @final
export class Shared<T> {
  /** The address of element i, for `atomic.*`. */
  // @ts-ignore: decorator
  @inline
  at(i: i32): usize {
    return CHECKED ? checkedAt(changetype<usize>(this), i, <i32>alignof<T>()) : changetype<usize>(this) + ((<usize>i) << alignof<T>());
  }

  /** How many elements it has. */
  // @ts-ignore: decorator
  @inline
  get length(): i32 {
    return <i32>((<i64>endOf(changetype<usize>(this)) - <i64>changetype<usize>(this)) >> <i64>alignof<T>());
  }

  // @ts-ignore: decorator
  @inline
  load(i: i32): T {
    if (isFloat<T>()) return sizeof<T>() == 8 ? <T>reinterpret<f64>(atomic.load<i64>(this.at(i))) : <T>reinterpret<f32>(atomic.load<i32>(this.at(i)));
    return atomic.load<T>(this.at(i));
  }

  // @ts-ignore: decorator
  @inline
  store(i: i32, value: T): void {
    if (!isFloat<T>()) atomic.store<T>(this.at(i), value);
    else if (sizeof<T>() == 8) atomic.store<i64>(this.at(i), reinterpret<i64>(<f64>value));
    else atomic.store<i32>(this.at(i), reinterpret<i32>(<f32>value));
  }

  /** Adds to element i. @returns its value before */
  add(i: i32, value: T): T {
    if (!isFloat<T>()) return atomic.add<T>(this.at(i), value);
    let before = this.load(i);
    // @ts-ignore: T is a number
    while (!this.replace(i, before, <T>(before + value))) before = this.load(i);
    return before;
  }

  /** Sets element i to the value if that is smaller. @returns its value before */
  min(i: i32, value: T): T {
    let before = this.load(i);
    while (value < before && !this.replace(i, before, value)) before = this.load(i);
    return before;
  }

  /** Sets element i to the value if that is greater. @returns its value before */
  max(i: i32, value: T): T {
    let before = this.load(i);
    while (value > before && !this.replace(i, before, value)) before = this.load(i);
    return before;
  }

  /** Sets element i to `value` if it equals `expected` to the bit. @returns whether it did */
  replace(i: i32, expected: T, value: T): bool {
    if (!isFloat<T>()) return atomic.cmpxchg<T>(this.at(i), expected, value) == expected;
    if (sizeof<T>() == 8) {
      const bits = reinterpret<i64>(<f64>expected);
      return atomic.cmpxchg<i64>(this.at(i), bits, reinterpret<i64>(<f64>value)) == bits;
    }
    const bits = reinterpret<i32>(<f32>expected);
    return atomic.cmpxchg<i32>(this.at(i), bits, reinterpret<i32>(<f32>value)) == bits;
  }
}
