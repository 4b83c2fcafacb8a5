/** Two elements of any type, as doubles. */

/** Elements k and k + 1 of the array at an address. */
// @ts-ignore: decorator
@inline
export function pair<T>(x: usize, k: i32): v128 {
  const at = x + ((<usize>k) << alignof<T>());
  if (isFloat<T>()) {
    if (sizeof<T>() == 8) return v128.load(at);
    return f64x2.promote_low_f32x4(v128.load64_zero(at));
  }
  if (sizeof<T>() == 4)
    return isSigned<T>()
      ? f64x2.convert_low_i32x4_s(v128.load64_zero(at))
      : f64x2.convert_low_i32x4_u(v128.load64_zero(at));
  return f64x2(<f64>load<T>(at), <f64>load<T>(at, sizeof<T>()));
}
