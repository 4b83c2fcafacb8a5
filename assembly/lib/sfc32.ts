/**
 * Four sfc32 generators (Chris Doty-Humphrey's "small fast counting" generator, from PractRand), one in each 32-bit
 * lane. The state (a, b, c, counter) stays in the caller's local variables, since a kernel has no memory of its own
 * for it; one step is, in this order,
 *
 *     out = draw(a, b, counter); a = nextA(b); b = nextB(c); c = nextC(c, out); counter = nextCounter(counter);
 *
 * All arithmetic is modulo 2^32. The counter makes the period at least 2^32 steps whatever the state; a block of
 * samples takes 2^19 of them. SIMD has no rotate: 10 vector operations a step.
 */

// @ts-ignore: decorator
@inline
export function draw(a: v128, b: v128, counter: v128): v128 {
  return i32x4.add(i32x4.add(a, counter), b);
}

// @ts-ignore: decorator
@inline
export function nextA(b: v128): v128 {
  return v128.xor(b, i32x4.shr_u(b, 9));
}

// @ts-ignore: decorator
@inline
export function nextB(c: v128): v128 {
  return i32x4.add(c, i32x4.shl(c, 3));
}

// @ts-ignore: decorator
@inline
export function nextC(c: v128, out: v128): v128 {
  return i32x4.add(v128.or(i32x4.shl(c, 21), i32x4.shr_u(c, 11)), out);
}

// @ts-ignore: decorator
@inline
export function nextCounter(counter: v128): v128 {
  return i32x4.add(counter, i32x4.splat(1));
}
