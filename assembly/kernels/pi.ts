/**
 * How many of a stream of random points lie in a circle; the points fill the square that just holds it.
 *
 * The stream, exactly. A block is 2^20 samples; block b of a seed (a 64-bit number) depends on those two only.
 *
 * 1. 64-bit words (all arithmetic modulo 2^64; mix is splitmix64's finalizer, see lib/seed.ts):
 *    k0 = mix(seed + 0x243f6a8885a308d3), k1 = mix(seed + 0x13198a2e03707344),
 *    word(w) = mix(mix(k0 + w * 0x9e3779b97f4a7c15) + k1).
 * 2. Block b takes word(128 b) .. word(128 b + 127). Each gives two 32-bit words, the low half first:
 *    state[0] .. state[255].
 * 3. For n = 256, 257, .. (modulo 2^32, see lib/lagged.ts):
 *    u = (state[n - 181] >>> 8) | (state[n - 180] << 24), v = (state[n - 197] >>> 16) | (state[n - 196] << 16),
 *    state[n] = state[n - 256] ^ (u * 0x9e3779b1), draw = state[n] + v.
 * 4. Sample i of block b is the draw of n = 256 + i, with the refinement word(2^63 + 2^20 b + i). The low 16 bits of the
 *    draw and the low 32 bits of the word are for x, the high ones for y, all signed: X = 2^32 * (16 bits) + (32 bits),
 *    as a signed 48-bit number, that is, from 2^47 on less 2^48, below -2^47 more 2^48.
 * 5. The point is (x, y) = ((X + 0.5) / 2^32, (Y + 0.5) / 2^32), from -2^15 to 2^15, a hit if x^2 + y^2 <= 2^30, each of
 *    the three operations rounded to double.
 *
 * The kernel computes the refinement only where it matters (lib/circle.ts): for one sample in 10,000.
 *
 * Memory, 17,440 bytes at `scratch`, a multiple of 16:
 *
 *     0                      17408         17424
 *     | state (lib/lagged)   | multiplier  | edge (lib/circle) |
 */
import { EDGE, edges, firstPoints, insides, isInside, pointOf, verdicts } from "../lib/circle";
import { beginRun, draw, drawn, MULTIPLIER, RUN, start, STATE_BYTES } from "../lib/lagged";
import { firstKey, secondKey, word } from "../lib/seed";

/** Samples in a block. */
const BLOCK: i32 = 1 << 20;
/** Samples between two looks for points on the edge: one look in 40 finds some. Passes of 128 and 512 are 2% slower. */
const PASS: i32 = 256;
/** The refinements are the words from 2^63 on. */
const REFINEMENTS: u64 = 1 << 63;

/** Exact hits among the first `samples` of the 256 that were drawn at `at`; `sample` is the number of the first. */
function settle(at: usize, samples: i32, sample: u64, key0: u64, key1: u64): i32 {
  const edge = i16x8.splat(EDGE);
  let hits = 0;
  for (let i = 0; i < samples; i += 16, at += 64) {
    const sixteen = verdicts(drawn(at), drawn(at + 16), drawn(at + 32), drawn(at + 48), edge);
    const counted = samples - i < 16 ? firstPoints(samples - i) : 0xffff;
    hits += popcnt(insides(sixteen) & counted);
    for (let open = edges(sixteen) & counted; open != 0; open &= open - 1) {
      const point = pointOf(ctz(open));
      const bits = word(key0, key1, REFINEMENTS + sample + i + point);
      hits += i32(isInside(i32x4.extract_lane(drawn(at + (<usize>point << 2)), 0), bits));
    }
  }
  return hits;
}

/** Hits among the first `samples` (1 to 2^20) samples of block `index`. */
function hitsOfBlock(index: u64, samples: i32, key0: u64, key1: u64, scratch: usize): i32 {
  start(scratch, key0, key1, index);
  const multiplier = v128.load(scratch + STATE_BYTES);
  const edge = v128.load(scratch + STATE_BYTES, 16);
  let hits = 0;
  for (let done = 0; done < samples; done += PASS) {
    const inRun = done % RUN;
    if (inRun == 0) beginRun(scratch);
    const first = scratch + (<usize>inRun << 2);
    const end = first + (<usize>PASS << 2);
    let inside = 0;
    let least = i8x16.splat(-1);
    for (let at = first; at < end; at += 64) {
      const sixteen = verdicts(
        draw(at, multiplier), draw(at + 16, multiplier), draw(at + 32, multiplier), draw(at + 48, multiplier), edge
      );
      inside += popcnt(insides(sixteen));
      least = i8x16.min_u(least, sixteen);
    }
    const left = samples - done;
    if (left < PASS || edges(least) != 0)
      inside = settle(first, min(left, PASS), index * BLOCK + done, key0, key1);
    hits += inside;
  }
  return hits;
}

/**
 * Hits in the blocks from `begin` to `end` - 1 of a stream of `samples` (at most 2^53 - 1) points, a whole number. Only
 * the last block of the stream is shorter than 2^20.
 */
export function pi(begin: f64, end: f64, samples: f64, seed: u64, scratch: usize): f64 {
  const key0 = firstKey(seed);
  const key1 = secondKey(seed);
  v128.store(scratch + STATE_BYTES, i32x4.splat(MULTIPLIER));
  v128.store(scratch + STATE_BYTES, i16x8.splat(EDGE), 16);
  let hits: f64 = 0;
  for (let index = begin; index < end; index += 1)
    hits += hitsOfBlock(<u64>index, <i32>Math.min(samples - index * BLOCK, BLOCK), key0, key1, scratch);
  return hits;
}
