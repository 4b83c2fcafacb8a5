/** Random numbers that depend on a seed and an item alone, not on the worker that computes the item, or the time. */
import { firstKey, secondKey, word } from "../lib/seed";

/** 2^-53: the distance of uniform numbers. */
const STEP: f64 = 1.0 / 9007199254740992.0;

/**
 * A stream of random numbers for each item: make one at the start of a call, and begin each item with `at(item)`.
 *
 *     const random = new Random(seed);
 *     for (let i = begin; i < end; i++) {
 *       random.at(i);
 *       x[i] = random.normal();
 *     }
 *
 * Each item's stream is a splitmix64 sequence with a separate start and odd step, both drawn from the keyed sequence
 * that seeds the built-in kernels (two words an item): streams of one seed do not overlap by design of their steps,
 * and those of related seeds have nothing in common. Not for secrets.
 */
@final
export class Random {
  private key0: u64;
  private key1: u64;
  private state: u64 = 0;
  private step: u64 = 0; // odd from the first at() on
  private spare: f64 = NaN;

  constructor(seed: u64) {
    this.key0 = firstKey(seed);
    this.key1 = secondKey(seed);
  }

  /** Begins the stream of an item. */
  at(item: u64): void {
    this.state = word(this.key0, this.key1, item * 2);
    this.step = word(this.key0, this.key1, item * 2 + 1) | 1;
    this.spare = NaN;
  }

  /** 64 random bits. */
  bits(): u64 {
    // A stream that began with the call, not with an item, would depend on timing.
    if (this.step == 0) throw new Error("call at(item) before drawing: each item has a stream of its own");
    this.state += this.step;
    let z = this.state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /** Uniform in [0, 1): a multiple of 2^-53. */
  uniform(): f64 {
    return <f64>(this.bits() >> 11) * STEP;
  }

  /** A whole number from 0 to n - 1, each equally likely to within 2^-32; n at least 1. */
  below(n: u32): u32 {
    return <u32>(((this.bits() >> 32) * <u64>n) >> 32);
  }

  /** Normal, of mean 0 and standard deviation 1 (Marsaglia's polar method: two of them from 2.55 uniforms). */
  normal(): f64 {
    if (this.spare == this.spare) {
      const spare = this.spare;
      this.spare = NaN;
      return spare;
    }
    let x: f64, y: f64, square: f64;
    do {
      x = 2 * this.uniform() - 1;
      y = 2 * this.uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square == 0);
    const scale = Math.sqrt((-2 * Math.log(square)) / square);
    this.spare = y * scale;
    return x * scale;
  }

  /** Exponential, of mean 1. */
  exponential(): f64 {
    return -Math.log(1 - this.uniform());
  }
}
