/** Arguments by the names of a compiled kernel's parameters, in place of a list: on every executor, in every form of call. */
import { heap, type Kernel, SerialExecutor, temp, toThread, type Untyped } from "allcores";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { everyExecutor, shared } from "../executors/all.js";
import { add, pure } from "../support/kernels.js";
import { compiled } from "./sources.js";

const SOURCE = `
export function saxpy(begin: i32, end: i32, a: f64, x: Ptr<f64>, y: Ptr<f64>): void {
  for (let i = begin; i < end; i++) y[i] = a * x[i] + y[i];
}
export function weigh(begin: i32, end: i32, x: Whole<f64>, by: i64): f64 {
  let sum: f64 = 0;
  for (let i = begin; i < end; i++) sum += x[i] * <f64>by;
  return sum;
}
export function minus(a: i32, b: i32): i32 { return a - b; }
export function binned(begin: i32, end: i32, x: Ptr<f64>, bins: Acc<f64>): void { bins[0] += x[begin]; }
export function first(x: Whole<f64>): f64 { return x[0]; }
export function seven(): i32 { return 7; }
export function lent(begin: i32, end: i32, out: Ptr<i32>, room: usize): void {
  for (let i = begin; i < end; i++) out[i] = <i32>load<u8>(room);
}
`;

type Named = Kernel<Untyped, Record<string, unknown>>;
let kernels: Readonly<Record<string, Named>>;
beforeAll(async () => {
  kernels = await compiled(SOURCE);
}, 60_000);
const kernel = (name: string) => kernels[name] as Named;

function arrays() {
  const scope = heap.scope();
  onTestFinished(() => scope[Symbol.dispose]());
  return { x: scope.float64([1, 2, 3, 4]), y: scope.float64([10, 20, 30, 40]), out: scope.int32(4).fill(1) };
}

/** A cluster's workers run registered files alone; names are put in order before anything is sent. */
const rows = everyExecutor.filter(({ kind }) => kind !== "cluster");

describe.each(rows)("$kind", (row) => {
  const executor = shared(row);

  it.each([
    ["in order", ["a", "x", "y"]],
    ["in another order", ["y", "a", "x"]],
  ])("arrays and numbers, %s", async (_, order) => {
    const { x, y } = arrays();
    const given: Record<string, unknown> = { a: 2, x, y };
    await executor.it.parallelFor(kernel("saxpy"), 4, Object.fromEntries(order.map((name) => [name, given[name]])));
    expect([...y]).toEqual([12, 24, 36, 48]);
  });

  it("in a reduction, a call, and a job", async () => {
    const { x, out } = arrays();
    const options = { combine: (a: unknown, b: unknown) => (a as number) + (b as number), initial: 0 };
    expect(await executor.it.parallelReduce(kernel("weigh"), 4, { by: 3n, x }, options)).toBe(30);
    expect(await executor.it.submit(kernel("minus"), { b: 2, a: 44 })).toBe(42);
    expect(await executor.it.submit(kernel("seven"), {})).toBe(7);
    await executor.it.run({ kernel: kernel("lent"), n: 4, args: { out }, scratch: 8 });
    expect([...out]).toEqual([0, 0, 0, 0]);
  });
});

describe("what is refused", () => {
  const executor = new SerialExecutor();
  const processes = shared(rows.find(({ kind }) => kind === "processes") as (typeof rows)[number]);
  const saxpy = (args: object) => executor.parallelFor(kernel("saxpy"), 4, args as Record<string, unknown>);

  it("names that are no parameters, and parameters without an argument", async () => {
    const { x, y } = arrays();
    const known = "saxpy (kernels.ts) takes { a: f64, x: Ptr<f64>, y: Ptr<f64> }";
    await expect(saxpy({ a: 2, x, y, z: 1, begin: 0 })).rejects.toThrow(
      new TypeError(`args has z, begin, but ${known}`),
    );
    await expect(saxpy({ y })).rejects.toThrow(new TypeError(`args lacks a, x: ${known}`));
  });

  it("values, by their names", async () => {
    const { x, y } = arrays();
    const ordinary = new Float64Array(4);
    const lent = heap.float64(4);
    heap.free(lent);
    await expect(saxpy({ y, x, a: "2" })).rejects.toThrow('args.a must be a number (f64), got "2"');
    await expect(saxpy({ y, x: ordinary, a: 2 })).rejects.toThrow("args.x must lie on the shared heap");
    await expect(saxpy({ y, x: lent, a: 2 })).rejects.toThrow("args.x is a heap array that has been freed");
    await expect(saxpy({ y: () => 1, x, a: 2 })).rejects.toThrow("args.y can't be sent to a worker");
    await expect(saxpy({ y: y.subarray(1), x, a: 2 })).rejects.toThrow("args.y must have at least n = 4 elements");
  });

  it("what is wrong with the form of the call, before names", async () => {
    const { x, y } = arrays();
    const combine = (a: unknown, b: unknown) => [a, b];
    await expect(executor.parallelFor(kernel("first"), 4, { x })).rejects.toThrow(/kernel must take \(begin, end/);
    await expect(executor.parallelFor(kernel("binned"), 4, { x })).rejects.toThrow(/it is for parallelReduce with/);
    const folded = executor.parallelReduce(kernel("saxpy"), 4, { x, y }, { combine, initial: 0 });
    await expect(folded).rejects.toThrow(/saxpy \(kernels\.ts\) returns nothing/);
    await expect(saxpy({ a: 2, x: temp(x), y })).rejects.toThrow("args.x is marked temp");
    const call = processes.it.submit(kernel("first"), { x });
    await expect(call).rejects.toThrow("args.x is on the shared heap, which a process does not share");
  });

  it("what is no record, and outputs by index beside names", async () => {
    const { x, y } = arrays();
    await expect(saxpy(new Map())).rejects.toThrow(
      "args must be an array of arguments, or an object of them by name, got an object (Map)",
    );
    const outputs = [{ index: 0, cover: { itemsPerRow: 1, rowLength: 1, itemLength: 1 } }];
    const job = { kernel: kernel("saxpy"), n: 4, args: { a: 2, x, y }, outputs };
    await expect(executor.run(job)).rejects.toThrow("args must be an array where outputs are given by their index");
  });

  it.each<[string, () => Promise<unknown>]>([
    ["a JS kernel", () => executor.submit(add, { a: 1, b: 2 } as never)],
    ["a kernel of another compiler", () => executor.submit(pure("add"), { a: 1, b: 2 } as never)],
    ["toThread too", () => toThread(add, { a: 1, b: 2 } as never)],
  ])("%s: the names of its parameters are not known", async (_, call) => {
    await expect(call()).rejects.toThrow(/^args must be an array for .*: the names of its parameters are not known$/);
  });
});
