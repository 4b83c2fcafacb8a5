/** A report of everything that one may hold, of planted times. */
import {
  type BenchReport,
  type CaseTraits,
  compareWithBaseline,
  type DoneComparison,
  fitScaling,
  type WrongComparison,
} from "allcores/bench";
import { comparisonOf, reportOf } from "./reports.js";

/** What somebody might call a case: it must stay text. */
export const HOSTILE = "<img src=x onerror=alert(1)>";
export const HOSTILE_TOO = `"quoted' & | pipes, \`code\` *stars* [link](http://example.com) ${"long".repeat(60)} \u202Eright to left`;

const TRAITS: Readonly<Record<string, CaseTraits>> = {
  "JS serial": { implementation: "JS", executor: "serial", workers: 1 },
  "JS threads (2)": { implementation: "JS", executor: "threads", workers: 2 },
  "Wasm serial": { implementation: "Wasm", executor: "serial", workers: 1 },
  "Wasm threads (2)": { implementation: "Wasm", executor: "threads", workers: 2 },
  "C, by hand": { implementation: "C" },
  Python: { implementation: "Python" },
};

/** Cases of the bench's own, whose ratios spread over three powers of ten. */
function ownComparison(): DoneComparison {
  const planted = {
    "JS serial": 190,
    "JS threads (2)": 98,
    "Wasm serial": 14.6,
    "Wasm threads (2)": 7.9,
    "C, by hand": 20,
    Python: 5000,
  };
  const comparison = comparisonOf("pi, 1e8 samples", planted, 1);
  const cases = comparison.cases.map((own, i) => ({
    ...own,
    traits: TRAITS[own.name] as CaseTraits,
    first: { ms: 2 * own.median, process: "fresh" } as const,
    warm: { batches: 9, settled: i !== 3 },
    nsPerItem: own.median / 100,
    gigabytesPerSecond: 8e2 / own.median,
  }));
  const check = { kind: "tolerance", tolerance: 0.0008, reason: "both sides draw different points" } as const;
  return { ...comparison, check, items: 1e8, unit: "sample", bytes: 8e8, cases };
}

export const WRONG: WrongComparison = {
  state: "wrong",
  name: "off by one bit",
  check: { kind: "equal" },
  why: "beside js: wasm: 1.0000000000000002, not 1",
  wrong: [
    { name: "wasm", why: "1.0000000000000002, not 1" },
    { name: HOSTILE, why: "2, not 1" },
  ],
};

function scalingOf(counts: readonly number[]) {
  return fitScaling(counts.map((workers) => ({ workers, ms: 100 / workers + 3 + 0.02 * workers })));
}

export function fullReport(): BenchReport {
  const { schemaVersion, created, machine, loadAfter } = reportOf({ a: 1, b: 2 }, 1);
  const head = { schemaVersion, created, machine, loadAfter };
  const comparisons = [
    ownComparison(),
    comparisonOf("of users", { [HOSTILE]: 3, [HOSTILE_TOO]: 1, same: 3 }, 2),
    comparisonOf("nanoseconds", { one: 2e-6, two: 2.2e-6 }, 3),
    WRONG,
  ];
  const before = [
    comparisonOf("of users", { [HOSTILE]: 3, [HOSTILE_TOO]: 0.5, same: 3, gone: 1 }, 4),
    comparisonOf("off by one bit", { js: 1, wasm: 1 }, 5),
  ];
  return {
    ...head,
    comparisons,
    scaling: [
      { name: "pi", ...scalingOf([1, 2, 3, 4, 6, 8, 12, 16, 32, 64]) },
      { name: "sum", ...scalingOf([1, 2]) },
    ],
    eventLoop: [
      { name: "JS serial", p50: 0.05, p99: 189, max: 190 },
      { name: "Wasm threads (2)", p50: 0, p99: 0.2, max: 1.4 },
    ],
    dispatch: [
      { executor: "threads", workers: 2, perJob: 61.2, perChunk: 0.21, bytesIn: 0, bytesOut: 0 },
      { executor: "processes", workers: 2, perJob: 210, perChunk: 14.1, bytesIn: 1048576, bytesOut: 1048576 },
    ],
    missing: [{ name: "numba", why: "python3 has no module numba" }],
    baseline: compareWithBaseline({ ...head, comparisons }, { ...head, comparisons: before }),
  };
}
