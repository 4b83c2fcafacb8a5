/**
 * The raw random numbers of kernels/pi.ts, for programs that test generators: the same functions make them, and write them
 * to memory. Not published; `npm run stats -- --stream ..` compiles it. An item is 4 MiB at `out` + item * 4 MiB.
 */
import { beginRun, draw, MULTIPLIER, RUN, start, STATE_BYTES } from "../lib/lagged";
import { firstKey, secondKey, word } from "../lib/seed";

/** The 2^20 draws of each of the blocks from `first` + `begin` to `first` + `end` - 1. */
export function draws(begin: f64, end: f64, out: usize, first: f64, seed: u64, scratch: usize): void {
  const key0 = firstKey(seed);
  const key1 = secondKey(seed);
  v128.store(scratch + STATE_BYTES, i32x4.splat(MULTIPLIER));
  const multiplier = v128.load(scratch + STATE_BYTES);
  let to = out + (<usize>begin << 22);
  for (let item = begin; item < end; item += 1) {
    start(scratch, key0, key1, <u64>(first + item));
    for (let done = 0; done < 1 << 20; done += RUN) {
      beginRun(scratch);
      const last = scratch + (<usize>RUN << 2);
      for (let at = scratch; at < last; at += 16, to += 16) v128.store(to, draw(at, multiplier));
    }
  }
}

/** The refinements of 2^19 samples an item, from sample 2^19 (`first` + `begin`) on: 64 bits each. */
export function refinements(begin: f64, end: f64, out: usize, first: f64, seed: u64): void {
  const key0 = firstKey(seed);
  const key1 = secondKey(seed);
  let to = out + (<usize>begin << 22);
  for (let item = begin; item < end; item += 1) {
    const sample = <u64>(first + item) << 19;
    for (let i = 0; i < 1 << 19; i++, to += 8) store<u64>(to, word(key0, key1, (1 << 63) + sample + i));
  }
}
