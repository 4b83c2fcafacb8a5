/** What one kernel does must not reach another's caller, nor outlive its own job. */
import { type Executor, heap, KernelError, UnsupportedError, wasmKernel } from "allcores";
import { describe, expect, inject, it } from "vitest";
import { add, bytesOf, forever, js, type Range, spinItems } from "../support/kernels.js";
import { executors, shared, withWorkers } from "./all.js";

const innerModules = js<(bytes: Uint8Array, count: number) => Promise<number>>("innerModules");
const postToParent = js<(value: unknown) => unknown>("postToParent");
const never = js<() => Promise<never>>("unsettled");
const scratchView = js<Range<[], Uint8Array>>("scratchView");
const countInFirst = js<Range<[out: Float64Array]>>("countInFirst");

describe.each(withWorkers)("$kind", (row) => {
  const executor = shared(row);

  it("a kernel's own messages to its parent are nobody's results", { timeout: 10_000 }, async () => {
    const calls = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? executor.it.submit(postToParent, [{ i }]) : executor.it.submit(add, [i, 1]),
    );
    const outcomes = await Promise.allSettled<unknown>(calls);
    outcomes.forEach((outcome, i) => {
      if (i % 2 === 1) expect(outcome).toEqual({ status: "fulfilled", value: i + 1 });
      else if (outcome.status === "fulfilled") expect(outcome.value).toEqual({ i });
      else expect(outcome.reason).toBeInstanceOf(KernelError);
    });
  });

  it("calls that are cancelled one after another all settle", { timeout: 20_000 }, async () => {
    for (let round = 0; round < 5; round++) {
      const calls = Array.from({ length: 4 }, () => executor.it.submit(forever, []));
      const settled = calls.map((call, i) => call.catch(() => calls[i + 1]?.cancel()));
      calls[0]?.cancel();
      await Promise.all(settled);
    }
    expect(await executor.it.submit(add, [1, 2])).toBe(3);
  });
});

describe.each(executors)("$kind", (row) => {
  const executor = shared(row);

  it("modules that a kernel loads itself are not taken for the caller's", { timeout: 20_000 }, async () => {
    const bytes = new Uint8Array(bytesOf(inject("pure")));
    // More than this thread has loaded: they would have the numbers of its next ones.
    const count = row.workers === "none" ? 2 : 200;
    expect(await executor.it.submit(innerModules, [bytes, count])).toBe(count);
    for (let i = 1; i < 5; i++)
      expect(
        await executor.it.submit(wasmKernel<(a: number, b: number) => number>(bytesOf(inject("shared")), "divide"), [
          8,
          i,
        ]),
      ).toBe(Math.trunc(8 / i));
  });

  it("a result that shows scratch memory is a copy of what it showed", async () => {
    const job = { kernel: scratchView, n: 8, grain: 1, scratch: 64, partial: "value" } as const;
    expect((await executor.it.run(job)).map((view) => [...(view as Uint8Array)])).toEqual(
      [...Array(8).keys()].map((i) => [i]),
    );
  });

  it("a call whose promise never settles can be cancelled", async () => {
    const call = executor.it.submit(never, []);
    call.cancel(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    const later = executor.it.submit(never, []);
    setImmediate(() => later.cancel(new Error("enough")));
    await expect(later).rejects.toThrow("enough");
  });

  it("a job is what it was at the call", async () => {
    const job: { kernel: typeof spinItems; n: number; args: number[]; partial: "value" | "sum" } = {
      kernel: spinItems,
      n: 2,
      args: [0],
      partial: "value",
    };
    const values = executor.it.run(job);
    job.partial = "sum";
    expect(await values).toEqual([undefined, undefined]);
  });

  it("combine is not called for a job that was cancelled", async () => {
    let calls = 0;
    const options = { grain: 1, combine: () => void calls++, initial: undefined };
    const job = executor.it.parallelReduce(spinItems, 1000, [1], options);
    job.cancel();
    await expect(job).rejects.toThrow("aborted");
    expect(calls).toBe(0);
  });
});

/** With one worker every part has been returned by the very process that then changes it. */
it.each([1, 2])("a change to another item's part is never lost in silence, with %d processes", async (workers) => {
  const row = executors.find(({ kind }) => kind === "processes");
  const executor = row?.make({ workers }) as Executor;
  using scope = heap.scope();
  const job = executor.parallelFor(countInFirst, 8, [scope.float64(8)], { grain: 1 });
  await expect(job).rejects.toThrow(UnsupportedError);
  await expect(job).rejects.toThrow(
    /^countInFirst .*: args\[0\] was changed .* \(8 elements for 8 items: one belongs to each\)/,
  );
  await executor.shutdown();
});

it("a finished range on processes does not wait for another's endless chunk, and can be cancelled", async () => {
  const row = executors.find(({ kind }) => kind === "processes");
  const executor = row?.make({ workers: 1 }) as Executor;
  using scope = heap.scope();
  const fill = js<Range<[out: Float64Array]>>("fill");
  const endless = executor.parallelFor(js<Range>("forever"), 4, []);
  const finished = executor.parallelFor(fill, 4, [scope.float64(4)]);
  finished.cancel(new Error("enough"));
  await expect(finished).rejects.toThrow("enough");
  endless.cancel();
  await expect(endless).rejects.toThrow("aborted");
  await executor.shutdown();
});
