/**
 * 0 + 1 + ... by looping: work that does nothing but occupy a core, the usual demonstration of what a lock around an
 * interpreter costs. So it adds one number at a time and knows no formula.
 */

/** The sum of the whole numbers from `begin` to `end` - 1; exact below 2^63. */
export function sum(begin: f64, end: f64): i64 {
  const last = <i64>end;
  let total: i64 = 0;
  for (let i = <i64>begin; i < last; i++) total += i;
  return total;
}
