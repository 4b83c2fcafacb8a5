/** The JS twin of assembly/kernels/sum.ts: the same export, for machines and benches without Wasm. */

/** 2^20 numbers below 2^32 add up to less than 2^53, so that Number arithmetic stays exact. */
const STRETCH = 2 ** 20;

/** The sum of the whole numbers from `begin` to `end` - 1, one at a time; `end` is at most 2^32. */
export function sum(begin: number, end: number): bigint {
  let total = 0n;
  for (let start = begin; start < end; start += STRETCH) {
    const stop = Math.min(start + STRETCH, end);
    let part = 0;
    for (let i = start; i < stop; i++) part += i;
    total += BigInt(part);
  }
  return total;
}
