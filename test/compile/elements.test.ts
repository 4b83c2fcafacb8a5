/** Arrays of 64-bit integers, and of clamped bytes: in kernels of both languages, on every executor. */
import { readFileSync } from "node:fs";
import { heap, inout, input, jsKernel, type Kernel, out, SerialExecutor } from "allcores";
import { buildKernels, compileKernels, type Kernels } from "allcores/compile";
import { beforeAll, describe, expect, it } from "vitest";
import { executors, shared } from "../executors/all.js";
import { compiled, newFolder, written } from "./sources.js";

/** A step of FNV-1a, and of a generator: programs of hashes need all 64 bits. */
const SOURCE = `
export function hash(begin: i32, end: i32, x: Whole<i64>, y: Ptr<u64>): void {
  for (let i = begin; i < end; i++) y[i] = (y[i] ^ <u64>x[i]) * 0x100000001b3;
}
export function least(begin: i32, end: i32, x: Ptr<i64>): i64 {
  let found = i64.MAX_VALUE;
  for (let i = begin; i < end; i++) found = min(found, x[i]);
  return found;
}
export function most(begin: i32, end: i32, x: Whole<u64>): u64 {
  let found: u64 = 0;
  for (let i = begin; i < end; i++) found = max(found, x[i]);
  return found;
}
/** @vectorize */
export function mix(a: i64, b: u64): u64 { return (<u64>a ^ b) * 0x9e3779b97f4a7c15; }
export function tally(begin: i32, end: i32, sums: Shared<i64>, marks: Shared<u64>): void {
  for (let i = begin; i < end; i++) {
    sums.add(0, -(<i64>i << 20));
    sums.min(1, -(<i64>i << 40));
    marks.max(0, u64.MAX_VALUE - i);
    marks.min(1, u64.MAX_VALUE - i);
  }
}
export function invert(begin: i32, end: i32, x: Ptr<u8>, table: Whole<u8>): void {
  for (let i = begin; i < end; i++) x[i] = 255 - x[i] + table[0];
}
`;
interface Elements {
  hash(begin: number, end: number, x: BigInt64Array, y: BigUint64Array): void;
  least(begin: number, end: number, x: BigInt64Array): bigint;
  most(begin: number, end: number, x: BigUint64Array): bigint;
  mix(begin: number, end: number, a: BigInt64Array, b: BigUint64Array, out: BigUint64Array): void;
  tally(begin: number, end: number, sums: BigInt64Array, marks: BigUint64Array): void;
  invert(begin: number, end: number, x: Uint8Array | Uint8ClampedArray, table: Uint8Array | Uint8ClampedArray): void;
}
const TWINS = `
export function hash(begin, end, x, y) { for (let i = begin; i < end; i++) y[i] = (y[i] ^ BigInt.asUintN(64, x[i])) * 0x100000001b3n; }
export function clamp(begin, end, x, y) { for (let i = begin; i < end; i++) y[i] = x[i] * 2 - 100; }
export function types(x, y) { return [x.constructor.name, y.constructor.name, x[1], y[1]]; }
`;

const N = 500;
const X = BigInt64Array.from({ length: N }, (_, i) => BigInt(i - 250) * 0x123456789abcdn);
const Y = BigUint64Array.from({ length: N }, (_, i) => 2n ** 64n - BigInt(i ** 3));
const uint64 = (value: bigint) => BigInt.asUintN(64, value);
const HASHED = Array.from(Y, (y, i) => uint64((y ^ uint64(X[i] as bigint)) * 0x100000001b3n));

let kernels: Kernels<Elements>;
let twins: URL;
beforeAll(async () => {
  kernels = await compiled<Elements>(SOURCE);
  twins = written({ "twins.mjs": TWINS });
}, 60_000);

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row);

  it("kernels read and write 64 bits, by items' parts and by subarrays", async () => {
    using scope = heap.scope();
    const [x, y] = [scope.int64(X), scope.uint64(Y)];
    await executor.it.parallelFor(kernels.hash, N, [x, y]);
    expect([...y]).toEqual(HASHED);
    const longer = scope.uint64(N + 8);
    longer.set(Y, 8);
    await executor.it.parallelFor(kernels.hash, N, [x.subarray(), longer.subarray(8)]);
    expect([...longer.subarray(8)]).toEqual(HASHED);
  });

  it("JS kernels get arrays of bigints and of clamped bytes, with roles", async () => {
    using scope = heap.scope();
    const [x, y] = [scope.int64(X), scope.uint64(Y)];
    await executor.it.parallelFor(jsKernel<Elements["hash"]>(twins, "hash"), N, [input(x), inout(y)]);
    expect([...y]).toEqual(HASHED);
    const clamp = jsKernel<(begin: number, end: number, x: Uint8Array, y: Uint8ClampedArray) => void>(twins, "clamp");
    const [bytes, clamped] = [scope.uint8([0, 50, 100, 255]), scope.uint8Clamped(4)];
    await executor.it.parallelFor(clamp, 4, [bytes, out(clamped)]);
    expect([...clamped]).toEqual([0, 0, 100, 255]);
    const given = [BigInt64Array.of(1n, -2n), Uint8ClampedArray.of(3, 4)] as const;
    const types = jsKernel<(x: BigInt64Array, y: Uint8ClampedArray) => unknown>(twins, "types");
    expect(await executor.it.submit(types, [...given])).toEqual(["BigInt64Array", "Uint8ClampedArray", -2n, 4]);
  });

  it("reductions combine bigints", async () => {
    using scope = heap.scope();
    const [x, y] = [scope.int64(X), scope.uint64(Y)];
    const [smaller, greater] = [(a: bigint, b: bigint) => (a < b ? a : b), (a: bigint, b: bigint) => (a > b ? a : b)];
    const least = executor.it.parallelReduce(kernels.least, N, [x], { combine: smaller, initial: 0n, grain: 7 });
    expect(await least).toBe(X[0]);
    const most = executor.it.parallelReduce(kernels.most, N, [y], { combine: greater, initial: 0n, grain: 7 });
    expect(await most).toBe(2n ** 64n - 1n);
  });

  it("element functions take and give them", async () => {
    using scope = heap.scope();
    const mixed = scope.uint64(N);
    await executor.it.parallelFor(kernels.mix, N, [scope.int64(X), scope.uint64(Y), mixed]);
    const wanted = Array.from(Y, (y, i) => uint64((uint64(X[i] as bigint) ^ y) * 0x9e3779b97f4a7c15n));
    expect([...mixed]).toEqual(wanted);
  });

  it("all items change shared ones", async () => {
    using scope = heap.scope();
    const [sums, marks] = [scope.int64(2), scope.uint64([0n, 2n ** 64n - 1n])];
    const running = executor.it.parallelFor(kernels.tally, N, [sums, marks], { grain: 5 });
    if (!row.shares) return void (await expect(running).rejects.toThrow(/args\[0\] \(sums\) is a Shared<T>/));
    await running;
    expect([...sums]).toEqual([-(124_750n << 20n), -(499n << 40n)]);
    expect([...marks]).toEqual([2n ** 64n - 1n, 2n ** 64n - 500n]);
  });

  it("clamped bytes go where bytes go", async () => {
    using scope = heap.scope();
    for (const type of ["uint8", "uint8Clamped"] as const) {
      const x = scope[type]([0, 1, 255]);
      await executor.it.parallelFor(kernels.invert, 3, [x, scope.uint8Clamped([0])]);
      expect([...x]).toEqual([255, 254, 0]);
    }
  });
});

it("arrays of other elements are refused by name", async () => {
  using scope = heap.scope();
  const [serial, hash] = [
    new SerialExecutor(),
    kernels.hash as Kernel<(begin: number, end: number, ...args: unknown[]) => void>,
  ];
  const [x, y] = [scope.int64(2), scope.uint64(2)];
  const run = (...args: unknown[]) => serial.parallelFor(hash, 2, args);
  await expect(run(y, y)).rejects.toThrow(
    "args[0] (x) must be an array made by heap.int64 (Whole<i64>), got BigUint64Array(2)",
  );
  await expect(run(x, scope.float64(2))).rejects.toThrow("args[1] (y) must be an array made by heap.uint64 (Ptr<u64>)");
  await expect(run(x, new BigUint64Array(2))).rejects.toThrow("args[1] must lie on the shared heap");
  await expect(serial.parallelFor(kernels.invert, 2, [scope.int8(2) as never, scope.uint8(1)])).rejects.toThrow(
    "args[0] (x) must be an array made by heap.uint8 (Ptr<u8>), got Int8Array(2)",
  );
});

it("declarations name their arrays", { timeout: 30_000 }, async () => {
  const outDir = newFolder();
  const source = `import { Ptr, Shared, Whole } from "allcores/assembly";\n${SOURCE}`;
  await buildKernels(written({ "elements.ts": source }), { outDir });
  const types = readFileSync(`${outDir}/elements.d.ts`, "utf8");
  for (const declared of [
    "const hash: Kernel<(begin: number, end: number, x: BigInt64Array, y: BigUint64Array) => void, { x: BigInt64Array; y: BigUint64Array }>;",
    "const least: Kernel<(begin: number, end: number, x: BigInt64Array) => bigint, { x: BigInt64Array }>;",
    "const mix: Kernel<(begin: number, end: number, a: BigInt64Array, b: BigUint64Array, out: BigUint64Array) => void, { a: BigInt64Array; b: BigUint64Array; out: BigUint64Array }>;",
    "const tally: Kernel<(begin: number, end: number, sums: BigInt64Array, marks: BigUint64Array) => void, { sums: BigInt64Array; marks: BigUint64Array }>;",
    "const invert: Kernel<(begin: number, end: number, x: Uint8Array | Uint8ClampedArray, table: Uint8Array | Uint8ClampedArray) => void, { x: Uint8Array | Uint8ClampedArray; table: Uint8Array | Uint8ClampedArray }>;",
  ])
    expect(types).toContain(declared);
});

it("outputs of a job count before the length of a Ptr", { timeout: 30_000 }, async () => {
  const source = `export function bands(begin: i32, end: i32, x: Ptr<f64>): void {
    for (let i = 4 * begin; i < min(4 * end, 10); i++) x[i] = 1;
  }`;
  const kernels = await compileKernels(written({ "bands.ts": `import { Ptr } from "allcores/assembly";\n${source}` }));
  using scope = heap.scope();
  for (const { make } of executors) {
    await using executor = make({ workers: 1 });
    const x = scope.float64(10);
    const cover = { itemsPerRow: 1, rowLength: 4, itemLength: 4 };
    await executor.run({ kernel: kernels.bands as Kernel, n: 3, args: [x], outputs: [{ index: 0, cover }] });
    expect([...x]).toEqual(Array(10).fill(1));
  }
});
