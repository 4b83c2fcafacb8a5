/** Case files, whose first calls are those of fresh processes; and the event loop's delay. */
import { type CompareProgress, compareFile, eventLoopDelay } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { childrenOf, isLinux } from "../support/system.js";

const LIMIT = { timeout: 30_000 };
const file = new URL("../fixtures/cases.mjs", import.meta.url);

describe("compareFile", () => {
  it("compares, and tells first calls in processes of their own", LIMIT, async () => {
    const stages: string[] = [];
    const onProgress = ({ stage }: CompareProgress) => void stages.push(stage);
    const report = await compareFile(file, { onProgress });
    if (report.state !== "done") throw new Error(report.why);
    expect(report.name).toBe("cold");
    const [cold, warm] = report.cases;
    expect(cold?.first?.process).toBe("fresh");
    expect(cold?.first?.ms).toBeGreaterThanOrEqual(60);
    expect(warm?.first).toEqual({ ms: expect.any(Number), process: "fresh" });
    // Loaded again: this process has long had its own first call, but the next comparison's are cold, too.
    expect((await compareFile(file)) as object).toMatchObject({ cases: [{ first: { process: "fresh" } }, {}] });
    expect(stages.filter((stage) => stage === "first")).toHaveLength(6);
    if (isLinux) expect(childrenOf()).toEqual([]);
  });

  it("ends its processes when it is stopped", LIMIT, async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = ({ stage, done }: CompareProgress) => {
      if (stage === "first" && done === 1) setImmediate(() => controller.abort(reason));
    };
    await expect(compareFile(file, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    if (isLinux) await expect.poll(() => childrenOf()).toEqual([]);
  });

  it("refuses what is no case file", LIMIT, async () => {
    await expect(compareFile("cases.mjs" as never)).rejects.toThrow(/^file must be a URL, got "cases\.mjs"/);
    await expect(compareFile(new URL("../fixtures/kernels.mjs", import.meta.url))).rejects.toThrow(
      /^the default export of .*kernels\.mjs must be the options of compare\(\), got undefined/,
    );
  });
});

it("the event loop is late while work holds the thread, and not while it waits", LIMIT, async () => {
  const held = await eventLoopDelay(() => {
    const ended = performance.now() + 200;
    while (performance.now() < ended);
  });
  expect(held.max).toBeGreaterThan(150);
  const { p50 } = await eventLoopDelay(() => new Promise((resolve) => setTimeout(resolve, 200)));
  expect(p50).toBeLessThan(100);
  await expect(eventLoopDelay(undefined as never)).rejects.toThrow(/^work must be a function, got undefined/);
});
