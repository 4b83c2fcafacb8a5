/** Reports as Markdown: every row a row, every name a text, every figure a number. */
import { type BenchReport, renderHtml, renderMarkdown } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { fullReport, HOSTILE, WRONG } from "./full-report.js";
import { comparisonOf, reportOf } from "./reports.js";

const LIMIT = { timeout: 10_000 };
const report = fullReport();
const text = renderMarkdown(report);

/** The cells of a row; escaped pipes are text. */
function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** The text below a heading, up to the next one. */
function part(heading: string): string {
  const parts = text.split(/^(?=### )/m);
  return parts.find((one) => one.startsWith(`### ${heading}\n`)) ?? expect.fail(`no part ${heading}`);
}

it("has tables whose rows have as many cells as their heads", LIMIT, () => {
  const tables = text.match(/(^\|.*\n)+/gm) ?? [];
  expect(tables.length).toBe(3 + 1 + 2 + 1 + 1);
  for (const table of tables) {
    const [head = "", rule = "", ...rows] = table.trimEnd().split("\n");
    expect(rule).toMatch(/^\| --- (\| ---: )*\|$/);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of [rule, ...rows]) expect(cellsOf(row).length, row).toBe(cellsOf(head).length);
  }
});

it("tells of each case its times, its ratio and the verdict", LIMIT, () => {
  const own = part("pi, 1e8 samples");
  const [head = [], , ...rows] = (own.match(/^\|.*$/gm) ?? []).map(cellsOf);
  expect(head).toEqual([
    "case",
    "median",
    "MAD",
    "first call",
    "ns per sample",
    "GB/s",
    "times as fast (95%)",
    "verdict",
  ]);
  expect(rows.map(([name]) => name)).toEqual(report.comparisons.flatMap((one) => namesOf(one)).slice(0, 6));
  const wasm = rows[3] as string[];
  expect(wasm[1]).toMatch(/^(7\.[89]|8\.0)\d ms$/);
  expect(wasm[6]).toMatch(/^2[34]\.\d \(2[34]\.\d to 2[34]\.\d\)$/);
  expect(wasm[7]).toBe("faster");
  expect(rows[0]?.slice(-2)).toEqual(["1", "reference"]);
  expect(rows[5]?.[1]).toMatch(/^(4\.9|5\.0)\d s$/);
  expect(own).toContain("**Wasm threads (2) is 2");
  expect(own).toContain("within 0.0008: both sides draw different points.");
  expect(own).toContain("Not settled when the time for warming was over: Wasm threads (2).");
});

it("says first what is wrong, and tells no times of it", LIMIT, () => {
  expect(text.split("\n")[2]).toMatch(/^1 of 4 comparisons is WRONG \(off by one bit\); in 2 of the other 3 /);
  const wrong = part("off by one bit");
  expect(wrong).toContain("**WRONG**: beside js: wasm: 1.0000000000000002, not 1.");
  expect(wrong).not.toMatch(/\d [mnµ]?s\b|\|/);
});

it("tells what executors cost, what scales, what is missing, and what the baseline says", LIMIT, () => {
  expect(part("More workers: pi")).toMatch(/\| 64 \|.*\n\n- Amdahl's law: .*\n- Universal Scalability Law: /);
  expect(part("More workers: sum")).toContain("nothing is fitted to 2 numbers of workers");
  expect(part("The event loop's delay")).toContain("| JS serial | 50.0 µs | 189 ms | 190 ms |");
  expect(part("What executors take for themselves")).toContain("| processes | 2 | 210 µs | 14.1 µs | 1 MiB | 1 MiB |");
  expect(part("Not here")).toContain("- numba: python3 has no module numba");
  const baseline = part("Against the baseline");
  expect(baseline).toContain("**Regressed: 1 comparison that had been right is WRONG now, and 1 of 3 cases is slower");
  expect(baseline).toContain("- Not here now: of users: gone");
});

it("keeps names as text", LIMIT, () => {
  expect(text).not.toMatch(/(?<!\\)</);
  expect(text).toContain("\\<img src=x onerror=alert(1)\\>");
  expect(text).toContain("& \\| pipes, \\`code\\` \\*stars\\* \\[link\\]");
  const name = "two\nlines & &lt;b&gt; #1";
  expect(renderMarkdown({ ...reportOf({ [name]: 1, b: 2 }, 1), name })).toContain("### two lines & \\&lt;b\\&gt; #1\n");
});

describe("other reports", () => {
  const { schemaVersion, created, machine, loadAfter } = report;
  const head = { schemaVersion, created, machine, loadAfter };
  const rendered = (one: BenchReport) => renderMarkdown(one);

  it("of one comparison", LIMIT, () => {
    const one = renderMarkdown(reportOf({ js: 4, wasm: 1 }, 1));
    expect(one).toMatch(/^## Bench\n\nplanted: wasm is (3\.9\d|4\.0\d) times as fast /);
    expect(one).not.toContain(" cold");
    expect(renderMarkdown({ ...head, ...WRONG })).toContain(
      "off by one bit: WRONG, the cases compute different things",
    );
  });

  it("of none", LIMIT, () => {
    expect(rendered({ ...head, comparisons: [] })).toMatch(/^## Bench\n\nNothing was compared\.\n\n.* Node /);
  });

  it("where nothing is faster", LIMIT, () => {
    const comparisons = [comparisonOf("a", { one: 1, two: 1 }, 1), comparisonOf("b", { one: 1, two: 2 }, 2)];
    const none = rendered({ ...head, comparisons });
    expect(none).toContain("In none of 2 comparisons a case is faster than the first one.");
    expect(none).toMatch(/\*\*nothing is faster than one beyond this run's noise of 0\.\d+%\.\*\*/);
    expect(none).toContain("**nothing is faster than one.**");
    expect(renderMarkdown({ ...head, ...comparisonOf("b", { [HOSTILE]: 1, two: 2 }, 2) })).toContain("\\<img");
  });
});

/** The report with all its numbers replaced: no report of ours, but one that came from a file may be like that. */
function withNumbers(value: unknown, number: unknown): unknown {
  if (typeof value === "number") return number;
  if (Array.isArray(value)) return value.map((part) => withNumbers(part, number));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withNumbers(part, number)]));
}

it.each([Number.NaN, Number.POSITIVE_INFINITY, null, 0])(
  "writes no figure that is none, where all are %s",
  LIMIT,
  (n) => {
    const broken = withNumbers(report, n) as BenchReport;
    for (const rendered of [renderMarkdown(broken), renderHtml(broken), text])
      expect(/.*(NaN|undefined|Infinity|\bnull\b|\[object).*/.exec(rendered)?.[0]).toBeUndefined();
  },
);

function namesOf(comparison: BenchReport["comparisons"][number]): string[] {
  return comparison.state === "done" ? comparison.cases.map(({ name }) => name) : [];
}
