/**
 * Seeding by a keyed sequence of 64-bit words: any word of any block by itself, five multiplications each, in any order.
 *
 * The mix is splitmix64's finalizer (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014, with
 * Stafford's variant 13 constants). Plain splitmix64 would not do: seeds that differ by a multiple of its increment
 * share all but a few words. Two keys from the seed, one before and one after the first mix, take that relation away.
 */

/** The first 128 bits of the fraction of pi: offsets that set the two keys apart. */
const KEY_0: u64 = 0x243f6a8885a308d3;
const KEY_1: u64 = 0x13198a2e03707344;
/** 2^64 divided by the golden ratio, odd: steps through all 2^64 values. */
const GAMMA: u64 = 0x9e3779b97f4a7c15;

function mix(z: u64): u64 {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** The first key of a seed. */
export function firstKey(seed: u64): u64 {
  return mix(seed + KEY_0);
}

/** The second key of a seed. */
export function secondKey(seed: u64): u64 {
  return mix(seed + KEY_1);
}

/** Word number `index` of the sequence. */
export function word(key0: u64, key1: u64, index: u64): u64 {
  return mix(mix(key0 + index * GAMMA) + key1);
}
