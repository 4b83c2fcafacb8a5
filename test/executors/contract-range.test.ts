/** parallelFor, parallelReduce and run: jobs over a range, the same on every executor and any number of workers. */
import { heap, inout, input, type Job, out } from "allcores";
import { afterEach, describe, expect, it } from "vitest";
import { count, fill, js, type Range, span, wasm } from "../support/kernels.js";
import { everyExecutor, shared } from "./all.js";

type Floats = Float64Array;
const SIZES: readonly (readonly [n: number, grain: number | undefined])[] = [
  [0, undefined],
  [1, undefined],
  [1, 100],
  [2, 1],
  [7, 3],
  [1023, undefined],
  [1025, undefined],
  [2049, 64],
  [10_007, 13],
  [50_000, 49_999],
];

const usedBefore = heap.stats();
afterEach(() => expect(heap.stats()).toEqual(usedBefore));

describe.each(everyExecutor)("$kind", (row) => {
  const executor = shared(row, 3);

  describe("parallelFor", () => {
    it.each(SIZES)("calls the kernel on every item once: n %i, grain %s", async (n, grain) => {
      using scope = heap.scope();
      const hits = scope.int32(n);
      await executor.it.parallelFor(count, n, [hits], { grain });
      expect(hits.every((value) => value === 1)).toBe(true);
    });

    it("resolves with undefined, and takes async kernels", async () => {
      using scope = heap.scope();
      const array = scope.float64(100);
      expect(await executor.it.parallelFor(js<Range<[Floats]>>("fillLater"), 100, [array])).toBeUndefined();
      expect([...array]).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    });

    it("runs a Wasm kernel on the caller's arrays", async () => {
      using scope = heap.scope();
      const n = 100_001;
      const x = scope.float32(Float32Array.from({ length: n }, (_, i) => i % 100));
      const y = scope.float32(n).fill(1);
      const saxpy = wasm<Range<[Float32Array, Float32Array, number]>>("saxpy");
      await executor.it.parallelFor(saxpy, n, [y, x, 2]);
      expect(y.every((value, i) => value === 2 * (i % 100) + 1)).toBe(true);
    });

    it("takes subarrays", async () => {
      using scope = heap.scope();
      const whole = scope.float64(30).fill(-1);
      await executor.it.parallelFor(fill, 10, [whole.subarray(10, 20)], { grain: 3 });
      expect([...whole.subarray(0, 10), ...whole.subarray(20)].every((value) => value === -1)).toBe(true);
      expect([...whole.subarray(10, 20)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it("heeds the roles of arrays", async () => {
      using scope = heap.scope();
      const n = 5000;
      const x = scope.float64(Float64Array.from({ length: n }, (_, i) => i));
      const y = scope.float64(n);
      await executor.it.parallelFor(js<Range<[Floats, Floats, number]>>("scale"), n, [out(y), input(x), 3]);
      expect(y.every((value, i) => value === 3 * i)).toBe(true);
      await executor.it.parallelFor(js<Range<[Floats, Floats]>>("addInto"), n, [inout(y), input(x)]);
      expect(y.every((value, i) => value === 4 * i)).toBe(true);
    });

    it("carries several elements an item", async () => {
      using scope = heap.scope();
      const array = scope.int16(2 * 777);
      await executor.it.parallelFor(js<Range<[Int16Array]>>("pairs"), 777, [array], { grain: 10 });
      expect(array.every((value, i) => value === (i % 2 === 0 ? i / 2 : -(i - 1) / 2))).toBe(true);
    });

    it("gives each worker scratch memory, zeroed, as the last argument", async () => {
      using scope = heap.scope();
      const array = scope.float64(100);
      const kernel = js<Range<[Floats, Uint8Array?]>>("useScratch");
      await executor.it.run({ kernel, n: 100, args: [array], scratch: 1000 });
      expect(array.every((value) => value === 1001)).toBe(true);
      const bytes = scope.uint8(100);
      await executor.it.run({ kernel: wasm("useScratch"), n: 100, args: [bytes], scratch: 64 });
      expect(bytes.every((value) => value === 1)).toBe(true);
    });

    it(`${row.shares ? "lets the kernel write anywhere" : "refuses what a process would lose"}`, async () => {
      using scope = heap.scope();
      const array = scope.int32(7); // 7 is no multiple of 100: input only
      const job = executor.it.parallelFor(js<Range<[Int32Array]>>("outside"), 100, [array], { grain: 100 });
      if (row.shares) {
        await job;
        expect(array[0]).toBeGreaterThan(0);
      } else
        await expect(job).rejects.toMatchObject({
          code: "ERR_UNSUPPORTED",
          message: expect.stringMatching(/args\[0\]/),
        });
    });
  });

  describe("parallelReduce", () => {
    it.each(SIZES)("folds the chunks from the left, initial first and once: n %i, grain %s", async (n, grain) => {
      const size = grain ?? Math.max(1, Math.ceil(n / 1024));
      let expected = "start ";
      for (let begin = 0; begin < n; begin += size) expected += `${begin}-${Math.min(n, begin + size)} `;
      const folded = await executor.it.parallelReduce(span, n, [], {
        grain,
        initial: "start ",
        combine: (a, b) => a + b,
      });
      expect(folded).toBe(expected);
    });

    it("joins arrays in order", async () => {
      const items = js<Range<[], number[]>>("items");
      const all = await executor.it.parallelReduce(items, 501, [], {
        grain: 7,
        initial: [],
        combine: (a, b) => [...a, ...b],
      });
      expect(all).toEqual(Array.from({ length: 501 }, (_, i) => i));
    });

    it("returns initial for n = 0, untouched", async () => {
      const initial = "nothing";
      const combine = () => expect.unreachable();
      expect(await executor.it.parallelReduce(span, 0, [], { initial, combine })).toBe(initial);
    });

    it("rejects with what combine throws", async () => {
      const combine = () => {
        throw new EvalError("combine");
      };
      await expect(executor.it.parallelReduce(span, 10, [], { initial: "", combine })).rejects.toThrow(EvalError);
    });

    it.each<[string, unknown, RegExp]>([
      ["no options", undefined, /options must be/],
      ["no combine", { initial: 0 }, /combine must be a function/],
      ["no initial", { combine: () => 0 }, /initial is missing/],
    ])("refuses %s", async (_, options, message) => {
      await expect(executor.it.parallelReduce(span, 10, [], options as never)).rejects.toThrow(message);
    });
  });

  describe("run", () => {
    const total = js<Range<[], number>>("total");
    it.each<[string, Job, unknown]>([
      ["none", { kernel: total, n: 1000 }, undefined],
      ["sum of numbers", { kernel: total, n: 10_000, partial: "sum" }, 49_995_000n],
      ["sum of bigints", { kernel: js("bigTotal"), n: 10_000, grain: 77, partial: "sum" }, 49_995_000n],
      ["sum of nothing", { kernel: total, n: 0, partial: "sum" }, 0n],
      ["values", { kernel: total, n: 10, grain: 4, partial: "value" }, [6, 22, 17]],
      ["values of nothing", { kernel: total, n: 0, partial: "value" }, []],
      ["a call", { kernel: js("add"), args: [1, 2] }, 3],
    ])("%s", async (_, job, expected) => {
      expect(await executor.it.run(job)).toEqual(expected);
    });

    it("adds up the values of a Wasm kernel with i64 indices, and beyond 2^31 items", async () => {
      expect(await executor.it.run({ kernel: wasm("squares"), n: 1_000_001, partial: "sum" })).toBe(
        333333833333500000n,
      );
      const wide = { kernel: wasm("span64"), n: 2 ** 53 - 1, grain: 2 ** 45, partial: "sum" } as const;
      expect(await executor.it.run(wide)).toBe(2n ** 53n - 1n);
    });

    it.each<[string, () => Job, typeof TypeError, RegExp]>([
      ["n of -1", () => ({ kernel: total, n: -1 }), RangeError, /n must be a whole number/],
      ["n of 1.5", () => ({ kernel: total, n: 1.5 }), RangeError, /n must be a whole number/],
      ["n as a string", () => ({ kernel: total, n: "5" as never }), TypeError, /n must be a whole number/],
      ["a grain of 0", () => ({ kernel: total, n: 5, grain: 0 }), RangeError, /grain must be a whole number/],
      ["scratch of -1", () => ({ kernel: total, n: 5, scratch: -1 }), RangeError, /scratch must be/],
      ["an unknown partial", () => ({ kernel: total, n: 5, partial: "all" as never }), RangeError, /partial must be/],
      ["too many items for i32", () => ({ kernel: wasm("span32"), n: 2 ** 31 }), RangeError, /n must be below 2\^31/],
      ["a fraction in a sum", () => ({ kernel: js("half"), n: 5, partial: "sum" }), TypeError, /safe integer/],
    ])("refuses %s", async (name, make, type, message) => {
      const error = await executor.it.run(make()).catch((caught: Error) => caught);
      expect(error).toMatchObject({ message: expect.stringMatching(message) });
      if (name !== "a fraction in a sum") expect(error).toBeInstanceOf(type);
      expect(executor.it.pending).toBe(0);
    });
  });
});

describe("the same answer everywhere", () => {
  const n = 100_003;
  const kernels = [js<Range<[], number>>("harmonic"), wasm<Range<[], number>>("harmonic")];
  const pools = everyExecutor.flatMap((row) =>
    (row.workers === "none" ? [1] : [1, 2, 3, 7]).map((workers) => shared(row, workers)),
  );

  it("to the last bit, with 1, 2, 3 and 7 workers", { timeout: 60_000 }, async () => {
    const answers = new Set<number>();
    for (const { it: executor } of pools)
      for (const kernel of kernels)
        answers.add(await executor.parallelReduce(kernel, n, [], { grain: 97, initial: 0, combine: (a, b) => a + b }));
    expect([...answers]).toEqual([expect.closeTo(Math.log(n) + 0.5772156649, 4)]);
  });

  it("of accumulators too, of whatever calls and joins", { timeout: 60_000 }, async () => {
    using scope = heap.scope();
    const x = scope.float64(Float64Array.from({ length: 30_011 }, (_, i) => Math.sin(i)));
    const addRoots = js<Range<[Floats]>>("addRoots");
    const addParts = js<Range<[Floats, Floats]>>("addParts");
    const merge = js<(into: Floats, from: Floats) => void>("joinSpans");
    const answers = new Map<number, Set<string>>();
    for (const { it: executor } of pools)
      for (const n of [0, 1, 1025, x.length]) {
        const roots = await executor.parallelReduce(addRoots, n, [], { out: scope.float64(7), combine: "sum" });
        const options = { out: scope.float64(1), combine: merge, grain: 70 };
        const parts = await executor.parallelReduce(addParts, n, [input(x)], options);
        answers.set(n, (answers.get(n) ?? new Set()).add([...roots, ...parts].join(" ")));
      }
    expect([...answers.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1]);
  });
});
