/** Values as unsigned whole numbers in their order, and back. */

/** Of as many bits as the value has: -0 before 0, and NaN last, also with the greatest first. */
// @ts-ignore: decorator
@inline
export function keyOf<T>(value: T, descending: bool): u64 {
  let key: u64;
  if (isFloat<T>()) {
    if (value != value) return u64.MAX_VALUE;
    if (sizeof<T>() == 8) {
      const bits = reinterpret<i64>(<f64>value);
      key = <u64>(bits ^ ((bits >> 63) | i64.MIN_VALUE));
    } else {
      const bits = reinterpret<i32>(<f32>value);
      key = <u64>(<u32>(bits ^ ((bits >> 31) | i32.MIN_VALUE)));
    }
  } else if (sizeof<T>() == 8) key = <u64>value ^ (isSigned<T>() ? 0x8000000000000000 : 0);
  else key = <u64>(<u32>value ^ (isSigned<T>() ? 0x80000000 : 0));
  return descending ? ~key : key;
}

/** @param given of as many bits as the value is to have */
// @ts-ignore: decorator
@inline
export function valueOf<T>(given: u64, descending: bool): T {
  if (sizeof<T>() == 8) {
    if (isFloat<T>() && given == u64.MAX_VALUE) return <T>NaN;
    const key = descending ? ~given : given;
    if (isFloat<T>()) return <T>reinterpret<f64>(<i64>key ^ (~(<i64>key >> 63) | i64.MIN_VALUE));
    return <T>(key ^ (isSigned<T>() ? 0x8000000000000000 : 0));
  }
  if (isFloat<T>() && <u32>given == u32.MAX_VALUE) return <T>NaN;
  const key = descending ? ~(<u32>given) : <u32>given;
  if (isFloat<T>()) return <T>reinterpret<f32>(<i32>key ^ (~(<i32>key >> 31) | i32.MIN_VALUE));
  return <T>(key ^ (isSigned<T>() ? 0x80000000 : 0));
}
