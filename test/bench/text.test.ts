/** Reports as plain text. */
import { type BenchReport, compareWithBaseline, fitScaling, renderText } from "allcores/bench";
import { expect, it } from "vitest";
import { comparisonOf, reportOf } from "./reports.js";

const LIMIT = { timeout: 10_000 };
const { schemaVersion, created, machine, loadAfter } = reportOf({ js: 10, wasm: 4 }, 1);
const times = [1, 2, 4, 8].map((workers) => ({ workers, ms: 100 / workers + 3 }));
const report: BenchReport = {
  schemaVersion,
  created,
  machine,
  loadAfter,
  comparisons: [
    comparisonOf("sum", { js: 10, wasm: 4 }, 1),
    { state: "wrong", name: "pi", check: { kind: "equal" }, why: "beside js: wasm: 3, not 4", wrong: [] },
  ],
  scaling: [
    { name: "sum: Wasm", ...fitScaling(times) },
    { name: "sum: JS", ...fitScaling(times.slice(0, 2)) },
  ],
  eventLoop: [{ name: "sum: Wasm, threads 2", p50: 0.1, p99: 0.2, max: 3 }],
  dispatch: [{ executor: "processes", workers: 2, perJob: 1200, perChunk: 1.5, bytesIn: 2 ** 20, bytesOut: 0 }],
  missing: [{ name: "numba", why: "no Python here has numba" }],
};

it("has all of a report, in aligned columns", LIMIT, () => {
  const text = renderText(report);
  expect(text).toMatch(/^ +case +median +MAD +first call +times as fast \(95%\) +verdict$/m);
  expect(text).toMatch(/^ +js +\d+\.\d+ ms .* 1 +reference$/m);
  expect(text).toMatch(/^ +wasm +\d\.\d\d ms .* 2\.\d+ \(2\.\d+ to 2\.\d+\) +faster$/m);
  expect(text).toMatch(/^pi\n +WRONG.*: beside js: wasm: 3, not 4\n/m);
  expect(text).toMatch(/^ +Amdahl: .*\n +USL: /m);
  expect(text).toMatch(/nothing is fitted to 2 numbers of workers/);
  expect(text).toMatch(/^ +sum: Wasm, threads 2 +100 µs +200 µs +3\.00 ms$/m);
  expect(text).toMatch(/^ +processes +2 +1\.20 ms +1\.50 µs +1 MiB +0 bytes$/m);
  expect(text).toMatch(/^ +numba: no Python here has numba$/m);
  expect(text).toContain(machine.cpu);
  const [heading, rule] = text.split("\n").slice(1);
  expect(rule?.length).toBe(heading?.length);
});

it("leaves out the comparisons that have been told, and tells one alone", LIMIT, () => {
  const rest = renderText(report, { comparisons: false });
  expect(rest).not.toMatch(/reference|beside js/);
  expect(rest).toMatch(/^ +numba: /m);
  const [first] = report.comparisons;
  if (!first) throw new Error("there is none");
  expect(`${renderText(first)}`).toBe(`${renderText(report).split("\n\n")[0]}\n`);
});

it("tells what is slower than a baseline", LIMIT, () => {
  const [then, now] = [reportOf({ js: 10, wasm: 2 }, 1), reportOf({ js: 10, wasm: 4 }, 2)];
  const text = renderText({ ...now, baseline: compareWithBaseline(now, then) });
  expect(text).toMatch(/^Regressed: 1 of 2 cases is slower/m);
  expect(text).toMatch(/^ +planted: wasm +0\.5\d* /m);
});
