/** A report against a saved one: what is called a regression, and what is noise. */
import { type BenchReport, compareWithBaseline, type SavedReport } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { comparisonOf, reportOf } from "./reports.js";

const LIMIT = { timeout: 10_000 };
const PLANTED = { js: 200, wasm: 100, threads: 50 };

describe("on the same machine", () => {
  it("a report against itself, or the same code again, holds", LIMIT, () => {
    const report = reportOf(PLANTED, 1);
    const against = compareWithBaseline(report, JSON.parse(JSON.stringify(report)));
    expect(against).toMatchObject({
      state: "held",
      sameMachine: true,
      regressions: [],
      wrong: [],
      missing: [],
      added: [],
    });
    expect(against.changes.map((change) => [change.case, change.by, change.verdict])).toEqual([
      ["js", "time", "undecided"],
      ["wasm", "time", "undecided"],
      ["threads", "time", "undecided"],
    ]);
    for (let seed = 2; seed < 102; seed++)
      expect(compareWithBaseline(reportOf(PLANTED, seed), report).state, `seed ${seed}`).toBe("held");
  });

  it("a case that takes 15% longer is a regression, one that takes 3% longer is noise", LIMIT, () => {
    const baseline = reportOf(PLANTED, 1);
    for (let seed = 2; seed < 22; seed++) {
      const slower = compareWithBaseline(reportOf({ ...PLANTED, wasm: 115 }, seed), baseline);
      expect(slower.state).toBe("regressed");
      expect(slower.regressions).toMatchObject([
        { comparison: "planted", case: "wasm", by: "time", verdict: "slower" },
      ]);
      expect(slower.regressions[0]?.ratio.median).toBeCloseTo(1 / 1.15, 1);
      expect(compareWithBaseline(reportOf({ ...PLANTED, wasm: 103 }, seed), baseline).state).toBe("held");
    }
  });

  it("a case that is faster is none", LIMIT, () => {
    const { state, changes } = compareWithBaseline(reportOf({ ...PLANTED, wasm: 50 }, 2), reportOf(PLANTED, 1));
    expect(state).toBe("held");
    expect(changes[1]).toMatchObject({ case: "wasm", verdict: "faster", ratio: { median: expect.closeTo(2, 1) } });
  });

  it("all cases slower: all are regressions", LIMIT, () => {
    const { regressions } = compareWithBaseline(
      reportOf({ js: 400, wasm: 200, threads: 100 }, 2),
      reportOf(PLANTED, 1),
    );
    expect(regressions.map((change) => change.case)).toEqual(["js", "wasm", "threads"]);
  });

  it("a noisy run needs more", LIMIT, () => {
    const baseline = reportOf(PLANTED, 1);
    const noisy = { ...baseline, noise: { ...baseline.noise, floor: 0.3 } };
    expect(compareWithBaseline(reportOf({ ...PLANTED, wasm: 115 }, 2), noisy).state).toBe("held");
    expect(compareWithBaseline(reportOf({ ...PLANTED, wasm: 150 }, 2), noisy).state).toBe("regressed");
  });

  it("wrong now, right before: a regression; cases that came and went are named", LIMIT, () => {
    const { machine, schemaVersion, created, loadAfter } = reportOf(PLANTED, 1);
    const bench = (...comparisons: BenchReport["comparisons"]): BenchReport => ({
      machine,
      schemaVersion,
      created,
      loadAfter,
      comparisons,
    });
    const [pi, sum] = [comparisonOf("pi", { js: 4, wasm: 2 }, 1), comparisonOf("sum", { js: 4, wasm: 2 }, 2)];
    const wrong = { state: "wrong", name: "pi", check: pi.check, why: "b: 1, not 2", wrong: [] } as const;
    expect(compareWithBaseline(bench(wrong, sum), bench(pi, sum))).toMatchObject({
      state: "regressed",
      regressions: [],
      wrong: ["pi"],
      missing: [],
    });
    const renamed = { ...sum, cases: sum.cases.map((own, i) => (i === 1 ? { ...own, name: "threads" } : own)) };
    expect(compareWithBaseline(bench(renamed), bench(pi, sum))).toMatchObject({
      state: "held",
      missing: ["pi: js", "pi: wasm", "sum: wasm"],
      added: ["sum: threads"],
    });
  });
});

describe("on another machine", () => {
  const elsewhere = (report: ReturnType<typeof reportOf>) => ({
    ...report,
    machine: { ...report.machine, cpu: "another" },
  });

  it("a machine of half the speed is no regression: ratios to the first case are compared", LIMIT, () => {
    const baseline = elsewhere(reportOf(PLANTED, 1));
    const against = compareWithBaseline(reportOf({ js: 400, wasm: 200, threads: 100 }, 2), baseline);
    expect(against).toMatchObject({ state: "held", sameMachine: false });
    expect(against.changes.map((change) => [change.case, change.by])).toEqual([
      ["wasm", "ratio"],
      ["threads", "ratio"],
    ]);
  });

  it("a case that fell behind the first one is", LIMIT, () => {
    const { regressions } = compareWithBaseline(
      reportOf({ js: 400, wasm: 260, threads: 100 }, 2),
      elsewhere(reportOf(PLANTED, 1)),
    );
    expect(regressions).toMatchObject([{ case: "wasm", by: "ratio" }]);
    expect(regressions[0]?.ratio.median).toBeCloseTo(1 / 1.3, 1);
  });
});

describe("what can't be compared is not held", () => {
  const now = { ...reportOf(PLANTED, 1), items: 100 };
  it.each([
    ["another comparison", { ...now, name: "another" }],
    ["another amount of work under the same name", { ...now, items: 200 }],
  ])("%s", LIMIT, (_, then) => {
    expect(compareWithBaseline(now, now).state).toBe("held");
    expect(compareWithBaseline(now, then)).toMatchObject({ state: "incomparable", changes: [], regressions: [] });
  });
});

describe("what is no report is refused", () => {
  const report = reportOf(PLANTED, 1);
  it.each([
    [undefined, TypeError, /^baseline must be an options object, got undefined/],
    [{}, TypeError, /^baseline\.schemaVersion must be 1, got undefined/],
    [{ ...report, schemaVersion: 2 }, RangeError, /^baseline\.schemaVersion must be 1, got 2/],
    [{ ...report, machine: null }, TypeError, /^baseline\.machine must be/],
    [{ ...report, comparisons: 5 }, TypeError, /^baseline\.comparisons must be an array, got 5/],
    [{ ...report, comparisons: [{}] }, TypeError, /^baseline\.comparisons\[0\]\.name must be a text/],
    [{ ...report, state: "maybe" }, TypeError, /^baseline\.state must be "done" or "wrong", got "maybe"/],
    [{ ...report, noise: { floor: null } }, TypeError, /^baseline\.noise\.floor must be a number, got null/],
    [{ ...report, noise: { floor: -0.5 } }, TypeError, /^baseline\.noise\.floor must be a number, got -0\.5/],
    [{ ...report, loadAfter: "low" }, TypeError, /^baseline\.loadAfter must be load averages, got "low"/],
    [{ ...report, machine: {} }, TypeError, /^baseline\.machine\.load must be load averages, got undefined/],
    [{ ...report, ratios: null }, TypeError, /^baseline\.ratios must be an options object, got null/],
    [{ ...report, check: "equal" }, TypeError, /^baseline\.check must be an options object, got "equal"/],
    [{ ...report, cases: {} }, TypeError, /^baseline\.cases must be an array/],
    [
      { ...report, cases: [{ name: "a", samples: [1, null] }] },
      TypeError,
      /^baseline\.cases\[0\]\.samples must be times/,
    ],
  ] as const)("%#", LIMIT, (baseline, Type, message) => {
    const call = () => compareWithBaseline(report, baseline as unknown as SavedReport);
    expect(call).toThrow(Type);
    expect(call).toThrow(message);
  });
});
