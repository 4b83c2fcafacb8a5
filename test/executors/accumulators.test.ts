/** parallelReduce with `out`: accumulators of chunks, joined in a tree, the same on every executor and any number of workers. */
import { type AccumulateOptions, type HeapArray, heap, input, type Kernel, MemoryError, type Untyped } from "allcores";
import { afterEach, describe, expect, it } from "vitest";
import { js, type Range, wasm } from "../support/kernels.js";
import { everyExecutor, executors, shared, withWorkers } from "./all.js";

type Floats = Float64Array;
type Join = (into: Floats, from: Floats) => void;
const countItems = js<Range<[Uint32Array]>>("countItems");
const markSpan = js<Range<[Floats]>>("markSpan");
const joinSpans = js<Join>("joinSpans");

const SIZES: readonly (readonly [n: number, grain: number | undefined])[] = [
  [0, undefined],
  [1, undefined],
  [2, 1],
  [7, 3],
  [1023, 1],
  [1025, undefined],
  [10_007, 13],
  [50_000, 49_999],
];

const usedBefore = heap.stats();
afterEach(() => expect(heap.stats()).toEqual(usedBefore));

/** What the tree comes to whose leaves are these numbers. */
function joinedInTree(leaves: readonly number[], join: (a: number, b: number) => number): number {
  let level = [...leaves];
  while (level.length > 1)
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
      const [left, right] = [level[2 * i] as number, level[2 * i + 1]];
      return right === undefined ? left : join(left, right);
    });
  return level[0] ?? 0;
}

/** What markSpan and joinSpans come to: calls have ceil(n / 1024) items at most. */
function spansOf(n: number, grain: number): number {
  const call = Math.max(1, Math.ceil(n / 1024));
  const leaves: number[] = [];
  for (let first = 0; first < n; first += grain) {
    let value = 0;
    const last = Math.min(n, first + grain);
    for (let begin = first; begin < last; begin += call)
      value = (value + begin + 1) * 1.000001 + Math.min(last, begin + call);
    leaves.push(value);
  }
  return joinedInTree(leaves, (a, b) => a * 31 + b);
}

describe.each(everyExecutor)("$kind", (row) => {
  const executor = shared(row, 3);

  it.each(SIZES)("calls and joins in the order that n and the grain fix: n %i, grain %s", async (n, grain) => {
    using scope = heap.scope();
    const out = scope.float64(1).fill(-1);
    const result = await executor.it.parallelReduce(markSpan, n, [], { out, combine: joinSpans, grain });
    expect(result).toBe(out);
    expect(out[0]).toBe(spansOf(n, grain ?? Math.max(1, Math.ceil(n / 1024))));
  });

  it.each(["sum", "min", "max"] as const)("joins numbers of each type by %s", async (combine) => {
    using scope = heap.scope();
    const { float64, float32, int32, uint32, int16, uint16, int8, uint8, uint8Clamped } = scope;
    for (const make of [float64, float32, int32, uint32, int16, uint16, int8, uint8, uint8Clamped]) {
      const out = (make as typeof float64)(3);
      await executor.it.parallelReduce(countItems as Kernel<Untyped>, 1000, [], {
        out,
        combine,
        grain: 10,
        identity: 0,
      });
      // Chunks of 10 items count 4, 3 and 3 of them, or in another order.
      const counts = [334, 333, 333].map((count) => (out.BYTES_PER_ELEMENT === 1 ? count & 255 : count));
      const signed = out instanceof Int8Array ? counts.map((count) => (count << 24) >> 24) : counts;
      expect([...out]).toEqual({ sum: signed, min: [3, 3, 3], max: [4, 4, 4] }[combine]);
    }
  });

  it("starts from the identity, which is out for no items", async () => {
    using scope = heap.scope();
    const nothing = async <A extends HeapArray>(options: AccumulateOptions<A>) => [
      ...(await executor.it.parallelReduce(countItems as Kernel<Untyped>, 0, [], options as never)),
    ];
    expect(await nothing({ out: scope.int16(2).fill(9), combine: "sum" })).toEqual([0, 0]);
    expect(await nothing({ out: scope.int16(2), combine: "min" })).toEqual([32767, 32767]);
    expect(await nothing({ out: scope.int16(2), combine: "max" })).toEqual([-32768, -32768]);
    expect(await nothing({ out: scope.uint64(1), combine: "min" })).toEqual([2n ** 64n - 1n]);
    expect(await nothing({ out: scope.float32(1), combine: "max" })).toEqual([-Infinity]);
    expect(await nothing({ out: scope.float64(2), combine: "sum", identity: 7 })).toEqual([7, 7]);
    const out = await executor.it.parallelReduce(countItems as Kernel<Untyped>, 10, [], {
      out: scope.float64(1),
      combine: "max",
      identity: 2.5,
      grain: 5,
    });
    expect([...out]).toEqual([7.5]);
  });

  it("NaN wins min and max, and -0 is less than 0", async () => {
    using scope = heap.scope();
    const x = scope.float64([1, 0, -0, 5]);
    const pick = js<Range<[Floats, Floats]>>("copyItem");
    const joined = async (values: Floats, combine: "min" | "max") => {
      const options = { out: scope.float64(1), combine, identity: -0, grain: 1 };
      return (await executor.it.parallelReduce(pick, 4, [input(values)], options))[0];
    };
    expect(await joined(x, "min")).toBe(-0);
    expect(await joined(x, "max")).toBe(5);
    x[2] = Number.NaN;
    expect(await joined(x, "min")).toBe(Number.NaN);
    expect(await joined(x, "max")).toBe(Number.NaN);
  });

  it("takes kernels and joins that are asynchronous", async () => {
    using scope = heap.scope();
    const out = scope.uint32(3);
    const later = js<Range<[Uint32Array]>>("countLater");
    const combine = js<(into: Uint32Array, from: Uint32Array) => void>("sumIntoLater");
    await executor.it.parallelReduce(later, 100, [], { out, combine, grain: 9 });
    expect([...out]).toEqual([34, 33, 33]);
  });

  it("takes Wasm kernels, and joins of either language", async () => {
    using scope = heap.scope();
    const x = scope.float64(Float64Array.from({ length: 5000 }, (_, i) => Math.sqrt(i)));
    const add = wasm<Range<[Floats, Floats]>>("addValues");
    const joins = ["sum" as const, wasm<Join>("addUp"), js<Join>("sumInto")];
    const totals: unknown[] = [];
    for (const combine of joins) {
      const [total] = await executor.it.parallelReduce(add, x.length, [input(x)], {
        out: scope.float64(1),
        combine,
        grain: 7,
      });
      totals.push(total);
    }
    expect(new Set(totals)).toEqual(new Set([expect.closeTo(235_667, -1)]));
  });

  it("tells its progress in items", async () => {
    using scope = heap.scope();
    const seen: unknown[] = [];
    const out = scope.uint32(1);
    await executor.it.parallelReduce(countItems, 1000, [], {
      out,
      combine: "sum",
      onProgress: (one) => seen.push(one),
    });
    expect(seen.at(-1)).toEqual({ done: 1000, total: 1000 });
  });

  it("refuses more chunks than have room, and accumulators that the heap does not hold", async () => {
    using scope = heap.scope();
    const many = { out: scope.uint32(1), combine: "sum", grain: 1 } as const;
    const wide = { out: scope.uint32(2 ** 25), combine: "sum", grain: 4 } as const;
    await expect(executor.it.parallelReduce(countItems, 2 ** 30, [], many)).rejects.toThrow(
      new RangeError("grain must be at least 4 for n = 1073741824, since at most 2^28 chunks have accumulators, got 1"),
    );
    // A child process allocates for itself.
    if (executor.it.kind === "processes" || executor.it.kind === "cluster") return;
    await expect(executor.it.parallelReduce(countItems, 2 ** 30, [], wide)).rejects.toThrow(MemoryError);
  });

  it("pins out while it runs, and nothing afterwards", async () => {
    const out = heap.uint32(1);
    const job = executor.it.parallelReduce(countItems, 1000, [], { out, combine: "sum", grain: 1 });
    expect(() => heap.free(out)).toThrow(RangeError);
    await job;
    heap.free(out);
  });
});

describe.each(executors)("what fails on $kind", (row) => {
  const executor = shared(row);
  const out = (scope: ReturnType<typeof heap.scope>) => scope.uint32(3);

  it.each([
    ["JS", () => js<Join>("failJoin"), /^failJoin \(file:.*kernels\.mjs\) failed: RangeError: no join$/],
    ["Wasm", () => wasm<Join>("trapJoin"), /^trapJoin \(data:.*\) failed: RuntimeError: unreachable/],
    ["missing JS", () => js<Join>("noJoin"), /^noJoin \(.*\) could not be loaded: TypeError: .*no function "noJoin"/],
    ["missing Wasm", () => wasm<Join>("noJoin"), /^noJoin .*could not be loaded: .*no function "noJoin"/],
  ])("a join in %s names its kernel, and no items", async (_, combine, message) => {
    using scope = heap.scope();
    const options = { out: scope.float64(1), combine: combine(), grain: 1 };
    const error = await executor.it.parallelReduce(markSpan, 100, [], options).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: "ERR_KERNEL", message: expect.stringMatching(message) });
    await executor.it.parallelReduce(countItems, 100, [], { out: out(scope), combine: "sum" });
  });

  it("a kernel names its items", async () => {
    using scope = heap.scope();
    const options = { out: out(scope), combine: "sum", grain: 10 } as const;
    const failing = executor.it.parallelReduce(js<Range<[number, Uint32Array]>>("failAt"), 100, [37], options);
    await expect(failing).rejects.toThrow(/^failAt .*failed on items \[37, 38\): Error: item 37$/);
  });

  it("a cancel ends it soon", async () => {
    using scope = heap.scope();
    const spin = js<Range<[number, Uint32Array]>>("spinAccumulating");
    const signal = AbortSignal.timeout(60);
    const job = executor.it.parallelReduce(spin, 1e5, [0.2], { out: out(scope), combine: "sum", signal });
    expect(await job.catch((caught) => caught)).toBe(signal.reason);
  });
});

describe.each(withWorkers)("a crash on $kind", (row) => {
  const executor = shared(row);

  it("rejects, and the next job works", async () => {
    using scope = heap.scope();
    const options = { out: scope.uint32(3), combine: "sum", grain: 1 } as const;
    const job = executor.it.parallelReduce(js<Range<[number, Uint32Array]>>("exitAt"), 100, [70], options);
    await expect(job).rejects.toMatchObject({ code: "ERR_WORKER_CRASHED" });
    await executor.it.parallelReduce(countItems, 100, [], options);
    expect([...options.out]).toEqual([34, 33, 33]);
  });
});

describe("wrong arguments", () => {
  const executor = shared(everyExecutor[0] as (typeof everyExecutor)[0]);
  type Scope = ReturnType<typeof heap.scope>;
  type Make<T> = (x: Floats, scope: Scope) => T;
  type Row = readonly [string, Make<object>, RegExp, typeof TypeError, Make<unknown[]>?];
  const freed = heap.float64(1);
  heap.free(freed);

  const rows: readonly Row[] = [
    [
      "an ordinary out",
      () => ({ out: new Float64Array(1), combine: "sum" }),
      /^out must be .*an ordinary F/,
      TypeError,
    ],
    ["no out", () => ({ out: undefined, combine: "sum" }), /^out must be an array on the shared heap, got/, TypeError],
    ["a freed out", () => ({ out: freed, combine: "sum" }), /^out is a heap array that has been freed/, RangeError],
    ["an input as out", (x) => ({ out: x, combine: "sum" }), /^out overlaps args\[0\]/, RangeError, (x) => [x]],
    ["a part", (x) => ({ out: x.subarray(9), combine: "sum" }), /^out overlaps args\[1\]/, RangeError, (x) => [1, x]],
    [
      "another combine",
      (x) => ({ out: x, combine: "mean" }),
      /^combine must be one of "sum", "min", "max"/,
      RangeError,
    ],
    ["a function", (x) => ({ out: x, combine: () => x }), /^combine must be "sum".* export it/, TypeError],
    ["no combine", (x) => ({ out: x }), /^combine must be "sum", "min", "max" or a kernel/, TypeError],
    ["a text", (x) => ({ out: x, combine: "sum", identity: "0" }), /^identity must be a number/, TypeError],
    ["a half", (_, { int8 }) => ({ out: int8(1), combine: "sum", identity: 0.5 }), /^identity must be/, RangeError],
    ["128", (_, { int8 }) => ({ out: int8(1), combine: "sum", identity: 128 }), /^identity .*to 127/, RangeError],
    ["initial", (x) => ({ out: x, combine: "sum", initial: 0 }), /unknown option "initial"; known are out/, TypeError],
    ["a grain of 0", (x) => ({ out: x, combine: "sum", grain: 0 }), /^grain must be a whole number/, RangeError],
    [
      "a join of one",
      (x) => ({ out: x, combine: wasm<Untyped>("forever") }),
      /^combine must take two accumulators/,
      TypeError,
    ],
    [
      "no out with a name",
      () => ({ combine: "sum", initial: 0 }),
      /^combine must be a function.*go with out/,
      TypeError,
    ],
  ];
  it.each(rows.map((row) => [row[0], row] as const))("%s", async (_, [, options, message, Type, args]) => {
    using scope = heap.scope();
    const x = scope.float64(10);
    const job = executor.it.parallelReduce(
      countItems as Kernel<Untyped>,
      10,
      (args?.(x, scope) ?? []) as never,
      options(x, scope) as never,
    );
    const error = await job.catch((caught: Error) => caught);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(error).toBeInstanceOf(Type);
    expect(executor.it.pending).toBe(0);
  });
});
