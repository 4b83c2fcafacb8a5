/**
 * Pi's points, plainly and slowly: what the header comment of assembly/kernels/pi.ts defines, and nothing shared with src
 * or assembly.
 */

const BLOCK = 2 ** 20;
const MASK = 2n ** 64n - 1n;

function mix(z: bigint): bigint {
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/** word(w) of a seed. */
function words(seed: bigint): (w: bigint) => bigint {
  const k0 = mix((seed + 0x243f6a8885a308d3n) & MASK);
  const k1 = mix((seed + 0x13198a2e03707344n) & MASK);
  return (w) => mix((mix((k0 + w * 0x9e3779b97f4a7c15n) & MASK) + k1) & MASK);
}

/** The first `count` draws of a block. */
export function blockDraws(block: number, count: number, seed: bigint): Uint32Array {
  const word = words(seed);
  const state = new Uint32Array(256 + count);
  for (let i = 0; i < 128; i++) {
    const value = word(128n * BigInt(block) + BigInt(i));
    state[2 * i] = Number(value & 0xffffffffn);
    state[2 * i + 1] = Number(value >> 32n);
  }
  const draws = new Uint32Array(count);
  const at = (n: number) => state[n] as number;
  for (let n = 256; n < 256 + count; n++) {
    const u = (at(n - 181) >>> 8) | (at(n - 180) << 24);
    const v = (at(n - 197) >>> 16) | (at(n - 196) << 16);
    state[n] = at(n - 256) ^ Math.imul(u, 0x9e3779b1);
    draws[n - 256] = at(n) + v;
  }
  return draws;
}

/** What became of the first samples of a block. */
export interface BlockHits {
  readonly hits: number;
  /** 1 for every sample that is a hit. */
  readonly isHit: Uint8Array;
  /** The samples whose refinement was asked for, since the circle crosses their cell, or nearly. */
  readonly refined: readonly number[];
  /** Those of them for which the middle of the cell lies on the other side. */
  readonly changed: readonly number[];
}

/** The refinement moves a point by half a cell at most, so where twice the cell lies on one side, it is left out. */
export function piBlock(block: number, samples: number, seed: bigint): BlockHits {
  const word = words(seed);
  const refined: number[] = [];
  const changed: number[] = [];
  const isHit = new Uint8Array(samples);
  blockDraws(block, samples, seed).forEach((draw, sample) => {
    const [x, y] = [(draw << 16) >> 16, draw >> 16];
    if (!isInside(Math.abs(x) - 1, Math.abs(y) - 1)) return;
    if (isInside(Math.abs(x) + 1, Math.abs(y) + 1)) isHit[sample] = 1;
    else {
      const bits = word(2n ** 63n + BigInt(block) * 2n ** 20n + BigInt(sample));
      isHit[sample] = Number(isInside(coordinate(x, bits), coordinate(y, bits >> 32n)));
      refined.push(sample);
      if (isHit[sample] !== Number(isInside(x, y))) changed.push(sample);
    }
  });
  return { hits: hitsAmong(isHit, samples), isHit, refined, changed };
}

/** How many of the first `samples` are hits. */
export function hitsAmong(isHit: Uint8Array, samples: number): number {
  return isHit.subarray(0, samples).reduce((sum, hit) => sum + hit, 0);
}

/** Hits among the first `samples` points of the stream of `seed`: about 0.1 us a sample. */
export function piHits(samples: number, seed: bigint): number {
  let hits = 0;
  for (let block = 0; block * BLOCK < samples; block++)
    hits += piBlock(block, Math.min(BLOCK, samples - block * BLOCK), seed).hits;
  return hits;
}

function isInside(x: number, y: number): boolean {
  return x * x + y * y <= 2 ** 30;
}

/** The signed 48-bit number of a cell and the low 32 of `bits`, and a half, in cells. */
function coordinate(cell: number, bits: bigint): number {
  const whole = BigInt.asIntN(48, (BigInt(cell) << 32n) + BigInt.asIntN(32, bits));
  return (Number(whole) + 0.5) / 2 ** 32;
}
