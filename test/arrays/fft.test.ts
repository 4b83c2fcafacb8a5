/** Fourier transforms. */
import { heap, SerialExecutor } from "allcores";
import { fft, ifft, irfft, rfft } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, generator, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();

/** Numbers in [-1, 1). */
function waves(length: number, seed = 3): Float64Array {
  const next = generator(seed);
  return Float64Array.from({ length }, () => 2 * next() - 1);
}

const cases = {
  empty: { x: waves(0) },
  one: { x: waves(2) },
  primes: { x: waves(2 * 7 * 11 * 13) },
  "all equal": { x: new Float64Array(128).fill(1) },
  infinite: { x: Float64Array.of(Infinity, 0, 1, 0) },
  many: { x: waves(2 * 4096 * 3) },
};
const { empty: _empty, one: _one, infinite: _infinite, ...reals } = cases;
const { infinite: _infinity, ...finite } = cases;
const lines = { one: { x: waves(4) }, primes: { x: waves(2 * 11 * 13 + 2) }, many: { x: waves(2 ** 14 + 2) } };
const floats = { one: { x: Float32Array.of(1, 2) }, many: { x: Float32Array.from(waves(2 * 5000)) } };

contract([
  verb({
    name: "fft",
    cases: finite,
    run: ({ x }, options) => fft(x, options),
    expected: ({ x }) => loops.fft(x),
    out: ({ x }) => new Float64Array(x.length),
    tolerance: 1e-12,
  }),
  verb({
    name: "ifft of floats",
    cases: floats,
    run: ({ x }, options) => ifft(x, options),
    expected: ({ x }) => loops.ifft(x),
    tolerance: 1e-6,
  }),
  verb({
    name: "rfft",
    cases: reals,
    run: ({ x }, options) => rfft(x, options),
    expected: ({ x }) => loops.rfft(x),
    out: ({ x }) => new Float64Array(x.length + 2),
    tolerance: 1e-12,
  }),
  verb({
    name: "irfft",
    cases: lines,
    run: ({ x }, options) => irfft(x, options),
    expected: ({ x }) => loops.irfft(x),
    out: ({ x }) => new Float64Array(x.length - 2),
    tolerance: 1e-12,
  }),
]);

/** The root of the mean squared error, by that of the values. */
function error(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [off, all] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    off += ((found[i] as number) - (wanted[i] as number)) ** 2;
    all += (wanted[i] as number) ** 2;
  }
  return Math.sqrt(off / all);
}

describe("fft", () => {
  test("of every length that it takes, and back", { timeout: LIMIT }, async () => {
    const lengths = Array.from({ length: 70 }, (_, i) => i + 1).filter((n) => {
      let left = n;
      for (const prime of [2, 3, 5, 7, 11, 13]) while (left % prime === 0) left /= prime;
      return left === 1;
    });
    for (const n of [...lengths, 2 ** 4 * 13 * 11, 3 ** 8, 5 ** 5, 13 ** 3 * 2]) {
      const x = waves(2 * n, n);
      const there = await fft(x, { executor }).catch((reason: Error) => reason);
      if (there instanceof Error) throw new Error(`${n}: ${there.message}`);
      expect(error(there, loops.fft(x)), `fft of ${n}`).toBeLessThan(1e-14);
      expect(error(await ifft(there, { executor }), x), `ifft of ${n}`).toBeLessThan(1e-15);
      const real = await rfft(x, { executor });
      expect(error(real, loops.rfft(x)), `rfft of ${2 * n}`).toBeLessThan(1e-14);
      expect(error(await irfft(real, { executor }), x), `irfft of ${2 * n}`).toBeLessThan(1e-15);
      const single = Float32Array.from(x);
      expect(error(await fft(single, { executor }), loops.fft(single)), `floats, ${n}`).toBeLessThan(3e-7);
    }
  });

  test("of a single wave is one line, in place", { timeout: LIMIT }, async () => {
    const n = 2 ** 16;
    const x = heap.float64(2 * n);
    for (let i = 0; i < n; i++) {
      x[2 * i] = Math.cos((2 * Math.PI * ((77 * i) % n)) / n);
      x[2 * i + 1] = Math.sin((2 * Math.PI * ((77 * i) % n)) / n);
    }
    expect(await fft(x, { executor, out: x })).toBe(x);
    expect(x[154]).toBeCloseTo(n, 8);
    x[154] = 0;
    expect(x.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(1e-9);
    heap.free(x);
  });

  test("keeps infinities and NaN", { timeout: LIMIT }, async () => {
    expect((await fft(cases.infinite.x, { executor }))[0]).toBe(Infinity);
    expect((await rfft(Float64Array.of(1, Number.NaN), { executor })).some(Number.isNaN)).toBe(true);
  });

  test("names the next length that it takes", { timeout: LIMIT }, async () => {
    await expect(fft(new Float64Array(2 * 17))).rejects.toThrow(
      "x must have a length n of prime factors up to 13, got 17; the next such number is 18",
    );
    await expect(rfft(new Float64Array(34))).rejects.toThrow("got 34; the next such number is 36");
    await expect(irfft(new Float64Array(36))).rejects.toThrow("got 34; the next such number is 36");
    await expect(fft(new Float64Array(3))).rejects.toThrow("x must have an even number of elements (re, im), got 3");
    await expect(rfft(new Float64Array(0))).rejects.toThrow("x must have an even number of elements, 2 or more");
    await expect(irfft(new Float64Array(2))).rejects.toThrow("4 or more, got 2");
    await expect(fft(new Int32Array(4) as never)).rejects.toThrow("x must be a Float64Array or Float32Array");
    const x = heap.float64(8);
    await expect(rfft(x.subarray(0, 2), { out: x.subarray(0, 4) })).rejects.toThrow("out must not overlap x");
    heap.free(x);
  });
});
