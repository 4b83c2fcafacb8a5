/** What items allocate and never give back: slices are cut so that it fits the arena, wherever one item fits. */
import { heap, type Kernel, SerialExecutor } from "allcores";
import type { Kernels } from "allcores/compile";
import { beforeAll, describe, expect, it } from "vitest";
import { executors, shared } from "../executors/all.js";
import { compiled } from "./sources.js";

const SOURCE = `
/** Two arrays an item. */
export function arrays(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  for (let i = begin; i < end; i++) {
    const a = new Array<i32>(size);
    a[size - 1] = i;
    out[i] = a.map<i32>((x) => x + 1)[size - 1];
  }
}
/** Texts an item. */
export function texts(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  for (let i = begin; i < end; i++) {
    let text = "";
    for (let k = 0; k < size; k++) text += i.toString() + ",";
    out[i] = text.length / size - 1;
  }
}
/** A text that grows from item to item, as long as the call lasts: the square of its items. */
export function growing(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  let text = "";
  for (let i = begin; i < end; i++) { text += "ab"; out[i] = text.length > 0 ? size : 0; }
}
/** Item i takes i times size bytes. */
export function uneven(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  for (let i = begin; i < end; i++) out[i] = new Uint8Array(i * size).length;
}
export function scratches(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  for (let i = begin; i < end; i++) { const s = scratch<i32>(size); s[size - 1] = i; out[i] = s[size - 1]; }
}
/** As a kernel should: scratch before the loop. */
export function before(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  const s = scratch<i32>(size);
  for (let i = begin; i < end; i++) { s[i % size] = i; out[i] = s[i % size]; }
}
/** A table before the loop, and arrays in it. */
export function both(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  const table = new Uint8Array(300000);
  for (let i = begin; i < end; i++) out[i] = new Array<i32>(size).length + table[i % 300000];
}
/** Scratch that each item gives back, beside what it makes. */
export function returned(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  for (let i = begin; i < end; i++) {
    out[i] = new Uint8Array(size).length;
    for (let k = 0; k < 200; k++) { const before = mark(); scratch<u8>(10000)[k] = 1; release(before); }
  }
}
/** The first item takes 200,000 bytes, and 500,000 in the second kernel. */
export function more(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  for (let i = begin; i < end; i++) out[i] = new Uint8Array(i == 0 ? 200000 : size).length;
}
export function rather(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  for (let i = begin; i < end; i++) out[i] = new Uint8Array(i == 0 ? 500000 : size).length;
}
/** Two thirds of the items take nothing. */
export function late(begin: i32, end: i32, size: i32, out: Ptr<i32>): void {
  for (let i = begin; i < end; i++) out[i] = i < 200000 ? i : new Uint8Array(size).length;
}
/** The sum of what two new arrays an item hold. */
export function summed(begin: i32, end: i32, size: i32): i32 {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += new Array<i32>(size).length;
  return sum;
}
`;
type Garbage = Record<string, (begin: number, end: number, size: number, out: Int32Array) => void> & {
  summed(begin: number, end: number, size: number): number;
};

let kernels: Kernels<Garbage>;
beforeAll(async () => {
  kernels = await compiled<Garbage>(SOURCE);
}, 60_000);

const rows: readonly [name: string, n: number, size: number, wanted: (i: number, size: number) => number][] = [
  ["arrays", 100_000, 8, (i) => i + 1],
  ["arrays", 1_000_000, 8, (i) => i + 1],
  ["arrays", 300, 60_000, (i) => i + 1], // two of 240 kB, of 1 MiB
  ["arrays", 100, 120_000, (i) => i + 1], // one item fits
  ["texts", 20_000, 10, (i) => String(i).length],
  ["growing", 50_000, 7, (_, size) => size],
  ["uneven", 1000, 1000, (i, size) => i * size],
  ["scratches", 100_000, 100, (i) => i],
  ["scratches", 200, 100_000, (i) => i],
  ["scratches", 20, 150_000, (i) => i], // one item fits
  ["before", 100_000, 200_000, (i) => i], // 800 kB, once a call
  ["returned", 20, 560_000, (_, size) => size],
  ["more", 20, 540_000, (i, size) => (i === 0 ? 200_000 : size)],
  ["rather", 20, 540_000, (i, size) => (i === 0 ? 500_000 : size)],
  ["late", 300_000, 2000, (i, size) => (i < 200_000 ? i : size)],
  ["both", 100_000, 50, (_, size) => size],
];

it("items that take over 2,500 bytes after many that took nothing find the arena full", async () => {
  using scope = heap.scope();
  const kernel = kernels.late as Kernel<Garbage[string]>;
  const failing = new SerialExecutor().parallelFor(kernel, 300_000, [10_000, scope.int32(300_000)]);
  await expect(failing).rejects.toThrow(/the arena is full: .*release\(mark\(\)\)/);
});

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row, 3);

  it.each(rows)("%s: %d items of %d", async (name, n, size, wanted) => {
    using scope = heap.scope();
    const out = scope.int32(n);
    for (const grain of n === 20 ? [1, n] : [Math.ceil(n / 1024)]) {
      await executor.it.parallelFor(kernels[name] as Kernel<Garbage[string]>, n, [size, out], { grain });
      const wrong = out.findIndex((value, i) => value !== wanted(i, size));
      expect(wrong).toBe(-1);
      out.fill(-1);
    }
  });

  it("sums that a worker folds are cut, and values that are kept are not: the message says how", async () => {
    const { summed } = kernels;
    const job = { kernel: summed, n: 1_000_000, args: [8] } as const;
    expect(await executor.it.run({ ...job, partial: "sum" })).toBe(8_000_000n);
    const adding = { combine: (a: number, b: number) => a + b, initial: 0 };
    expect(await executor.it.parallelReduce(summed, 1_000_000, [8], adding)).toBe(8_000_000); // chunks of 977
    await expect(executor.it.parallelReduce(summed, 1_000_000, [8], { ...adding, grain: 100_000 })).rejects.toThrow(
      /the arena is full: a call may allocate 1048576 bytes\. Give back .*\. A kernel for ranges that returns a value is called once for each chunk: there a smaller grain helps, too/,
    );
  });
});
