/** `isCancelled` answers for the job that asks, and for no other. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { jsKernel } from "allcores";
import { isCancelled } from "allcores/worker";
import { describe, expect, it, vi } from "vitest";
import { temporaryFolder } from "../support/system.js";
import { executors, shared } from "./all.js";

const url = new URL("../fixtures/asks.mjs", import.meta.url);
const lookFor = jsKernel<(ms: number, mark?: string) => Promise<boolean>>(url, "lookFor");

it("is false outside of a job", () => {
  expect(isCancelled()).toBe(false);
});

describe.each(executors)("$kind", (row) => {
  const executor = shared(row);

  it("two calls at once: the one that is cancelled sees it, the other does not", async () => {
    const mark = join(temporaryFolder(), "begun");
    const cancelled = executor.it.submit(lookFor, [60_000, mark]);
    const other = executor.it.submit(lookFor, [100]);
    await vi.waitFor(() => expect(existsSync(mark)).toBe(true), { interval: 2, timeout: 5000 });
    cancelled.cancel("enough");
    await expect(cancelled).rejects.toBe("enough");
    expect(await other).toBe(false);
  });

  it.runIf(row.shares)("is false for a timer that a call has left, when the call is over", async () => {
    const seen = await executor.it.submit(jsKernel<() => Promise<Int32Array>>(url, "lookAfterwards"));
    // A thread of a pool turns its event loop while a later call waits.
    while (Atomics.load(seen, 0) === 0) await Promise.all([1, 2].map(() => executor.it.submit(lookFor, [5])));
    expect(Atomics.load(seen, 0)).toBe(1);
  });
});
