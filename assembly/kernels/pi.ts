/**
 * How many of a stream of random points lie in the quarter circle.
 *
 * The stream, exactly. A block is 2^20 samples; block b of a seed (a 64-bit number) depends on those two only.
 *
 * 1. 64-bit words (all arithmetic modulo 2^64; mix is splitmix64's finalizer, see lib/seed.ts):
 *    k0 = mix(seed + 0x243f6a8885a308d3), k1 = mix(seed + 0x13198a2e03707344),
 *    word(w) = mix(mix(k0 + w * 0x9e3779b97f4a7c15) + k1).
 * 2. Block b takes word(8 b) .. word(8 b + 7). Each gives two 32-bit words, the low half first: s[0] .. s[15].
 * 3. Four sfc32 generators, L = 0..3: a = s[L], b = s[4 + L], c = s[8 + L], counter = s[12 + L].
 *    A draw: out = a + b + counter; a = b ^ (b >>> 9); b = c + (c << 3); c = rotl(c, 21) + out; counter += 1.
 * 4. Samples come four at a time: each generator draws x, then each draws y; sample 4 g + L of the block is the pair of
 *    generator L. A block that ends early, the last one of all, drops what is left of its last four.
 * 5. The point is ((x + 0.5) / 2^32, (y + 0.5) / 2^32), a hit if its squared distance from 0, rounded to double at each
 *    of the three operations, is at most 1. The kernel leaves out the division: scaling by 2^-32 is exact, so
 *    (x + 0.5)^2 + (y + 0.5)^2 <= 2^64 is the same test.
 */
import { firstKey, secondKey, wordPair } from "../lib/seed";
import { draw, nextA, nextB, nextC, nextCounter } from "../lib/sfc32";

/** Samples in a block. */
const BLOCK: i32 = 1 << 20;

/**
 * Lanes 0 and 1 of `random` as the doubles u + 0.5. Interleaved with the high word of 2^52 they read as 2^52 + u, and
 * 2^52 - 0.5 is taken off exactly: two instructions, where an unsigned conversion has more. The constants are rebuilt
 * at every use, but the loop waits for the generator's chain: keeping them in registers gained nothing.
 */
// @ts-ignore: decorator
@inline
function firstTwo(random: v128): v128 {
  return f64x2.sub(v128.shuffle<i32>(random, i32x4.splat(0x43300000), 0, 4, 1, 5), f64x2.splat(4503599627370495.5));
}

/** The same for lanes 2 and 3. */
// @ts-ignore: decorator
@inline
function lastTwo(random: v128): v128 {
  return f64x2.sub(v128.shuffle<i32>(random, i32x4.splat(0x43300000), 2, 6, 3, 7), f64x2.splat(4503599627370495.5));
}

/** All-ones (-1) in the lanes of the points inside. */
// @ts-ignore: decorator
@inline
function inside(x: v128, y: v128): v128 {
  return f64x2.le(f64x2.add(f64x2.mul(x, x), f64x2.mul(y, y)), f64x2.splat(18446744073709551616.0));
}

/** Minus the hits of four points, spread over two lanes. */
// @ts-ignore: decorator
@inline
function hitsOfFour(x: v128, y: v128): v128 {
  return i64x2.add(inside(firstTwo(x), firstTwo(y)), inside(lastTwo(x), lastTwo(y)));
}

/** Hits among the first `samples` (1 to 2^20) samples of block `index`. */
function hitsOfBlock(index: u64, samples: i32, key0: u64, key1: u64): i32 {
  const word = index * 8;
  let a = wordPair(key0, key1, word);
  let b = wordPair(key0, key1, word + 2);
  let c = wordPair(key0, key1, word + 4);
  let counter = wordPair(key0, key1, word + 6);
  let hits = i64x2.splat(0);
  let left = samples;
  while (true) {
    const x = draw(a, b, counter);
    a = nextA(b);
    b = nextB(c);
    c = nextC(c, x);
    counter = nextCounter(counter);
    const y = draw(a, b, counter);
    a = nextA(b);
    b = nextB(c);
    c = nextC(c, y);
    counter = nextCounter(counter);
    if (left < 4) {
      const first = inside(firstTwo(x), firstTwo(y));
      const last = inside(lastTwo(x), lastTwo(y));
      // The end of the stream: lanes from `left` (0 to 3) on do not count.
      if (left > 0) hits = i64x2.sub(hits, left > 1 ? first : i64x2.replace_lane(first, 1, 0));
      if (left > 2) hits = i64x2.sub(hits, i64x2.replace_lane(last, 1, 0));
      break;
    }
    hits = i64x2.sub(hits, hitsOfFour(x, y));
    left -= 4;
  }
  return <i32>(i64x2.extract_lane(hits, 0) + i64x2.extract_lane(hits, 1));
}

/**
 * Hits in the whole blocks `index` and `index + 1`, in turn four samples of each: one generator waits for itself (its
 * steps are a chain of instructions), two side by side take 0.98 ns a sample instead of 1.33.
 */
function hitsOfTwoBlocks(index: u64, key0: u64, key1: u64): i32 {
  const word = index * 8;
  let a = wordPair(key0, key1, word);
  let b = wordPair(key0, key1, word + 2);
  let c = wordPair(key0, key1, word + 4);
  let counter = wordPair(key0, key1, word + 6);
  let a2 = wordPair(key0, key1, word + 8);
  let b2 = wordPair(key0, key1, word + 10);
  let c2 = wordPair(key0, key1, word + 12);
  let counter2 = wordPair(key0, key1, word + 14);
  let hits = i64x2.splat(0);
  for (let left = BLOCK; left > 0; left -= 4) {
    let x = draw(a, b, counter);
    a = nextA(b);
    b = nextB(c);
    c = nextC(c, x);
    counter = nextCounter(counter);
    let y = draw(a, b, counter);
    a = nextA(b);
    b = nextB(c);
    c = nextC(c, y);
    counter = nextCounter(counter);
    hits = i64x2.sub(hits, hitsOfFour(x, y));

    x = draw(a2, b2, counter2);
    a2 = nextA(b2);
    b2 = nextB(c2);
    c2 = nextC(c2, x);
    counter2 = nextCounter(counter2);
    y = draw(a2, b2, counter2);
    a2 = nextA(b2);
    b2 = nextB(c2);
    c2 = nextC(c2, y);
    counter2 = nextCounter(counter2);
    hits = i64x2.sub(hits, hitsOfFour(x, y));
  }
  return <i32>(i64x2.extract_lane(hits, 0) + i64x2.extract_lane(hits, 1));
}

/**
 * Hits in the blocks from `begin` to `end` - 1 of a stream of `samples` (at most 2^53 - 1) points, a whole number. Only
 * the last block of the stream is shorter than 2^20.
 */
export function pi(begin: f64, end: f64, samples: f64, seed: u64): f64 {
  const key0 = firstKey(seed);
  const key1 = secondKey(seed);
  let hits: f64 = 0;
  let index = begin;
  for (; index + 2 <= end && (index + 2) * BLOCK <= samples; index += 2)
    hits += hitsOfTwoBlocks(<u64>index, key0, key1);
  for (; index < end; index += 1) {
    const left = samples - index * BLOCK;
    hits += hitsOfBlock(<u64>index, <i32>Math.min(left, BLOCK), key0, key1);
  }
  return hits;
}
