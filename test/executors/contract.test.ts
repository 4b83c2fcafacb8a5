/** submit and map: what every executor answers to single calls. */
import { type Executor, KernelError, UnsupportedError } from "allcores";
import { describe, expect, it, vi } from "vitest";
import { add, identity, js, pure, spin, wasm, whoAmI } from "../support/kernels.js";
import { everyExecutor, shared } from "./all.js";

const asyncAdd = js<(a: number, b: number) => Promise<number>>("asyncAdd");

describe.each(everyExecutor)("$kind", (row) => {
  const executor = shared(row);

  describe("submit", () => {
    it.each<[string, (executor: Executor) => Promise<unknown>, unknown]>([
      ["a JS kernel", (it) => it.submit(add, [2, 3]), 5],
      ["an async JS kernel", (it) => it.submit(asyncAdd, [2, 3]), 5],
      ["a kernel that returns a thenable", (it) => it.submit(js("thenable"), [5]), 5],
      ["a kernel without arguments or result", (it) => it.submit(js("noNumber")), undefined],
      ["a Wasm kernel without memory", (it) => it.submit(pure<(a: number, b: number) => number>("add"), [2, 0.5]), 2.5],
      ["a Wasm kernel with i64", (it) => it.submit(pure<(a: bigint) => bigint>("wide"), [2n ** 40n]), 2n ** 40n + 1n],
      ["a Wasm kernel of the shared memory", (it) => it.submit(wasm("divide"), [-7, 2]), -3],
    ])("calls %s", async (_, call, expected) => {
      expect(await call(executor.it)).toBe(expected);
    });

    it.each<[string, unknown]>([
      ["undefined", undefined],
      ["an odd number", -0],
      ["a bigint", 2n ** 70n],
      ["a map in an object", { map: new Map([["a", new Set([1])]]), date: new Date(0), none: null }],
      ["an ordinary typed array", Float32Array.of(1, 2, Number.NaN)],
      ["an array buffer", new ArrayBuffer(5)],
      ["an error", new RangeError("as a value")],
      ["a thenable's absence", { done: true }],
    ])("carries %s there and back", async (_, value) => {
      expect(await executor.it.submit(identity, [value])).toEqual(value);
    });

    it("clones the arguments when it is called, and never gives the kernel's changes back", async () => {
      const object = { text: "before" };
      const array = [1, 2, 3];
      const shouted = executor.it.submit(js<(object: { text: string }) => string>("shout"), [object]);
      const echoed = executor.it.submit(identity, [array]);
      object.text = "after";
      array.push(4);
      expect(await shouted).toBe("before!");
      expect(await echoed).toEqual([1, 2, 3]);
      expect(object.text).toBe("after");
    });

    it("gives a JS kernel a clone of what it returns", async () => {
      const kept = { value: 1 };
      const result = await executor.it.submit(identity, [kept]);
      expect(result).toEqual(kept);
      expect(result).not.toBe(kept);
    });

    it(row.shares ? "shares a SharedArrayBuffer" : "refuses a SharedArrayBuffer", async () => {
      const buffer = new SharedArrayBuffer(4);
      const call = executor.it.submit(js<(buffer: SharedArrayBuffer) => number>("increment"), [buffer]);
      if (row.shares) {
        expect(await call).toBe(1);
        expect(new Int32Array(buffer)[0]).toBe(1);
      } else await expect(call).rejects.toThrow(UnsupportedError);
    });

    it.each<[string, unknown, typeof TypeError, RegExp]>([
      ["a function", add.name.at, TypeError, /kernel must be a handle .* export it from a module/],
      ["nothing", undefined, TypeError, /kernel must be a handle/],
      ["something like a handle", { language: "java", name: "x", source: "x" }, RangeError, /kernel\.language/],
    ])("refuses %s as kernel", async (_, kernel, type, message) => {
      const call = executor.it.submit(kernel as never);
      await expect(call).rejects.toThrow(type);
      await expect(call).rejects.toThrow(message);
    });

    it.each<[string, () => [kernel: unknown, args?: unknown, options?: unknown], typeof TypeError, RegExp]>([
      ["arguments that are no array", () => [add, 5], TypeError, /args must be an array/],
      ["a function as argument", () => [add, [1, () => {}]], TypeError, /args\[1\] can't be sent/],
      ["options that are none", () => [add, [1, 2], 5], TypeError, /options must be an options object/],
      ["a signal that is none", () => [add, [1, 2], { signal: {} }], TypeError, /signal must be an AbortSignal/],
      ["too few arguments of Wasm", () => [wasm("divide"), [1]], TypeError, /args must hold 2 arguments/],
      ["a string for an i32", () => [wasm("divide"), ["1", 2]], TypeError, /args\[0\] must be a number \(i32\)/],
      ["a fraction for an i32", () => [wasm("divide"), [1.5, 2]], RangeError, /args\[0\] .*32 bits/],
      ["a number for an i64", () => [pure("wide"), [1]], TypeError, /args\[0\] must be a bigint/],
      ["a bigint over 64 bits", () => [pure("wide"), [2n ** 64n]], RangeError, /args\[0\] must fit 64 bits/],
      ["an ordinary array for Wasm", () => [wasm("read"), [new Int32Array(1)]], TypeError, /args\[0\] must lie on the/],
    ])("refuses %s", async (_, make, type, message) => {
      const [kernel, args, options] = make();
      const call = executor.it.submit(kernel as never, args as never, options as never);
      await expect(call).rejects.toThrow(type);
      await expect(call).rejects.toThrow(message);
      expect(executor.it.pending).toBe(0);
    });

    it("names the functions of a Wasm module that lacks the kernel", async () => {
      const call = executor.it.submit(pure("none"));
      await expect(call).rejects.toThrow(KernelError);
      await expect(call).rejects.toThrow(/no function "none".*"add"/);
    });
  });

  describe("map", () => {
    const collect = async <T>(results: AsyncIterable<T>): Promise<T[]> => {
      const all: T[] = [];
      for await (const result of results) all.push(result);
      return all;
    };
    const inputs = [5, 1, 0, 4, 2, 3];
    async function* later<T>(values: T[]): AsyncGenerator<T> {
      for (const value of values) {
        await null;
        yield value;
      }
    }

    it.each<[string, () => Iterable<number> | AsyncIterable<number>]>([
      ["an array", () => inputs],
      ["a generator", () => inputs.values()],
      ["an async generator", () => later(inputs)],
    ])("yields in the order of %s", async (_, iterable) => {
      for (const window of [1, 2, 5, 100])
        expect(await collect(executor.it.map(spin, iterable(), { window }))).toEqual(inputs.map(() => undefined));
      const results = executor.it.map(identity, iterable());
      expect(await collect(results)).toEqual(inputs);
    });

    /** What has both, and what has one of them in name only. */
    const both = { [Symbol.iterator]: () => ["sync"].values(), [Symbol.asyncIterator]: () => later(["async"]) };
    const nominal = { [Symbol.iterator]: () => ["sync"].values(), [Symbol.asyncIterator]: undefined };
    it.each<[string, Iterable<unknown>, unknown[]]>([
      ["a string", "a\u{1f600}c", ["a", "\u{1f600}", "c"]],
      ["an empty string", "", []],
      ["a boxed string", Object("ab") as string, ["a", "b"]],
      ["a Map", new Map([[1, "x"]]), [[1, "x"]]],
      ["a Set", new Set([3, 2]), [3, 2]],
      ["a typed array", Float32Array.of(1.5, 2.5), [1.5, 2.5]],
      ["a function that is iterable", Object.assign(() => {}, { [Symbol.iterator]: () => [7].values() }), [7]],
      ["an object that is both, as for await does", both, ["async"]],
      ["an object that is one of both", nominal as never, ["sync"]],
    ])("takes the items of %s", async (_, iterable, items) => {
      expect(await collect(executor.it.map(identity, iterable))).toEqual(items);
    });

    it("has no results for no items", async () => {
      expect(await collect(executor.it.map(identity, []))).toEqual([]);
    });

    it("keeps at most `window` calls in flight", async () => {
      let taken = 0;
      let given = 0;
      function* counted() {
        for (; taken < 20; taken++) {
          expect(taken - given).toBeLessThanOrEqual(3);
          yield taken;
        }
      }
      for await (const result of executor.it.map(identity, counted(), { window: 3 })) {
        expect(result).toBe(given++);
        expect(executor.it.pending).toBeLessThanOrEqual(3);
      }
      expect(given).toBe(20);
    });

    it("starts nothing before it is asked for a result", () => {
      const next = vi.fn(() => ({ done: true, value: 0 }) as const);
      executor.it.map(identity, { [Symbol.iterator]: () => ({ next }) });
      expect(next).not.toHaveBeenCalled();
    });

    it("cancels what is in flight when the loop is left, and closes the source", async () => {
      const closed = vi.fn();
      function* endless() {
        try {
          for (let i = 0; ; i++) yield i;
        } finally {
          closed();
        }
      }
      for await (const _ of executor.it.map(spin, endless(), { window: 4 })) break;
      expect(closed).toHaveBeenCalledOnce();
      expect(executor.it.pending).toBe(0);
    });

    it("rejects with the kernel's error at its item, after the results before it", async () => {
      const results: unknown[] = [];
      const mapped = executor.it.map(js<(value: unknown) => unknown>("functionOf"), [1, 2, 0, 3]);
      await expect(
        (async () => {
          for await (const result of mapped) results.push(result);
        })(),
      ).rejects.toThrow(KernelError);
      expect(results).toEqual([1, 2]);
      expect(executor.it.pending).toBe(0);
    });

    const thrower = (name: string) =>
      Object.defineProperty({ done: false }, name, {
        get() {
          throw new URIError(name);
        },
      });
    it.each([
      ["an answer that is none", () => undefined, TypeError],
      ["an answer whose done throws", () => thrower("done"), URIError],
      ["an answer whose value throws", () => thrower("value"), URIError],
      ["a value whose then throws", () => ({ done: false, value: thrower("then") }), URIError],
    ])("rejects for %s, after the results before it", async (_, last, type) => {
      const items = [1, 2];
      const next = () => (items.length > 0 ? { done: false, value: items.shift() } : last());
      const results: unknown[] = [];
      const mapped = executor.it.map(identity, { [Symbol.iterator]: () => ({ next }) } as Iterable<unknown>, {
        window: 9,
      });
      await expect(
        (async () => {
          for await (const result of mapped) results.push(result);
        })(),
      ).rejects.toThrow(type);
      expect(results).toEqual([1, 2]);
    });

    it("rejects with what the source throws", async () => {
      const broken = (function* () {
        yield 1;
        throw new URIError("source");
      })();
      await expect(collect(executor.it.map(identity, broken))).rejects.toThrow(URIError);
      expect(executor.it.pending).toBe(0);
    });

    it("rejects with the signal's reason, also while the source has nothing to give", async () => {
      const controller = new AbortController();
      const reason = new Error("enough");
      const silent = (async function* () {
        yield 1;
        controller.abort(reason);
        await new Promise(() => {});
      })();
      const all = collect(executor.it.map(identity, silent, { signal: controller.signal, window: 8 }));
      await expect(all).rejects.toBe(reason);
    }, 5_000);

    it("gives results while the source is waiting for more", async () => {
      const source = (async function* () {
        yield 7;
        await new Promise(() => {});
      })();
      const mapped = executor.it.map(identity, source, { window: 8 });
      expect(await mapped.next()).toEqual({ done: false, value: 7 });
    }, 5_000);

    it.each<[string, () => unknown, RegExp]>([
      ["what can't be iterated", () => executor.it.map(identity, 5 as never), /iterable must be iterable, got 5/],
      ["null", () => executor.it.map(identity, null as never), /iterable must be iterable, got null/],
      ["a boolean", () => executor.it.map(identity, true as never), /iterable must be iterable, got true/],
      [
        "an iterator that is no function",
        () => executor.it.map(identity, { [Symbol.iterator]: 5 } as never),
        /iterable must be iterable, got an object/,
      ],
      ["a window of 0", () => executor.it.map(identity, [], { window: 0 }), /window must be a whole number/],
      ["a window that is no number", () => executor.it.map(identity, [], { window: "2" as never }), /window must be/],
      ["what is no kernel", () => executor.it.map((() => 1) as never, []), /kernel must be a handle/],
    ])("refuses %s at once", (_, call, message) => {
      expect(call).toThrow(message);
    });
  });

  it("runs kernels where it says", async () => {
    const [pid, thread] = (await executor.it.submit(whoAmI)).split("/").map(Number);
    expect(pid === process.pid).toBe(row.workers !== "processes");
    expect(thread === 0).toBe(row.workers !== "threads" && row.kind !== "cluster");
  });
});
