/** Compiled kernels in the steps of a job. */
import { heap, type Kernel, repeat, step, temp } from "allcores";
import { compileKernels } from "allcores/compile";
import { beforeAll, describe, expect, it } from "vitest";
import { everyExecutor, shared } from "../executors/all.js";
import { RADIX_SORT, type RadixKernels, sortSteps } from "../support/radix-sort.mjs";
import { compiled } from "./sources.js";

interface Some {
  double(begin: number, end: number, x: Float64Array): void;
  texts(begin: number, end: number, x: Float64Array): void;
  sum(x: Float64Array, result: Float64Array, n: number): void;
}

const SOURCE = `
export function double(begin: i32, end: i32, x: Ptr<f64>): void { for (let i = begin; i < end; i++) x[i] *= 2; }
/** Allocates. */
export function texts(begin: i32, end: i32, x: Ptr<f64>): void {
  for (let i = begin; i < end; i++) x[i] += i.toString().length;
}
export function sum(x: Whole<f64>, result: Ptr<f64>, n: i32): void {
  result[0] = 0;
  for (let i = 0; i < n; i++) result[0] += x[i];
}
`;

let radix: RadixKernels;
/** The same in two modules, with static data and arenas of their own. */
let modules: { [K in keyof Some]: Kernel<Some[K]> }[];
beforeAll(async () => {
  radix = (await compileKernels(RADIX_SORT)) as unknown as RadixKernels;
  modules = [await compiled<Some>(SOURCE), await compiled<Some>(`${SOURCE}const name = "another";`)];
}, 60_000);

const walking = everyExecutor.filter(({ kind }) => kind !== "cluster");

describe.each(walking.filter(({ shares }) => shares))("$kind", (row) => {
  const pools = (row.workers === "none" ? [1] : [1, 2, 3]).map((workers) => shared(row, workers));

  it("sorts doubles to the bit as Float64Array.sort, NaN last", async () => {
    const odd = [Number.NaN, 0, -0, Infinity, -Infinity, 5e-324, -5e-324, Number.MAX_VALUE];
    for (const { it: executor } of pools)
      for (const n of [0, 1, 17, 5000, 200_001]) {
        using scope = heap.scope();
        const x = scope.float64(n);
        for (let i = 0; i < n; i++)
          x[i] = i % 9 === 0 ? (odd[(i / 9) % 8] as number) : Math.sin(i * i) * 10 ** (i % 40);
        const expected = x.slice().sort();
        await executor.runSteps(sortSteps(radix, x, scope));
        expect(x).toEqual(expected);
      }
  });
});

describe.each(walking)("$kind", (row) => {
  const executor = shared(row, 2);

  it("kernels of several modules take turns, and those that allocate have arenas", async () => {
    using scope = heap.scope();
    const n = 1000;
    const [x, result] = [scope.float64(n), scope.float64(1)];
    const [first, second] = modules as [(typeof modules)[0], (typeof modules)[0]];
    const rounds = [
      step(first.texts, n, [temp(x)], { grain: 50 }),
      step(second.texts, n, [temp(x)], { grain: 70 }),
      step(second.double, n, [temp(x)]),
    ];
    await executor.it.runSteps([repeat(rounds, { atMost: 3 }), step(first.sum, undefined, [temp(x), result, n])]);
    const lengths = Array.from({ length: n }, (_, i) => String(i).length).reduce((a, b) => a + b, 0);
    expect(result[0]).toBe(lengths * 2 * (2 + 4 + 8));
  });

  it("a number of items is checked against the arrays, and against the indices, when the step begins", async () => {
    using scope = heap.scope();
    const { double } = modules[0] as (typeof modules)[0];
    const [x, n] = [scope.float64(100).fill(1), scope.uint32(1)];
    n[0] = 40;
    await executor.it.runSteps([step(double, n, [x])]);
    expect([...x]).toEqual(Array.from({ length: 100 }, (_, i) => (i < 40 ? 2 : 1)));
    n[0] = 101;
    await expect(executor.it.runSteps([step(double, n, [x])])).rejects.toThrow(
      /^steps\[0\]: n must be a whole number from 0 to 100 for double \(kernels\.ts\) and its arrays .*, got 101$/,
    );
    await expect(executor.it.runSteps([step(double, 101, [x])])).rejects.toThrow(
      /^steps\[0\]: args\[0\] \(x\) must have at least n = 101 elements/,
    );
  });
});
