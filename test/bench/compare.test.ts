/** `compare` as a user calls it: sync and async cases, results, refusals, and the signal. */
import { heap, SerialExecutor, sumUpTo, ThreadExecutor } from "allcores";
import { type CompareProgress, compare, twins } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { refuses } from "../support/refuses.js";

const LIMIT = { timeout: 25_000 };
/** Enough for 6 rounds: what is measured is not the point here. */
const QUICK = { check: "equal", budget: 200 } as const;

function spin(ms: number): number {
  const ended = performance.now() + ms;
  while (performance.now() < ended);
  return 1;
}

describe("a report", () => {
  it("holds the ratio of the first case to the others, and each case's times", LIMIT, async () => {
    const report = await compare({
      ...QUICK,
      name: "spin",
      cases: { slow: () => spin(12), quick: async () => spin(3), slower: () => spin(24) },
      items: 3000,
      unit: "turn",
      bytes: 12e6,
    });
    if (report.state !== "done") throw new Error(report.why);
    expect(Object.keys(report.ratio)).toEqual(["median", "low", "high", "confidence"]);
    expect(report.ratios).toEqual({ quick: report.ratio, slower: expect.objectContaining({ confidence: 0.95 }) });
    // Times by the wall clock on a machine that others use: only the order is certain.
    expect(report.ratio.median).toBeGreaterThan(1.5);
    expect(report.ratios.slower?.median).toBeLessThan(0.9);
    expect(report).toMatchObject({
      name: "spin",
      schemaVersion: 1,
      check: { kind: "equal" },
      items: 3000,
      unit: "turn",
      bytes: 12e6,
      seed: 1,
      noise: { case: expect.any(String), ratio: { confidence: 0.95 }, floor: expect.any(Number) },
      verdicts: { quick: report.verdict, slower: expect.any(String) },
    });
    expect(report.cases.map(({ name, async, first }) => [name, async, first?.process])).toEqual([
      ["slow", false, "this"],
      ["quick", true, "this"],
      ["slower", false, "this"],
    ]);
    const [slow] = report.cases;
    expect(slow?.first?.ms).toBeGreaterThanOrEqual(12);
    expect(slow?.samples).toHaveLength(2 * report.rounds);
    expect(slow?.median).toBeGreaterThanOrEqual(12);
    expect(slow?.nsPerItem).toBeCloseTo(((slow?.median ?? 0) * 1e6) / 3000, 6);
    expect(slow?.gigabytesPerSecond).toBeCloseTo(12e6 / 1e6 / (slow?.median ?? 0), 9);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("of kernels and twins, that write into a heap array on threads", LIMIT, async () => {
    const executor = new SerialExecutor();
    const report = await compare({
      ...QUICK,
      name: "sum",
      cases: { js: () => twins.sumUpTo(1e5, { executor }), wasm: () => sumUpTo(1e5, { executor }) },
    });
    expect(report).toMatchObject({ state: "done", cases: [{ async: true }, { async: true }] });

    await using threads = new ThreadExecutor({ workers: 2 });
    using scope = heap.scope();
    const out = scope.float64(1000);
    const { fill } = await import("../support/kernels.js");
    const filled = await compare({
      ...QUICK,
      name: "fill",
      cases: {
        loop: () => {
          for (let i = 0; i < out.length; i++) out[i] = i + 1;
        },
        threads: () => threads.parallelFor(fill, out.length, [out]),
      },
      output: () => out,
    });
    expect(filled).toMatchObject({ state: "done", ratios: { threads: { confidence: 0.95 } } });
  });

  it("has no times where outcomes differ", LIMIT, async () => {
    const report = await compare({
      ...QUICK,
      name: "bit",
      cases: { a: () => 1n << 60n, b: async () => (1n << 60n) + 1n },
    });
    expect(report.state).toBe("wrong");
    expect(report).not.toHaveProperty("ratio");
    expect(report).not.toHaveProperty("cases");
    expect(report).toMatchObject({ schemaVersion: 1, machine: { node: process.versions.node } });
  });

  it("names a tolerance with its reason", LIMIT, async () => {
    const check = { tolerance: 0.5, reason: "rounded" };
    const report = await compare({ ...QUICK, name: "near", cases: { a: () => 1, b: () => 1.25 }, check });
    expect(report).toMatchObject({ state: "done", check: { kind: "tolerance", ...check } });
  });
});

it("cases of a few ms are done within 25 s by default", { timeout: 40_000 }, async () => {
  const started = performance.now();
  const report = await compare({ name: "default", cases: { a: () => spin(3), b: () => spin(4) }, check: "equal" });
  expect(performance.now() - started).toBeLessThan(25_000);
  expect(report).toMatchObject({ state: "done", rounds: expect.any(Number) });
});

it("tells how far it is", LIMIT, async () => {
  const stages = new Set<string>();
  const onProgress = ({ stage, done, total, left }: CompareProgress) => {
    stages.add(stage);
    expect(done).toBeLessThanOrEqual(total);
    expect(left).toBeTypeOf("number");
  };
  await compare({ ...QUICK, name: "progress", cases: { a: () => spin(1), b: () => spin(1) }, onProgress });
  expect([...stages]).toEqual(["check", "warm", "measure"]);
});

describe("stopping", () => {
  const reason = new Error("enough");
  const cases = { a: () => spin(1), b: async () => spin(1) };

  it("rejects with the signal's reason, aborted before", LIMIT, async () => {
    let calls = 0;
    const count = () => ++calls;
    const stopped = compare({ ...QUICK, name: "a", cases: { a: count, b: count }, signal: AbortSignal.abort(reason) });
    await expect(stopped).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  it.each(["check", "warm", "measure"] as const)("in the stage: %s", LIMIT, async (wanted) => {
    const controller = new AbortController();
    const onProgress = ({ stage }: CompareProgress) => {
      if (stage === wanted) controller.abort(reason);
    };
    await expect(compare({ ...QUICK, name: "a", cases, signal: controller.signal, onProgress })).rejects.toBe(reason);
  });

  it("while a case is awaited that never ends", LIMIT, async () => {
    const controller = new AbortController();
    const forever = () => {
      setImmediate(() => controller.abort(reason));
      return new Promise(() => {});
    };
    const stopped = compare({ ...QUICK, name: "a", cases: { forever, b: () => 1 }, signal: controller.signal });
    await expect(stopped).rejects.toBe(reason);
  });

  it("rejects with what a case throws, in the first call or in a later one", LIMIT, async () => {
    const thrown = new Error("broken");
    let calls = 0;
    const breaks = (at: number) => () => {
      if (++calls >= at) throw thrown;
      return 1;
    };
    const one = () => 1;
    await expect(compare({ ...QUICK, name: "a", cases: { a: breaks(1), b: one } })).rejects.toBe(thrown);
    calls = 0;
    await expect(compare({ ...QUICK, name: "a", cases: { a: one, b: async () => breaks(20)() } })).rejects.toBe(thrown);
  });
});

describe("refused", () => {
  const one = () => 1;
  const good = { name: "a", cases: { a: one, b: one }, check: "equal" };
  it.each([
    [undefined, TypeError, "options"],
    [{ ...good, name: undefined }, TypeError, "name"],
    [{ ...good, name: "" }, RangeError, "name"],
    [{ ...good, cases: undefined }, TypeError, "cases"],
    [{ ...good, cases: { a: one } }, RangeError, "cases"],
    [{ ...good, cases: { a: one, b: 5 } }, TypeError, "cases.b"],
    [{ ...good, output: [] }, TypeError, "output"],
    [{ ...good, check: undefined }, TypeError, "check"],
    [{ ...good, check: "same" }, RangeError, /^check must be .*, got "same"/],
    [{ ...good, check: { tolerance: -1, reason: "r" } }, RangeError, "check.tolerance"],
    [{ ...good, check: { tolerance: "1", reason: "r" } }, TypeError, "check.tolerance"],
    [{ ...good, check: { tolerance: 1 } }, TypeError, "check.reason"],
    [{ ...good, items: 0 }, RangeError, "items"],
    [{ ...good, items: "1" }, TypeError, "items"],
    [{ ...good, unit: 5 }, TypeError, "unit"],
    [{ ...good, bytes: Number.NaN }, RangeError, "bytes"],
    [{ ...good, budget: -1 }, RangeError, "budget"],
    [{ ...good, seed: 1.5 }, RangeError, "seed"],
    [{ ...good, seed: 1n }, TypeError, "seed"],
    [{ ...good, signal: {} }, TypeError, "signal"],
    [{ ...good, onProgress: 1 }, TypeError, "onProgress"],
    [{ ...good, cases: { a: one, b: () => {} } }, TypeError, "cases.b"],
  ] as const)("%#", LIMIT, (options, Type, what) => refuses(() => compare(options as never), Type, what));
});

it("a case that returns promises later than at its first call is refused: nobody waits for them", LIMIT, async () => {
  let calls = 0;
  const late = () => (calls++ === 0 ? 1 : Promise.resolve(1));
  await expect(compare({ name: "a", cases: { one: () => 1, late }, check: "equal", budget: 100 })).rejects.toThrow(
    new TypeError("cases.late returned a promise, but none at first: nobody waited for it"),
  );
});
