/** What a compiled kernel is called with is checked before anything is sent; results mean what their types say. */
import { heap, type Kernel, SerialExecutor, type Untyped } from "allcores";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { executors, shared } from "../executors/all.js";
import { compiled } from "./sources.js";

const SOURCE = `
export function every(begin: i32, end: i32, a: i8, b: u8, c: i16, d: u16, e: i32, f: u32, g: i64, h: u64, i: f32, j: f64, k: bool): void {}
export function scale(begin: i32, end: i32, a: f64, x: Ptr<f64>, table: Whole<i32>): void {
  for (let i = begin; i < end; i++) x[i] *= a;
}
export function bytes(begin: u32, end: u32, x: Ptr<u8>): void { for (let i = begin; i < end; i++) x[i] = <u8>i; }
export function wide(begin: i64, end: i64): i64 { return end - begin; }
export function real(begin: f64, end: f64): f64 { return end - begin; }
export function small(begin: i16, end: i16): void {}
export function address(begin: i32, end: i32, at: usize): void {}
export function one(a: i32): i32 { return a; }
export function unsigned(): u32 { return u32.MAX_VALUE; }
export function unsigned64(): u64 { return u64.MAX_VALUE; }
export function truth(a: i32): bool { return a > 1; }
export function byte(a: u8): u8 { return a + 1; }
`;

let kernels: Record<string, Kernel<Untyped>>;
beforeAll(async () => {
  kernels = await compiled(SOURCE);
}, 60_000);
const kernel = (name: string) => kernels[name] as Kernel<Untyped>;
const GOOD = [-128, 255, -32768, 65535, -(2 ** 31), 2 ** 32 - 1, -(2n ** 63n), 2n ** 64n - 1n, 0.5, NaN, true];

describe("numbers", () => {
  const executor = new SerialExecutor();

  it("of their ranges are taken", async () => {
    await executor.parallelFor(kernel("every"), 1, GOOD as never);
  });

  it.each<[index: number, value: unknown, message: RegExp]>([
    [0, -129, /args\[0\] \(a\) must be a whole number from -128 to 127 \(i8\), got -129/],
    [0, 1.5, /args\[0\] \(a\) must be a whole number/],
    [1, 256, /\(b\) .* from 0 to 255 \(u8\)/],
    [1, -1, /\(b\)/],
    [2, 32768, /\(c\) .*\(i16\)/],
    [3, 65536, /\(d\) .*\(u16\)/],
    [4, 2 ** 31, /\(e\) .*\(i32\)/],
    [4, NaN, /\(e\) .*got NaN/],
    [5, 2 ** 32, /\(f\) .*\(u32\)/],
    [5, 1n, /\(f\) must be a number \(u32\), got 1n/],
    [6, 1, /\(g\) must be a bigint \(i64\), got 1/],
    [6, 2n ** 63n, /\(g\) must fit 64 bits \(i64\)/],
    [7, -1n, /\(h\) must fit 64 bits \(u64\)/],
    [8, "1", /\(i\) must be a number \(f32\), got "1"/],
    [9, 1n, /\(j\) must be a number \(f64\), got 1n/],
    [10, 2, /\(k\) must be a boolean \(bool\), got 2/],
  ])("argument %i: %s is refused", async (index, value, message) => {
    const args = GOOD.with(index, value as never);
    await expect(executor.parallelFor(kernel("every"), 1, args as never)).rejects.toThrow(message);
  });

  it("are counted", async () => {
    await expect(executor.parallelFor(kernel("every"), 1, GOOD.slice(1) as never)).rejects.toThrow(
      /must hold 11 arguments/,
    );
    await expect(executor.submit(kernel("one"), [])).rejects.toThrow(/must hold 1 arguments/);
  });
});

describe("arrays", () => {
  const executor = new SerialExecutor();
  const run = (...args: unknown[]) => executor.parallelFor(kernel("scale"), 10, args as never);

  it("of the right element and length are taken, longer ones and parts too", async () => {
    const scope = heap.scope();
    onTestFinished(() => scope[Symbol.dispose]());
    const x = scope.float64(12).fill(1);
    await run(2, x.subarray(2), scope.int32(1));
    await run(2, x, scope.int32(1));
    expect([...x]).toEqual([2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 2, 2]);
  });

  it("of another kind are refused", async () => {
    const scope = heap.scope();
    onTestFinished(() => scope[Symbol.dispose]());
    const [x, table] = [scope.float64(10), scope.int32(3)];
    await expect(run(2, scope.float32(10), table)).rejects.toThrow(
      /args\[1\] \(x\) must be an array made by heap\.float64 \(Ptr<f64>\), got Float32Array\(10\)/,
    );
    await expect(run(2, x, scope.uint32(3))).rejects.toThrow(/args\[2\] \(table\) .*heap\.int32 \(Whole<i32>\)/);
    await expect(run(2, 64, table)).rejects.toThrow(/args\[1\] \(x\) .*got 64/);
    await expect(run(x, x, table)).rejects.toThrow(/args\[0\] \(a\) must be a number \(f64\)/);
    await expect(run(2, new Float64Array(10), table)).rejects.toThrow(/args\[1\] must lie on the shared heap/);
    await expect(run(2, x.subarray(1), table)).rejects.toThrow(
      /RangeError: args\[1\] \(x\) must have at least n = 10 elements \(Ptr<f64>\), got 9|at least n = 10/,
    );
  });

  it("reach a usize as pointers", async () => {
    const x = heap.float64(1);
    onTestFinished(() => heap.free(x));
    await executor.parallelFor(kernel("address"), 1, [x] as never);
    await executor.parallelFor(kernel("address"), 1, [x.byteOffset] as never);
  });
});

describe("ranges", () => {
  const executor = new SerialExecutor();

  it.each([
    [
      "one",
      /must take \(begin, end, \.\.\.\) here, both i32, u32, i64, u64, f64, isize or usize, but one \(kernels\.ts\) takes \(a: i32\)/,
    ],
    ["small", /must take \(begin, end/],
    ["missing", /the module has no function "missing"; it has "every", "scale"/],
  ])("kernel %s can't serve one", async (name, message) => {
    const handle = kernels[name] ?? ({ ...kernel("one"), name } as Kernel<Untyped>);
    await expect(executor.parallelFor(handle, 1)).rejects.toThrow(message);
  });

  it("are limited by the type of begin and end", async () => {
    await expect(executor.parallelFor(kernel("every"), 2 ** 31, GOOD as never)).rejects.toThrow(
      /n must be at most 2147483647/,
    );
    const sum = { combine: (a: unknown, b: unknown) => (a as number) + (b as number), initial: 0, grain: 2 ** 40 };
    expect(await executor.parallelReduce(kernel("real"), 2 ** 40, [], sum)).toBe(2 ** 40);
  });
});

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row);

  it("results are of their types", async () => {
    expect(await executor.it.submit(kernel("unsigned"))).toBe(2 ** 32 - 1);
    expect(await executor.it.submit(kernel("unsigned64"))).toBe(2n ** 64n - 1n);
    expect(await executor.it.submit(kernel("truth"), [2])).toBe(true);
    expect(await executor.it.submit(kernel("byte"), [255])).toBe(0);
    const big = { combine: (a: unknown, b: unknown) => (a as bigint) + (b as bigint), initial: 0n };
    expect(await executor.it.parallelReduce(kernel("wide"), 1000, [], big)).toBe(1000n);
  });

  it("bytes are theirs alone", async () => {
    const x = heap.uint8(1000);
    onTestFinished(() => heap.free(x));
    await executor.it.parallelFor(kernel("bytes"), 1000, [x] as never);
    expect([...x]).toEqual(Array.from({ length: 1000 }, (_, i) => i & 255));
  });
});
