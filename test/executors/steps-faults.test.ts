/** Steps whose workers wait for each other: what one does that ends, stays or is stopped, and others' jobs beside them. */
import { heap, jsKernel, type Kernel, repeat, step } from "allcores";
import { describe, expect, it, vi } from "vitest";
import { expectWorkersKept } from "../support/cancel.js";
import { add } from "../support/kernels.js";
import { executors, shared, withWorkers } from "./all.js";

/** Fixed at 50 ms on threads; the rest is for a machine that is busy otherwise. */
const SOON_MS = 150;

type Range = (begin: number, end: number, ...rest: unknown[]) => void;
const js = (name: string) => jsKernel(new URL("../fixtures/steps.mjs", import.meta.url), name);
const range = (name: string, n: number, args: unknown[], grain = 1) =>
  step(js(name) as Kernel<Range>, n, args, { grain });
const call = (name: string, ...args: unknown[]) => step(js(name), undefined, args);
const running = (job: { readonly state: string }) =>
  vi.waitFor(() => expect(job.state).toBe("running"), { interval: 1, timeout: 10_000 });

describe.each(withWorkers)("$kind", (row) => {
  const executor = shared(row, 2);

  it("a worker that ends in a step ends the job, while the other one waits", async () => {
    const before = heap.stats();
    for (const steps of [
      [range("spin", 8, [1]), call("exit", 3)],
      [range("spin", 8, [1]), repeat([range("exit", 1, [])], { atMost: 2 })],
    ])
      await expect(executor.it.runSteps(steps)).rejects.toMatchObject({ code: "ERR_WORKER_CRASHED" });
    expect(await executor.it.submit(add, [1, 2])).toBe(3);
    expect(heap.stats()).toEqual(before);
  });

  it("a step that fails while the other worker waits costs no worker", async () => {
    await expectWorkersKept(executor.it, SOON_MS, async () => {
      const begin = performance.now();
      const job = executor.it.runSteps([range("spin", 2, [1]), call("spinOnce", 3), range("failAt", 1, [0])]);
      await expect(job).rejects.toThrow(/^steps\[2\]: failAt/);
      return performance.now() - begin;
    });
  });

  it("a cancel in a step of one worker, which returns, costs none", async () => {
    await expectWorkersKept(executor.it, SOON_MS, async () => {
      const job = executor.it.runSteps([range("spin", 2, [1]), call("spinOnce", 10_000)]);
      await running(job);
      await new Promise((resolve) => setTimeout(resolve, 20)); // the second step, mostly
      const begin = performance.now();
      job.cancel();
      await expect(job).rejects.toMatchObject({ name: "AbortError" });
      return performance.now() - begin;
    });
  });

  it("a long single step does not hold up another job, and its other worker is free for it", async () => {
    await executor.it.runSteps([range("spin", 4, [1])]);
    const job = executor.it.runSteps([range("spin", 4, [1]), call("spinOnce", 10_000), range("spin", 4, [1])]);
    await running(job);
    const times = [];
    for (let i = 0; i < 3; i++) {
      const begin = performance.now();
      expect(await executor.it.submit(add, [1, i])).toBe(i + 1);
      times.push(performance.now() - begin);
    }
    expect(job.state).toBe("running");
    job.cancel();
    await expect(job).rejects.toMatchObject({ name: "AbortError" });
    // One that waits for the step takes ten seconds, each time.
    expect(Math.min(...times)).toBeLessThan(SOON_MS);
  });
});

describe.each(executors)("$kind", (row) => {
  const one = shared(row, 1);

  it("short steps without end leave the worker to others", async () => {
    await one.it.submit(add, [1, 2]);
    const job = one.it.runSteps([repeat([range("spin", 2, [0.5]), call("spinOnce", 0.5)], { atMost: 1e6 })]);
    await running(job);
    const times = [];
    for (let i = 0; i < 3; i++) {
      const begin = performance.now();
      expect(await one.it.submit(add, [1, i])).toBe(i + 1);
      times.push(performance.now() - begin);
    }
    job.cancel();
    await expect(job).rejects.toMatchObject({ name: "AbortError" });
    expect(Math.min(...times)).toBeLessThan(SOON_MS);
  });
});
