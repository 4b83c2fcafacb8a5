/**
 * The JS twin of sum, src/kernels/sum.twin.ts, ported: 64-bit integers need none of its stretches, which keep a Number
 * exact. The kernel, assembly/kernels/sum.ts, is this very loop: it has no tricks to leave out.
 */

/** The sum of the whole numbers from `begin` to `end` - 1, one at a time. */
export function sum(begin: f64, end: f64): i64 {
  const last = <i64>end;
  let total: i64 = 0;
  for (let i = <i64>begin; i < last; i++) total += i;
  return total;
}
