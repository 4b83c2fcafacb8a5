/**
 * The JS twin of pi, src/kernels/pi.twin.ts, ported line by line: the same generator (sfc32), the same points, so the same
 * hits. One sample at a time, without SIMD. Its stretches are left out: they help V8 with JS alone.
 */

const BLOCK: f64 = 1048576;
/** 2^-31. */
const SCALE: f64 = 1.0 / 2147483648.0;

/** Hits among the first `samples` points of block `block`. */
function hitsOfBlock(block: f64, samples: i32, seed: u64): i32 {
  let a = <i32>seed;
  let b = <i32>(seed >> 32);
  let c = <i32>(<i64>block);
  let counter = 1 + <i32>(<i64>block >> 32);
  for (let i = 0; i < 15; i++) {
    const out = a + b + counter;
    counter++;
    a = b ^ (b >>> 9);
    b = c + (c << 3);
    c = ((c << 21) | (c >>> 11)) + out;
  }
  let inside = 0;
  for (let i = 0; i < samples; i++) {
    let out = a + b + counter;
    counter++;
    a = b ^ (b >>> 9);
    b = c + (c << 3);
    c = ((c << 21) | (c >>> 11)) + out;
    const x = (<f64>out + 0.5) * SCALE;

    out = a + b + counter;
    counter++;
    a = b ^ (b >>> 9);
    b = c + (c << 3);
    c = ((c << 21) | (c >>> 11)) + out;
    const y = (<f64>out + 0.5) * SCALE;

    inside += i32(x * x + y * y <= 1);
  }
  return inside;
}

/** Hits in the blocks from `begin` to `end` - 1 of a stream of `samples` points: see the twin. */
export function pi(begin: f64, end: f64, samples: f64, seed: u64): f64 {
  let total: f64 = 0;
  for (let block = begin; block < end; block += 1)
    total += hitsOfBlock(block, <i32>Math.min(BLOCK, samples - block * BLOCK), seed);
  return total;
}
