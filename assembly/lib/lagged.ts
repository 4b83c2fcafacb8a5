/**
 * A lagged generator made for 128-bit vectors: four 32-bit draws in three vector operations, where SHISHUA takes 4.75
 * and sfc32 ten. All that a step needs lies in memory, so no register holds state from turn to turn, and no step waits
 * for the one before.
 *
 * State word n and draw n (arithmetic modulo 2^32):
 *
 *     u = (state[n - 181] >>> 8) | (state[n - 180] << 24)      the 32 bits that begin at bit 8 of word n - 181
 *     v = (state[n - 197] >>> 16) | (state[n - 196] << 16)     the 32 bits that begin at bit 16 of word n - 197
 *     state[n] = state[n - 256] ^ (u * 0x9e3779b1)
 *     draw[n] = state[n] + v
 *
 * What each part is for:
 * - A load from an odd address is a rotation that costs nothing (measured: 1% at most). Products and sums never carry
 *   downwards, so u and v must bring high bits down to the lowest ones.
 * - An exclusive or in the state, but a sum in the draw: the lowest bits of a state obey a linear rule of three bits.
 *   Draws that were states, or exclusive ors of two states, kept such a rule, and with tables of 8 to 32 words in place
 *   of 256 a rank test saw it within 128 MiB. The sum hides it: 8 words passed 4 GiB.
 * - state[n - 256] can be computed from state[n] and the words between. So a step is a permutation of all states: a
 *   uniform state stays uniform, and any 59 draws in a row are exactly independent.
 * - No lag is under 180 words, or 45 vectors. The catch of odd addresses: a load that straddles two vectors just stored
 *   waits until both have left the store queue (lags of 4 vectors: 6 times slower).
 *
 * The words lie in a row in memory, 256 of history and a run of 4096 new ones; then the last 256 move to the front:
 *
 *     0                   1024                                             17408
 *     | state n - 256 ..  | state n .. state n + 4095                          |
 *
 * so that all that a step touches is at a fixed distance from one pointer, and the draws of a run can be computed again.
 * Moving costs 1%. A ring of 256 words, replaced in place in two runs, cost 5% more than this; runs of 8192
 * gained 1%, and would no longer fit a first-level cache of 32 KiB.
 */
import { word } from "./seed";

/** Draws in a run, and in the history before it; draw n of a run belongs to the pointer `state` + 4 n. */
export const RUN: i32 = 4096;
const HISTORY: i32 = 256;
export const STATE_BYTES: usize = (HISTORY + RUN) << 2;

const HISTORY_BYTES: usize = HISTORY << 2;
const RUN_BYTES: usize = RUN << 2;
/** Where u and v begin, seen from word n - 256: three bytes, or two, before a word's end. */
const U: usize = ((256 - 181) << 2) + 1;
const V: usize = ((256 - 197) << 2) + 2;

/** The value of all lanes of `multiplier`, loaded from memory: V8 would build a constant anew for every use. */
// @ts-ignore: decorator
@inline
export const MULTIPLIER: i32 = <i32>0x9e3779b1;

/**
 * Begins stream number `index` of the keys: words 128 `index` to 128 `index` + 127 of the sequence become the first 256
 * words, low halves first. They are never all zero, since no two words of the sequence are equal. Takes 0.3 us.
 */
export function start(state: usize, key0: u64, key1: u64, index: u64): void {
  const words = HISTORY >> 1;
  for (let i = 0; i < words; i++)
    store<u64>(state + RUN_BYTES + (<usize>i << 3), word(key0, key1, index * words + i));
}

/** Moves the history to the front; to be called before each run, the first one too. */
export function beginRun(state: usize): void {
  memory.copy(state, state + RUN_BYTES, HISTORY_BYTES);
}

/** The four draws at `at`; calls take every vector of a run in turn, from `at` = state to state + 4 RUN - 16. */
// @ts-ignore: decorator
@inline
export function draw(at: usize, multiplier: v128): v128 {
  const next = v128.xor(v128.load(at), i32x4.mul(v128.load(at, U), multiplier));
  v128.store(at, next, HISTORY_BYTES);
  return i32x4.add(next, v128.load(at, V));
}

/** The same four once more, in the same run. */
// @ts-ignore: decorator
@inline
export function drawn(at: usize): v128 {
  return i32x4.add(v128.load(at, HISTORY_BYTES), v128.load(at, V));
}
