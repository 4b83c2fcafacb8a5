/** Reports against the JSON schema that is published with the package. */
import { type BenchReport, compare, compareWithBaseline, fitScaling } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { comparisonOf, reportOf } from "./reports.js";
import { faults } from "./schema.js";

const LIMIT = { timeout: 20_000 };
describe("valid", () => {
  it("what compare() gives: with times, and wrong", LIMIT, async () => {
    const [one, two] = [() => 1, async () => 2];
    const options = { name: "a", budget: 100, items: 5, bytes: 8 };
    expect(faults(await compare({ ...options, cases: { one, again: one }, check: "equal" }))).toBe("");
    const check = { tolerance: 1, reason: "near" };
    expect(faults(await compare({ ...options, cases: { one, two }, check }))).toBe("");
    expect(faults(await compare({ ...options, cases: { one, two }, check: () => true }))).toBe("");
    const wrong = await compare({ ...options, cases: { one, two }, check: "equal" });
    expect(wrong.state).toBe("wrong");
    expect(faults(wrong)).toBe("");
  });

  it("a report of many", LIMIT, () => {
    const { schemaVersion, created, machine, loadAfter } = reportOf({ a: 1, b: 2 }, 1);
    const times = [1, 2, 4, 8].map((workers) => ({ workers, ms: 100 / workers + 3 }));
    const report: BenchReport = {
      schemaVersion,
      created,
      machine,
      loadAfter,
      comparisons: [comparisonOf("pi", { js: 3, wasm: 1 }, 1)],
      scaling: [
        { name: "pi", ...fitScaling(times) },
        { name: "sum", ...fitScaling(times.slice(0, 2)) },
        { name: "perfect", ...fitScaling(times.map(({ workers }) => ({ workers, ms: 64 / workers }))) },
      ],
      eventLoop: [{ name: "pi, threads", p50: 0.1, p99: 0.2, max: 3 }],
      dispatch: [{ executor: "threads", workers: 2, perJob: 60, perChunk: 0.2, bytesIn: 0, bytesOut: 0 }],
      missing: [{ name: "numba", why: "not here" }],
      baseline: compareWithBaseline(reportOf({ a: 1, b: 2 }, 2), reportOf({ a: 1, b: 1 }, 3)),
    };
    expect(faults(report)).toBe("");
    expect(faults({ ...report, comparisons: [] })).toBe("");
  });
});

describe("not valid", () => {
  const report = reportOf({ a: 1, b: 2 }, 1);
  const [first] = report.cases;
  it.each([
    ["another version", { ...report, schemaVersion: 2 }],
    ["no machine", { ...report, machine: undefined }],
    ["times of wrong cases", { ...report, state: "wrong" }],
    ["no ratio", { ...report, ratio: undefined }],
    ["a time that is no number", { ...report, cases: [{ ...first, median: Number.NaN }, report.cases[1]] }],
    ["one case", { ...report, cases: [first] }],
    ["an unknown property", { ...report, mean: 3 }],
    ["an unknown verdict", { ...report, verdict: "better" }],
    ["a hash that is none", { ...report, machine: { ...report.machine, kernels: { "pi.wasm": "abc" } } }],
  ])("%s", LIMIT, (_, other) => {
    expect(faults(report)).toBe("");
    expect(faults(other)).not.toBe("");
  });
});
