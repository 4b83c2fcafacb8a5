/** Arrays of random numbers, against the same streams in bigints. */
import { heap, SerialExecutor } from "allcores";
import { describe as describeNumbers, random } from "allcores/arrays";
import { describe, expect, test } from "vitest";
import { contract, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();

const wrap = (value: bigint) => BigInt.asUintN(64, value);

function mix(value: bigint): bigint {
  let z = value;
  z = wrap((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = wrap((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

/** 64 random bits after the other, of a group of sixteen elements. */
function stream(seed: bigint, group: number): () => bigint {
  const [key0, key1] = [mix(wrap(seed + 0x243f6a8885a308d3n)), mix(wrap(seed + 0x13198a2e03707344n))];
  const word = (index: bigint) => mix(wrap(mix(wrap(key0 + index * 0x9e3779b97f4a7c15n)) + key1));
  let state = word(2n * BigInt(group));
  const step = word(2n * BigInt(group) + 1n) | 1n;
  return () => {
    state = wrap(state + step);
    return mix(state);
  };
}

const fraction = (bits: bigint) => Number(bits >> 11n) / 2 ** 53;

function polar(bits: () => bigint): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const [x, y] = [2 * fraction(bits()) - 1, 2 * fraction(bits()) - 1];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * scale;
      return x * scale;
    }
  };
}

/** @param draw makes what draws the numbers of a group */
function drawn<T extends Float64Array | Int32Array>(
  out: T,
  seed: bigint,
  draw: (bits: () => bigint) => () => number,
): T {
  for (let at = 0; at < out.length; at += 16) {
    const next = draw(stream(seed, at / 16));
    for (let i = at; i < Math.min(at + 16, out.length); i++) out[i] = next();
  }
  return out;
}

const lengths = { empty: { n: 0 }, one: { n: 1 }, many: { n: 20_011 } };
const SEED = 2n ** 64n - 1n;

contract([
  verb({
    name: "random.uniform",
    cases: lengths,
    run: ({ n }, { out, ...options }) => random.uniform(out ?? (n as never), { ...options, seed: 7, low: -1, high: 3 }),
    expected: ({ n }) => drawn(new Float64Array(n), 7n, (bits) => () => -1 + 4 * fraction(bits())),
  }),
  verb({
    name: "random.normal",
    cases: lengths,
    run: ({ n }, options) => random.normal(n, { ...options, seed: SEED, mean: 2, std: 3 }),
    expected: ({ n }) => drawn(new Float64Array(n), SEED, (bits) => mapped(polar(bits), (value) => 2 + 3 * value)),
    tolerance: 1e-14,
  }),
  verb({
    name: "random.integers",
    cases: lengths,
    run: ({ n }, options) => random.integers(n, { ...options, seed: 0, low: -5, high: 100 }),
    expected: ({ n }) =>
      drawn(new Int32Array(n), 0n, (bits) => () => {
        const all = bits();
        return Number(((all >> 32n) * 105n + (((all & 0xffffffffn) * 105n) >> 32n)) >> 32n) - 5;
      }),
  }),
]);

function mapped(next: () => number, change: (value: number) => number): () => number {
  return () => change(next());
}

describe("random numbers", () => {
  test("of parts are those of the whole", { timeout: LIMIT }, async () => {
    const whole = await random.normal(9000, { seed: 3, executor });
    for (const [offset, length] of [
      [0, 20],
      [5, 8995],
      [16, 16],
      [4096, 100],
      [8191, 2],
    ] as const) {
      const part = await random.normal(length, { seed: 3, offset, executor });
      expect(Buffer.from(part.buffer).equals(Buffer.from(whole.slice(offset, offset + length).buffer))).toBe(true);
    }
  });

  test("fill what is given, of every type", { timeout: LIMIT }, async () => {
    using scope = heap.scope();
    const bytes = new Uint8Array(4000);
    expect(await random.integers(bytes, { seed: 1, high: 256, executor })).toBe(bytes);
    expect(new Set(bytes).size).toBe(256);
    const floats = scope.float32(5000);
    expect(await random.uniform(floats, { seed: 1, low: 1, high: 1 + 2 ** -20, executor })).toBe(floats);
    expect(floats.every((value) => value >= 1 && value < 1 + 2 ** -20)).toBe(true);
    const wide = await random.integers(new Uint32Array(1000), { seed: 1, high: 2 ** 32, executor });
    expect(Math.max(...wide)).toBeGreaterThan(2 ** 31);
    const small = await random.integers(new Int16Array(1000), { seed: 1, low: -(2 ** 15), high: 2 ** 15, executor });
    expect([Math.min(...small) < -32_000, Math.max(...small) > 32_000]).toEqual([true, true]);
    expect((await random.normal(3, { seed: 1, std: 0, mean: 4, executor })).every((value) => value === 4)).toBe(true);
  });

  test("are spread as they should", { timeout: LIMIT }, async () => {
    const [normal, uniform] = [
      await random.normal(200_000, { seed: 5, executor }),
      await random.uniform(200_000, { seed: 5, executor }),
    ];
    const [n, u] = [await describeNumbers(normal, { executor }), await describeNumbers(uniform, { executor })];
    for (const [value, wanted, error] of [
      [n.mean, 0, 0.0022],
      [n.variance, 1, 0.0032],
      [u.mean, 0.5, 0.000_65],
      [u.variance, 1 / 12, 0.000_17],
    ] as const)
      expect(Math.abs(value - wanted)).toBeLessThan(4 * error);
  });

  test.each([
    ["no seed", () => random.uniform(3, {} as never), "seed must be a whole number"],
    ["a seed below 0", () => random.normal(3, { seed: -1 }), "seed must be a whole number from 0"],
    ["no options", () => random.normal(3, undefined as never), "options must be an options object"],
    ["an empty range", () => random.uniform(3, { seed: 1, low: 1, high: 1 }), "high must be greater than low"],
    ["an endless range", () => random.uniform(3, { seed: 1, low: -1e308, high: 1e308 }), "by a finite float64"],
    [
      "a range without floats",
      () => random.uniform(new Float32Array(3), { seed: 1, low: 16_777_219.1, high: 16_777_219.2 }),
      "by a finite float32",
    ],
    ["no high", () => random.integers(3, { seed: 1 } as never), "high must be a whole number"],
    [
      "too high",
      () => random.integers(new Int8Array(3), { seed: 1, high: 129 }),
      "high must be a whole number from 1 to 128",
    ],
    [
      "too low",
      () => random.integers(new Uint8Array(3), { seed: 1, low: -1, high: 3 }),
      "low must be a whole number from 0",
    ],
    ["a negative std", () => random.normal(3, { seed: 1, std: -1 }), "std must be 0 or more, got -1"],
    ["a text", () => random.normal("3" as never, { seed: 1 }), 'out must be an array or a length, got "3"'],
    [
      "another type",
      () => random.normal(new Int32Array(3) as never, { seed: 1 }),
      "out must be a Float64Array or Float32Array",
    ],
    ["an offset too far", () => random.uniform(3, { seed: 1, offset: 2 ** 53 - 2 }), "offset must be"],
  ])("refuse %s", { timeout: LIMIT }, async (_name, call, message) => {
    await expect((call as () => Promise<unknown>)()).rejects.toThrow(message);
  });
});
