/**
 * The JS twin of assembly/kernels/pi.ts: the same task and blocks, but another random stream (the kernel's generator is
 * made for vectors), so the hits differ within their standard error.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), as quick as any seeded generator that was tried: 1.7 to 3 ns a
 * sample.
 */

const BLOCK = 2 ** 20;
/**
 * Samples in one call of `hits`. V8 enters a loop that is long from the first call on in the middle (on-stack
 * replacement), with code that knows no types: a whole block a call cost 6.5 ns a sample, for good.
 */
const STRETCH = 2 ** 13;

/** The state of block `block`, seeded as sfc32's author does: three words, a counter from 1, 15 steps thrown away. */
function seeded(block: number, seed: bigint): Int32Array {
  const low = Number(BigInt.asIntN(32, seed));
  const high = Number(BigInt.asIntN(32, seed >> 32n));
  const state = Int32Array.of(low, high, block, 1 + Math.floor(block / 2 ** 32));
  for (let i = 0; i < 15; i++) draw(state);
  return state;
}

/** The next 32 bits. Typed-array elements wrap at 32 bits by themselves. */
function draw(state: Int32Array): number {
  const b = state[1] as number;
  const c = state[2] as number;
  const counter = state[3] as number;
  const out = ((((state[0] as number) + b) | 0) + counter) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = c + (c << 3);
  state[2] = ((c << 21) | (c >>> 11)) + out;
  state[3] = counter + 1;
  return out;
}

/** Hits among the next `samples` points: `draw` written out on local variables. */
function hits(state: Int32Array, samples: number): number {
  // By index: taken apart by `[a, b, c, counter] = state`, V8 does not see that they are 32-bit integers (6.5 ns).
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let counter = state[3] as number;
  let inside = 0;
  for (let i = 0; i < samples; i++) {
    let out = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    // Read as a signed number: the point lies in the square from -1 to 1, where the share of the circle is the same.
    const x = (out + 0.5) * 2 ** -31;

    out = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    const y = (out + 0.5) * 2 ** -31;

    // Not `if (...) inside++`: one branch in five is mispredicted, 2.9 ns a sample.
    inside += Number(x * x + y * y <= 1);
  }
  state.set([a, b, c, counter]);
  return inside;
}

/**
 * Hits in the blocks (2^20 samples) from `begin` to `end` - 1 of a stream of `samples` points; only its last block is
 * shorter. Depends on `samples` and `seed` (0 to 2^64 - 1) alone.
 */
export function pi(begin: number, end: number, samples: number, seed: bigint): number {
  let total = 0;
  for (let block = begin; block < end; block++) {
    const state = seeded(block, seed);
    let left = Math.min(BLOCK, samples - block * BLOCK);
    for (; left > STRETCH; left -= STRETCH) total += hits(state, STRETCH);
    total += hits(state, left);
  }
  return total;
}
