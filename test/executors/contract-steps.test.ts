/** runSteps: steps in one job, the same on every executor but a cluster. */
import { type HeapArray, heap, jsKernel, type Kernel, repeat, type Step, step, temp, type Untyped } from "allcores";
import { afterEach, describe, expect, it } from "vitest";
import { add, wasm } from "../support/kernels.js";
import { everyExecutor, shared } from "./all.js";

const STEPS = new URL("../fixtures/steps.mjs", import.meta.url);
const js = (name: string) => jsKernel(STEPS, name);
type Range = (begin: number, end: number, ...rest: unknown[]) => void;
/** Of a kernel whose types are of no interest. */
const range = (name: string, n: number | HeapArray<"uint32" | "float64">, args: unknown[], grain?: number) =>
  step(js(name) as Kernel<Range>, n, args, { grain });
const call = (name: string, ...args: unknown[]) => step(js(name), undefined, args);

const usedBefore = heap.stats();
afterEach(() => expect(heap.stats()).toEqual(usedBefore));

const walking = everyExecutor.filter(({ kind }) => kind !== "cluster");

describe.each(walking)("$kind", (row) => {
  const executor = shared(row, 3);
  const one = shared(row, 1);

  it.each([
    [0, undefined],
    [1, undefined],
    [7, 3],
    [1025, undefined],
    [100_000, 999],
  ])("walks through the steps in order: n %i, grain %s", async (n, grain) => {
    using scope = heap.scope();
    const [a, b, sum] = [scope.float64(n), scope.float64(n), scope.float64(1)];
    const rounds = [range("mirror", n, [a, b], grain), range("mirror", n, [b, a], grain)];
    const all = [range("fill", n, [a, 1], grain), repeat(rounds, { atMost: 5 }), call("total", a, sum)];
    expect(await executor.it.runSteps(all)).toBeUndefined();
    expect(a).toEqual(Float64Array.from({ length: n }, (_, i) => i + 11));
    expect(sum[0]).toBe((n * (n - 1)) / 2 + 11 * n);
  });

  it.each([1, 2, 3, 4, 8])("a number that was written gives each item an element, %i of 8", async (count) => {
    using scope = heap.scope();
    const [a, n] = [scope.float64(8).fill(-1), scope.uint32(1)];
    await executor.it.runSteps([call("set", n, count), range("fill", n, [a, 5], 1)]);
    expect([...a]).toEqual(Array.from({ length: 8 }, (_, i) => (i < count ? i + 5 : -1)));
  });

  it("no step begins before all before it are done, over 300 of them", async () => {
    using scope = heap.scope();
    const [a, b] = [scope.float64(64), scope.float64(64)];
    const rounds = row.shares ? 150 : 10;
    const steps = [range("mirror", 64, [a, b], 1), range("mirror", 64, [b, a], 1)];
    await executor.it.runSteps([repeat(steps, { atMost: rounds })]);
    expect(a.every((value) => value === 2 * rounds)).toBe(true);
  });

  it("takes async kernels, Wasm kernels and objects, in one list", async () => {
    using scope = heap.scope();
    const [x, y] = [scope.float32(1000), scope.float32(1000)];
    const length = scope.float64(1);
    const saxpy = wasm<(begin: number, end: number, y: Float32Array, x: Float32Array, a: number) => void>("saxpy");
    await executor.it.runSteps([
      range("fill", 1000, [x, 0]),
      step(saxpy, 1000, [y, x, 2], { grain: 100 }),
      range("doubleLater", 1000, [y], 500),
      call("named", { deep: ["four"] }, length),
      step(wasm<(pointer: unknown) => number>("divide") as Kernel<Untyped>, undefined, [6, 3]),
    ]);
    expect(y.every((value, i) => value === 4 * i)).toBe(true);
    expect(length[0]).toBe(4);
  });

  it("reads a number of items when its step begins", async () => {
    using scope = heap.scope();
    const [a, n, m] = [scope.float64(12), scope.uint32(1), scope.float64(1).fill(12)];
    await executor.it.runSteps([
      call("set", n, 6),
      range("fill", n, [a.subarray(0, 6), 100]),
      call("set", n, 0),
      range("failAt", n, [0]),
    ]);
    expect([...a]).toEqual([100, 101, 102, 103, 104, 105, 0, 0, 0, 0, 0, 0]);
    await executor.it.runSteps([range("fill", m, [a, 0]), call("set", m, 3)]);
    expect([...a]).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(m[0]).toBe(3);
  });

  it.each([5, 6, 12])("has an element for each of %i items that a step counted, in an array of 12", async (count) => {
    using scope = heap.scope();
    const [a, n] = [scope.float64(12).fill(-1), scope.uint32(1)];
    await executor.it.runSteps([call("set", n, count), range("fill", n, [a, 0])]);
    expect([...a]).toEqual(Array.from({ length: 12 }, (_, i) => (i < count ? i : -1)));
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300])("refuses %s as a number of items", async (value) => {
    using scope = heap.scope();
    const [a, n] = [scope.float64(1), scope.float64(1)];
    const steps = [call("set", n, value), repeat([range("fill", n, [a, 0])], { atMost: 2 })];
    const error = await executor.it.runSteps(steps).catch((caught: Error) => caught);
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toMatch(`steps[1].steps[0]: n must be a whole number from 0 to`);
    expect(String(error)).toMatch(`got ${value}`);
    expect(a[0]).toBe(0);
  });

  it("repeats lists until a step says so, lists within lists", async () => {
    using scope = heap.scope();
    const [calls, until, a] = [scope.int32(1), scope.int32(1), scope.float64(1)];
    const seen: unknown[] = [];
    const inner = repeat([range("mirror", 1, [a, a])], { atMost: 3 });
    await executor.it.runSteps(
      [
        repeat([inner, call("countTo", calls, until, 4)], { atMost: 10, until }),
        repeat([call("exit", 1)], { atMost: 0 }),
        repeat([], { atMost: 5 }),
      ],
      { onProgress: (progress) => seen.push(progress) },
    );
    expect([calls[0], a[0]]).toEqual([4, 12]);
    expect(seen.at(-1)).toEqual({ done: 40, total: 40 });
  });

  it("counts steps while it goes on", async () => {
    const seen: number[] = [];
    const rounds = repeat([range("spin", 1, [1]), range("failAt", 0, [0])], { atMost: 1e6 });
    const job: Promise<void> & { cancel(): boolean } = executor.it.runSteps([rounds], {
      onProgress: ({ done, total }) => {
        expect(total).toBe(2e6);
        seen.push(done);
        if (done > 20) job.cancel();
      },
    });
    await expect(job).rejects.toMatchObject({ name: "AbortError" });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBeLessThan(1e6);
  });

  it("keeps arrays between steps, and takes temp nowhere else", async () => {
    using scope = heap.scope();
    const n = 1000;
    const [a, sum, m] = [scope.float64(2 * n).fill(-1), scope.float64(1), scope.uint32(1)];
    const [first, second] = [temp(a.subarray(0, n)), temp(a.subarray(n))];
    await executor.it.runSteps([
      range("fill", n, [first, 1], 10),
      range("fill", n, [second, 10_000], 10),
      call("set", temp(m), n),
      range("mirror", m, [second, first], 10),
      repeat([range("doubleLater", 2 * n, [temp(a)], 500)], { atMost: 2 }),
      call("total", temp(a), sum),
    ]);
    const expected = Array.from({ length: n }, (_, i) => 10_000 + i + (10_000 + i + 1));
    expect(sum[0]).toBe(4 * expected.reduce((x, y) => x + y, 0));
    // Of a process, nothing comes back; but for a number that the caller's side reads.
    if (!row.shares) expect(a.every((value) => value === -1)).toBe(true);
    expect(m[0]).toBe(n);
    const refused = /^args\[0\] is marked temp, which is for the steps of runSteps/;
    await expect(executor.it.parallelFor(js("fill") as Kernel, n, [first, 1] as never)).rejects.toThrow(refused);
    await expect(executor.it.submit(js("total"), [first, sum])).rejects.toThrow(TypeError);
  });

  it("names the step of a kernel that fails, and goes on after it", async () => {
    using scope = heap.scope();
    const a = scope.float64(100);
    const steps = [
      range("fill", 100, [a, 0]),
      repeat([range("failAt", 100, [42], 10), call("exit", 1)], { atMost: 2 }),
    ];
    const error = await executor.it.runSteps(steps).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: "ERR_KERNEL", cause: expect.any(RangeError) });
    expect(String(error)).toMatch(/steps\[1\]\.steps\[0\]: failAt \(.*\) failed on items \[\d+, \d+\).*item 42/);
    await expect(executor.it.runSteps([step(js("missing"), undefined, [])])).rejects.toThrow(
      /^steps\[0\]: missing \(.*could not be loaded/,
    );
    expect(await executor.it.submit(add, [1, 2])).toBe(3);
    expect(executor.it.pending).toBe(0);
  });

  it("stops by a signal, and by cancel", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const long = () => [repeat([range("spin", 20, [0.2], 1), call("spinOnce", 1)], { atMost: 1e5 })];
    const jobs = [
      executor.it.runSteps(long(), { signal: controller.signal }),
      executor.it.runSteps(long()),
      executor.it.runSteps(long(), { signal: AbortSignal.abort(reason) }),
    ] as const;
    setTimeout(() => {
      controller.abort(reason);
      jobs[1].cancel(reason);
    }, 50);
    for (const job of jobs) expect(await job.catch((error) => error)).toBe(reason);
    expect(await executor.it.submit(add, [1, 2])).toBe(3);
  });

  it("six jobs at once are as one alone, on one worker as on three", async () => {
    using scope = heap.scope();
    const arrays = Array.from({ length: 12 }, () => scope.float64(500));
    const jobs = Array.from({ length: 6 }, (_, i) => {
      const [a, b] = [arrays[2 * i], arrays[2 * i + 1]];
      const rounds = [range("mirror", 500, [a, b], 50), range("mirror", 500, [b, a], 50), call("spinOnce", 1)];
      return (i % 2 === 0 ? one : executor).it.runSteps([range("fill", 500, [a, i]), repeat(rounds, { atMost: 4 })]);
    });
    await Promise.all(jobs);
    for (let i = 0; i < 6; i++) expect(arrays[2 * i]).toEqual(Float64Array.from({ length: 500 }, (_, k) => k + i + 8));
  });

  it("sees nothing of what the caller changes later", async () => {
    using scope = heap.scope();
    const [a, length] = [scope.float64(10), scope.float64(1)];
    const value = { deep: ["four"] };
    const args: unknown[] = [a, 1];
    const steps = [range("fill", 10, args), call("named", value, length)];
    args[1] = 1000;
    const job = executor.it.runSteps(steps);
    value.deep[0] = "thirteen";
    steps.length = 0;
    expect(() => heap.free(a)).toThrow(/used by a running job/);
    await job;
    expect([a[0], length[0]]).toEqual([1, 4]);
  });

  it("does nothing without steps, and without items", async () => {
    const seen: unknown[] = [];
    await executor.it.runSteps([], { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([{ done: 0, total: 0 }]);
    await executor.it.runSteps([range("failAt", 0, [0]), repeat([range("failAt", 0, [0])], { atMost: 1e5 })]);
  });

  it.each<[string, unknown, unknown, RegExp]>([
    ["no list", step(add, undefined, [1, 2]), undefined, /^steps must be an array of steps/],
    ["what is no step", [add], undefined, /^steps\[0\] must be made by step\(...\) or repeat/],
    ["what only looks like one", [{ kind: "step" }], undefined, /^steps\[0\] must be made by/],
    ["unknown options", [], { grain: 1 }, /^options: unknown option "grain"; known are signal, onProgress/],
    ["an ordinary array", [range("fill", 1, [new Float64Array(1), 0])], {}, /^steps\[0\]: args\[0\] must lie on the/],
  ])("refuses %s", async (_, steps, options, message) => {
    const error = await executor.it.runSteps(steps as Step[], options as never).catch((caught: Error) => caught);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(message);
  });

  it("refuses what has been freed", async () => {
    const [n, a] = [heap.uint32(1), heap.float64(1)];
    heap.free(n);
    heap.free(a);
    await expect(executor.it.runSteps([range("failAt", n, [0])])).rejects.toThrow(
      /^steps\[0\]: n must be a live array/,
    );
    await expect(executor.it.runSteps([call("total", a, a)])).rejects.toThrow(
      /^steps\[0\]: args\[0\] is a heap array that/,
    );
  });
});

describe.runIf(everyExecutor.some(({ kind }) => kind === "cluster"))("cluster", () => {
  const executor = shared(everyExecutor.find(({ kind }) => kind === "cluster") ?? (everyExecutor[0] as never), 2);

  it("is refused", async () => {
    await expect(executor.it.runSteps([call("spinOnce", 0)])).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
  });
});

it.each<[string, () => unknown, RegExp]>([
  ["a function", () => step((() => {}) as never, 1, [] as never), /^kernel must be a handle/],
  ["a fraction", () => step(add as never, 1.5, [] as never), /^n must be a whole number/],
  ["two numbers", () => step(add as never, heapOf(2), [] as never), /^n must be a number, or an array of one element/],
  ["a number of another type", () => step(add as never, "1" as never, [] as never), /^n must be .* got "1"/],
  ["no arguments", () => step(add as never, 1, 5 as never), /^args must be an array of arguments/],
  ["a grain of 0", () => step(add as never, 1, [] as never, { grain: 0 }), /^grain must be/],
  ["an option of step", () => step(add as never, 1, [] as never, { until: 0 } as never), /^options: unknown option/],
  ["rounds", () => repeat([], { atMost: -1 }), /^atMost must be/],
  ["no step", () => repeat([add as never], { atMost: 1 }), /^steps\[0\] must be made by/],
  ["an until of other numbers", () => repeat([], { atMost: 1, until: heapOf(1) as never }), /^until must be/],
  ["an ordinary array", () => temp(5 as never), /^array must be a typed array of the heap/],
])("step, repeat and temp refuse %s at once", (_, make, message) => {
  expect(make).toThrow(message);
});

function heapOf(length: number) {
  using scope = heap.scope();
  return scope.uint32(length);
}
