/** Arrays on the shared heap: how they are made, freed, refused, and what running out says. */
import { readFileSync } from "node:fs";
import { type ElementType, heap, MemoryError, SerialExecutor, ThreadExecutor } from "allcores";
import { afterEach, describe, expect, it } from "vitest";
import { js, type Range } from "../support/kernels.js";
import { refuses } from "../support/refuses.js";
import { isLinux, run, start } from "../support/system.js";

const TYPES: readonly [ElementType, bytes: number, name: string][] = [
  ["float64", 8, "Float64Array"],
  ["float32", 4, "Float32Array"],
  ["int64", 8, "BigInt64Array"],
  ["uint64", 8, "BigUint64Array"],
  ["int32", 4, "Int32Array"],
  ["uint32", 4, "Uint32Array"],
  ["int16", 2, "Int16Array"],
  ["uint16", 2, "Uint16Array"],
  ["int8", 1, "Int8Array"],
  ["uint8", 1, "Uint8Array"],
  ["uint8Clamped", 1, "Uint8ClampedArray"],
];

const empty = heap.stats();
afterEach(() => expect(heap.stats()).toEqual(empty));

describe.each(TYPES)("heap.%s", (type, bytes, name) => {
  /** Elements are bigints in arrays of 64-bit integers. */
  const isBig = type.endsWith("nt64");
  const element = (value: number) => (isBig ? BigInt(value) : value) as never;
  const kind = isBig ? "bigint" : "number";

  it("makes zeroed typed arrays on one shared memory, on lines of their own", () => {
    using scope = heap.scope();
    const arrays = [0, 1, 7, 1000, 100_000].map((length) => scope[type](length));
    for (const array of arrays) {
      expect(array.BYTES_PER_ELEMENT).toBe(bytes);
      expect(array.constructor.name).toBe(name);
      expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(array.byteOffset % 64).toBe(0);
      expect(array.byteOffset).toBeGreaterThanOrEqual(65_536);
      expect([...array].every((value) => value === element(0))).toBe(true);
    }
    const [, , , some, many] = arrays;
    expect(many?.byteOffset).not.toBe(some?.byteOffset);
  });

  it("copies numbers in", () => {
    using scope = heap.scope();
    const numbers = [1, 2, 100].map(element);
    const other = isBig ? BigUint64Array.from(numbers) : Float64Array.from(numbers);
    for (const content of [numbers, other as never, { length: 3, 0: element(1), 1: element(2), 2: element(100) }])
      expect([...scope[type](content)]).toEqual(numbers);
    expect([...scope[type](scope[type](numbers) as never)]).toEqual(numbers);
    expect(scope[type]([])).toHaveLength(0);
  });

  it("zeroes memory that was used before", () => {
    for (const length of [1, 9, 1000, 65_537]) {
      const used = heap[type](length);
      used.fill(element(77));
      heap.free(used);
      const fresh = heap[type](length);
      expect(fresh.byteOffset).toBe(used.byteOffset);
      expect([...fresh].every((value) => value === element(0))).toBe(true);
      heap.free(fresh);
    }
  });

  it.each<[unknown, new (message: string) => Error, RegExp]>([
    [-1, RangeError, /length must be a whole number/],
    [1.5, RangeError, /length must be a whole number/],
    [Number.NaN, RangeError, /length must be a whole number/],
    ["5", TypeError, /takes a length or an array of (number|bigint)s, got "5"/],
    [undefined, TypeError, /takes a length or an array of (number|bigint)s/],
    [null, TypeError, /takes a length or an array of (number|bigint)s/],
    [{}, TypeError, /takes a length or an array of (number|bigint)s/],
    [2 ** 32, MemoryError, /bytes asked, \d+ bytes free .* work in parts/],
    [2 ** 33, MemoryError, /bytes asked/],
    [2 ** 50, MemoryError, /bytes asked/],
  ])("refuses %s", (content, error, message) => refuses(() => heap[type](content as number), error, message));

  it("refuses elements of the other kind, by their place", () => {
    const wrong = isBig ? [1, "1", true, undefined, 0.5] : [1n];
    for (const value of wrong) {
      const act = () => heap[type]([element(5), value, element(6)] as never);
      expect(act).toThrow(TypeError);
      const shown = typeof value === "bigint" ? "1n" : JSON.stringify(value);
      expect(act).toThrow(`heap.${type}: element 1 must be a ${kind}, got ${shown}`);
    }
    const other = isBig ? Int32Array.of(7) : BigInt64Array.of(7n);
    expect(() => heap[type](other as never)).toThrow(`heap.${type}: element 0 must be a ${kind}, got 7`);
    const message = `heap.${type} takes a length or an array of ${kind}s, got ${other.constructor.name}(0)`;
    expect(() => heap[type](other.subarray(0, 0) as never)).toThrow(message);
  });
});

it("plain arrays of numbers convert as typed arrays do", () => {
  using scope = heap.scope();
  const mixed = ["2", true, null, undefined, "a"] as never;
  expect([...scope.float64(mixed)]).toEqual([2, 1, 0, Number.NaN, Number.NaN]);
  expect([...scope.int8(mixed)]).toEqual([2, 1, 0, 0, 0]);
});

it("arrays of 64 bits hold what fits them, and bytes are cut or clamped", () => {
  using scope = heap.scope();
  expect([...scope.int64([-(2n ** 63n), 2n ** 63n - 1n])]).toEqual([-(2n ** 63n), 2n ** 63n - 1n]);
  expect([...scope.uint64([2n ** 64n - 1n, -1n])]).toEqual([2n ** 64n - 1n, 2n ** 64n - 1n]);
  expect([...scope.uint8Clamped([-5, 254.5, 300])]).toEqual([0, 254, 255]);
});

describe("heap.free", () => {
  it("gives the memory back, and counts", () => {
    const array = heap.float64(1000);
    const { reserved } = empty;
    expect(heap.stats()).toEqual({ reserved, used: 8000, free: reserved - 8000, allocations: 1 });
    heap.free(array);
    expect(heap.stats()).toEqual(empty);
  });

  const live = () => heap.int32(10);
  it.each<[string, () => unknown, typeof TypeError, string]>([
    ["nothing", () => undefined, TypeError, "array"],
    ["a plain array", () => [1], TypeError, "array"],
    ["a DataView", () => new DataView(new ArrayBuffer(8)), TypeError, "array"],
    ["an ordinary typed array", () => new Int32Array(4), RangeError, "array"],
    ["one on shared memory of another", () => new Int32Array(new SharedArrayBuffer(8)), RangeError, "array"],
  ])("refuses %s", (_, make, error, message) => refuses(() => heap.free(make() as never), error, message));

  it("refuses a subarray, even of all, and an array freed before, whoever has its memory", () => {
    const array = live();
    expect(() => heap.free(array.subarray())).toThrow(/array is a part of a heap array/);
    heap.free(array);
    expect(() => heap.free(array)).toThrow(/array has been freed already/);
    const next = live();
    expect(next.byteOffset).toBe(array.byteOffset);
    expect(() => heap.free(array)).toThrow(/array has been freed already/);
    heap.free(next);
  });

  it("refuses an array that a job uses, through whatever view", async () => {
    const executor = new SerialExecutor();
    const array = heap.int32(100);
    const job = executor.parallelFor(js<Range<[Int32Array]>>("count"), 10, [array.subarray(20, 30)]);
    expect(() => heap.free(array)).toThrow(/array is used by a running job/);
    await job;
    expect(array[20]).toBe(1);
    heap.free(array);
    await expect(executor.parallelFor(js<Range<[Int32Array]>>("count"), 10, [array])).rejects.toThrow(
      /args\[0\] is a heap array that has been freed/,
    );
  });
});

describe("heap.scope", () => {
  it("frees what it made, but what was freed by hand, and nothing else", () => {
    const outside = heap.int8(1);
    {
      using scope = heap.scope();
      scope.float64(10);
      heap.free(scope.float32([1, 2]));
      scope.uint16(3);
      expect(heap.stats().allocations).toBe(3);
    }
    expect(heap.stats()).toMatchObject({ allocations: 1, used: 1 });
    heap.free(outside);
  });

  it("frees when the block throws", () => {
    expect(() => {
      using scope = heap.scope();
      scope.float64(10);
      throw new EvalError("block");
    }).toThrow(EvalError);
  });
});

describe("the limit", () => {
  const SMALL = `import { configureHeap, estimatePi, heap, renderFractal } from "allcores";
    const told = [];
    const tell = async (action) => {
      try { told.push(String(await action())); }
      catch (error) { told.push(error.name + ": " + error.message); }
    };`;
  const PRINT = "console.log(JSON.stringify(told));";

  it("is what configureHeap says: running out tells what was asked, what is free, and what helps", async () => {
    const told = await run<string[]>(`${SMALL}
      configureHeap({ bytes: 2 ** 20 });
      await tell(() => heap.stats().reserved);
      const half = heap.uint8(2 ** 19);
      await tell(() => heap.float64(2 ** 18).length);
      await tell(() => renderFractal({ width: 2000, height: 2000 }));
      heap.free(half);
      await tell(() => heap.uint8(2 ** 20 - 2 ** 16).length);
      await tell(() => heap.uint8(1));
      await tell(() => heap.stats().allocations);
      await tell(() => configureHeap({ bytes: 2 ** 21 }));
      ${PRINT}`);
    expect(told).toEqual([
      "1048576",
      expect.stringMatching(
        /^MemoryError: heap\.float64\(262144\): 2097152 bytes asked, 458752 bytes free .* of 1048576\. .*configureHeap\(.*ALLCORES_HEAP.*--heap/,
      ),
      expect.stringMatching(/^MemoryError: a picture of 2000x2000: 16000000 bytes asked/),
      "983040",
      expect.stringMatching(/^MemoryError: heap\.uint8\(1\): 1 bytes asked, 0 bytes free/),
      "1",
      expect.stringMatching(/^UnsupportedError: configureHeap: the heap is in use already/),
    ]);
  });

  it.each<[string, string]>([
    ["0", "RangeError"],
    ["-1", "RangeError"],
    ["2 ** 33", "RangeError"],
    ["1.5", "RangeError"],
    ["65536", "RangeError"],
    ["'1GiB'", "TypeError"],
    ["undefined", "TypeError"],
  ])("configureHeap refuses %s", async (bytes, name) => {
    const told = await run<string[]>(`${SMALL} await tell(() => configureHeap({ bytes: ${bytes} })); ${PRINT}`);
    expect(told).toEqual([expect.stringMatching(new RegExp(`^${name}: bytes must be a whole number`))]);
  });

  it.each<[string, string | RegExp]>([
    ["2GiB", "2147483648"],
    ["4GiB", "4211015680"],
    ["4050MiB", "4211015680"],
    ["1.5gb", "1500053504"],
    ["262144", "262144"],
    ["200000", "262144"],
    ["lots", /^RangeError: ALLCORES_HEAP must be a size such as "512MiB"/],
    ["8GiB", /^RangeError: ALLCORES_HEAP must be a whole number from 131072 to 4294967296/],
    ["10", /^RangeError: ALLCORES_HEAP/],
    ["-1GiB", /^RangeError: ALLCORES_HEAP/],
  ])("ALLCORES_HEAP=%s", async (setting, expected) => {
    const told = await run<string[]>(`${SMALL} await tell(() => heap.stats().reserved); ${PRINT}`, {
      env: { ALLCORES_HEAP: setting },
    });
    expect(told).toEqual([typeof expected === "string" ? expected : expect.stringMatching(expected)]);
  });

  it("by default is what can be had, page 0 apart: the slots of modules are not in it", async () => {
    const code = `import { heap } from "allcores";
      const { free } = heap.stats();
      console.log(JSON.stringify([heap.uint8(free - 65536).length === free - 65536, heap.stats().free]));`;
    expect(await run(code)).toEqual([true, 65536]);
  });

  it.skipIf(!isLinux)("of address space (ulimit -v): the error says what helps, and it does", async () => {
    const code = `import { heap } from "allcores";
      try { console.log(heap.float64(10).length); } catch (error) { console.log(error.name + ": " + error.message); }`;
    const before = "ulimit -v 9000000";
    expect((await start(code, { before }).ended).stdout).toMatch(
      /^MemoryError: the shared heap could not be made.*10 GiB of address space.*ulimit -v.*--disable-wasm-trap-handler/,
    );
    const options = ["--disable-wasm-trap-handler"];
    expect((await start(code, { before, options, env: { ALLCORES_HEAP: "64MiB" } }).ended).stdout).toBe("10\n");
  });
});

it("does not grow the process for what is made and freed again and again", () => {
  const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) / 1024;
  const before = isLinux ? resident() : 0;
  for (let i = 0; i < 200; i++) heap.free(heap.float64(2 ** 20).fill(i));
  if (isLinux) expect(resident() - before).toBeLessThan(100);
});

describe("arrays beyond 2 GiB", () => {
  it("are reached by kernels of both languages", { timeout: 60_000 }, async () => {
    // Only touched pages cost memory: the big array is never written.
    const code = `
      import { heap, jsKernel, wasmKernel, SerialExecutor, ThreadExecutor } from "allcores";
      const big = heap.uint8(2.4e9);
      const array = heap.uint8(1000);
      const floats = heap.float64([1, 2, 3]);
      const told = [array.byteOffset > 2 ** 31, [...floats]];
      for (const executor of [new SerialExecutor(), new ThreadExecutor({ workers: 2 })]) {
        for (const kernel of [wasmKernel(process.env.SHARED, "fill8"), jsKernel(process.env.KERNELS, "fill")]) {
          array.fill(0);
          await executor.parallelFor(kernel, 1000, [array]);
          told.push(array.reduce((a, b) => a + b, 0));
        }
        await executor.shutdown();
      }
      heap.free(array);
      heap.free(big);
      told.push(heap.stats().used);
      console.log(JSON.stringify(told));`;
    const { inject } = await import("vitest");
    const { KERNELS } = await import("../support/kernels.js");
    const sum = (item: (i: number) => number) =>
      Array.from({ length: 1000 }, (_, i) => item(i) & 255).reduce((a, b) => a + b);
    const wasmSum = sum((i) => i * 7);
    const jsSum = sum((i) => i + 1);
    expect(await run(code, { env: { SHARED: inject("shared"), KERNELS: KERNELS.href } })).toEqual([
      true,
      [1, 2, 3],
      wasmSum,
      jsSum,
      wasmSum,
      jsSum,
      24,
    ]);
  });
});

it("a subarray of a freed array is refused by every executor, before anything runs", async () => {
  const array = heap.int32(10);
  const part = array.subarray(2, 4);
  heap.free(array);
  for (const executor of [new SerialExecutor(), new ThreadExecutor({ workers: 1 })]) {
    await using one = executor;
    await expect(one.parallelFor(js<Range<[Int32Array]>>("count"), 2, [part])).rejects.toThrow(/has been freed/);
  }
});
