/** Sorting, against the language's own. */
import { heap, SerialExecutor } from "allcores";
import { argsort, type Key, sort } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, doubles, generator, usual, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();

/** The same numbers as each type of keys. */
const TYPES: Readonly<Record<string, (values: Float64Array) => Key>> = {
  Float64Array: (values) => values,
  Float32Array: (values) => Float32Array.from(values),
  Int32Array: (values) => Int32Array.from(values),
  Uint32Array: (values) => Uint32Array.from(values),
  BigInt64Array: (values) => BigInt64Array.from(values, big),
  BigUint64Array: (values) => BigUint64Array.from(values, big),
};

function big(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.round(value % 2 ** 60)) : 0n;
}

/** More than one block of each kernel, and fewer than it counts in. */
const CASES = usual((values) => values, 20_011);
const floats = usual((values) => Float32Array.from(values), 9001);

contract([
  ...[false, true].map((descending) =>
    verb({
      name: `sort${descending ? ", the greatest first" : ""}`,
      cases: CASES,
      run: ({ x }, options) => sort(x, { ...options, descending }),
      expected: ({ x }) => loops.sort(x, { descending }),
      out: ({ x }) => new Float64Array(x.length),
    }),
  ),
  verb({
    name: "argsort",
    cases: floats,
    run: ({ x }, options) => argsort(x, { ...options, descending: true }),
    expected: ({ x }) => loops.argsort(x, { descending: true }),
    out: ({ x }) => new Uint32Array(x.length),
  }),
  verb({
    name: "argsort by several keys",
    cases: { empty: keysOf(0), one: keysOf(1), many: keysOf(9001) },
    run: ({ a, b, c }, options) => argsort([a, b, c], { ...options, descending: [false, true, false] }),
    expected: ({ a, b, c }) =>
      Uint32Array.from(a.keys()).sort(
        (i, j) => compare(a[i], a[j]) || -compare(b[i], b[j]) || compare(c[i], c[j]) || i - j,
      ),
  }),
]);

/** Keys with many equals. */
function keysOf(n: number) {
  const next = generator(3);
  const whole = (limit: number) => Array.from({ length: n }, () => Math.floor(limit * next()));
  return { a: Int32Array.from(whole(5)), b: Float64Array.from(whole(20)), c: BigInt64Array.from(whole(30), BigInt) };
}

function compare<T extends number | bigint>(a: T | undefined, b: T | undefined): number {
  return Number((a as T) > (b as T)) - Number((a as T) < (b as T));
}

describe("sort", () => {
  test.each(Object.keys(TYPES))("of %s, every size and shape", { timeout: LIMIT }, async (name) => {
    const make = TYPES[name] as (values: Float64Array) => Key;
    for (const [shape, { x }] of Object.entries(usual((values) => values, 8200))) {
      const keys = make(x);
      for (const descending of [false, true]) {
        const sorted = await sort(keys, { executor, descending });
        expect(Buffer.from(sorted.buffer).equals(Buffer.from(loops.sort(keys, { descending }).buffer)), shape).toBe(
          true,
        );
        const positions = await argsort(keys, { executor, descending });
        expect(
          Buffer.from(positions.buffer).equals(Buffer.from(loops.argsort(keys, { descending }).buffer)),
          shape,
        ).toBe(true);
      }
    }
    for (const n of [2, 47, 48, 49, 50, 8191, 8192, 8193, 70_001]) {
      const keys = make(doubles(n, n));
      expect(
        Buffer.from((await sort(keys, { executor })).buffer).equals(Buffer.from(loops.sort(keys).buffer)),
        `${n}`,
      ).toBe(true);
    }
  });

  test("of many equals, whose blocks are cut within them", { timeout: LIMIT }, async () => {
    const next = generator(4);
    const keys = Uint32Array.from({ length: 50_001 }, () => (next() < 0.9 ? 3 : Math.floor(6 * next())));
    expect(
      Buffer.from((await argsort(keys, { executor })).buffer).equals(Buffer.from(loops.argsort(keys).buffer)),
    ).toBe(true);
  });

  test("in place, on the heap and ordinary", { timeout: LIMIT }, async () => {
    const x = heap.float64(doubles(10_000));
    const wanted = loops.sort(Float64Array.from(x));
    expect(await sort(x, { executor, out: x })).toBe(x);
    expect(x.every((value, i) => Object.is(value, wanted[i]))).toBe(true);
    heap.free(x);
    const ordinary = Int32Array.of(3, 1, 2);
    expect(await sort(ordinary, { executor, out: ordinary })).toBe(ordinary);
    expect([...ordinary]).toEqual([1, 2, 3]);
  });

  const x = new Float64Array(8);
  test.each([
    ["plain arrays", () => sort([3, 1] as never), "x must be a Float64Array, Float32Array, Int32Array"],
    ["bytes", () => sort(new Uint8Array(2) as never), "got Uint8Array(2)"],
    [
      "an out of another type",
      () => sort(x, { out: new Float32Array(8) as never }),
      "out must be a Float64Array, got Float32Array(8)",
    ],
    ["a short out", () => sort(x, { out: new Float64Array(7) }), "out must have 8 elements, got 7"],
    ["an out that overlaps", () => sort(x.subarray(0, 6), { out: x.subarray(2) }), "out must not overlap x, unless"],
    [
      "descending that is no flag",
      () => sort(x, { descending: "yes" as never }),
      'descending must be true or false, got "yes"',
    ],
    ["no keys", () => argsort([]), "keys must be one array at least, got none"],
    [
      "keys of other lengths",
      () => argsort([x, new Int32Array(3)]),
      "keys[1] must have as many elements as keys[0], 8, got 3",
    ],
    ["keys of other types", () => argsort([x, "abc" as never]), "keys[1] must be a Float64Array"],
    [
      "flags that do not fit",
      () => argsort([x, x], { descending: [true] }),
      "descending must have as many as keys, 2, got 1",
    ],
    [
      "a flag that is none",
      () => argsort([x, x], { descending: [true, 1 as never] }),
      "descending[1] must be true or false, got 1",
    ],
  ])("refuses %s", { timeout: LIMIT }, async (_name, call, message) => {
    await expect((call as () => Promise<unknown>)()).rejects.toThrow(message);
  });
});
