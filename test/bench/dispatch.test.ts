/** What executors take for themselves. */
import { heap } from "allcores";
import { measureDispatch } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { executors } from "../executors/all.js";

describe.each(executors)("measureDispatch on $kind", ({ make }) => {
  it("tells the costs of a job and of a chunk, and what is copied", { timeout: 60_000 }, async () => {
    await using executor = make({ workers: 2 });
    const { used } = heap.stats();
    const report = await measureDispatch(executor);
    expect(report).toMatchObject({ executor: executor.kind, workers: executor.concurrency });
    expect(report.perJob).toBeGreaterThan(0);
    expect(report.perChunk).toBeLessThan(report.perJob);
    const copied = executor.capabilities.sharedMemory ? 0 : 2 ** 20;
    expect(report).toMatchObject({ bytesIn: copied, bytesOut: copied });
    expect(heap.stats().used).toBe(used);
  });

  it("stops", { timeout: 60_000 }, async () => {
    await using executor = make({ workers: 2 });
    const reason = new Error("enough");
    await expect(measureDispatch(executor, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
