import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncExecutor, heap, jsKernel, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";
import * as kernels from "./dist/kernels.js";

const twins = new URL("./twins.js", import.meta.url);
const n = 1000;
const adding = { combine: (a, b) => a + b, initial: 0 };

async function results(executor, iterate, total) {
  const x = heap.float64(Float64Array.from({ length: n }, (_, i) => (i + 1) / (n + 2)));
  await executor.parallelFor(iterate, n, [3.7, 50, x]);
  const sum = await executor.parallelReduce(total, n, [x], adding);
  const copy = x.slice();
  heap.free(x);
  return { sum, copy };
}

for (const Executor of [SerialExecutor, ThreadExecutor, AsyncExecutor, ProcessExecutor])
  test(`kernels and twins agree on ${Executor.name}`, async () => {
    const executor = new Executor({});
    const wasm = await results(executor, kernels.iterate, kernels.total);
    const js = await results(executor, jsKernel(twins, "iterate"), jsKernel(twins, "total"));
    await executor.shutdown();
    assert.deepEqual(wasm, js);
  });
