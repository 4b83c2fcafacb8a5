/** The tables of a report as plain text, for Markdown, HTML and terminals: their renderers know no columns. */

import type { Ratio } from "../ratio.js";
import type { BenchReport, CaseReport, Change, DoneComparison } from "../report.js";
import type { Scaling } from "../scaling.js";
import {
  NONE,
  showBytes,
  showCount,
  showFactor,
  showFigure,
  showInterval,
  showPercent,
  showRatio,
  showTime,
} from "./format.js";

/** Cells by rows; the first column holds names. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A column: its title, its cell for a row, and whether the table has the column at all. */
type Column<Row> = readonly [head: string, cell: (row: Row, index: number) => string, isThere?: boolean];

function tableOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): TextTable {
  const there = columns.filter(([, , isThere = true]) => isThere);
  return { head: there.map(([head]) => head), rows: rows.map((row, i) => there.map(([, cell]) => cell(row, i))) };
}

/** 2.34 (2.30 to 2.41). */
export function ratioText(ratio: Ratio | undefined): string {
  return ratio === undefined ? NONE : `${showRatio(ratio)} (${showInterval(ratio)})`;
}

/** The figures of every case. "short" leaves out the columns on how the samples were taken. */
export function casesTable(comparison: DoneComparison, length: "short" | "full"): TextTable {
  const { cases, unit = "item", ratios, verdicts } = comparison;
  const isFull = length === "full";
  return tableOf<CaseReport>(cases, [
    ["case", ({ name }) => name],
    ["median", ({ median }) => showTime(median)],
    ["MAD", ({ mad }) => showTime(mad)],
    // Earlier cases may have warmed the process that compares: only a fresh one gives a cold first call.
    ["first call", ({ first }) => (first ? showTime(first.ms) + (first.process === "fresh" ? " cold" : "") : NONE)],
    [
      `ns per ${unit}`,
      ({ nsPerItem = Number.NaN }) => showFigure(nsPerItem),
      cases.some(({ nsPerItem }) => nsPerItem !== undefined),
    ],
    [
      "GB/s",
      ({ gigabytesPerSecond = Number.NaN }) => showFigure(gigabytesPerSecond),
      cases.some(({ gigabytesPerSecond }) => gigabytesPerSecond !== undefined),
    ],
    ["times as fast (95%)", ({ name }, i) => (i === 0 ? "1" : ratioText(ratios[name]))],
    ["verdict", ({ name }, i) => (i === 0 ? "reference" : (verdicts[name] ?? NONE))],
    ["outliers", ({ outliers, samples }) => `${outliers.length} of ${samples.length}`, isFull],
    ["calls per batch", ({ calls }) => showCount(calls), isFull],
    ["settled", ({ warm }) => (warm.settled ? "yes" : "no"), isFull],
  ]);
}

export function scalingTable({ points }: Scaling): TextTable {
  return tableOf(points, [
    ["workers", ({ workers }) => showCount(workers)],
    ["time", ({ ms }) => showTime(ms)],
    ["speed-up", ({ speedup }) => showFactor(speedup)],
    ["efficiency", ({ efficiency }) => showPercent(efficiency, 3)],
  ]);
}

/** The fitted coefficients, each with its sign in the law. */
export function coefficientsTable({ amdahl, usl }: Scaling & { readonly state: "fitted" }): TextTable {
  const rows = [
    ["Amdahl", "serial", showPercent(amdahl.serial, 3), showPercent(amdahl.residual)],
    ["", "limit", amdahl.limit === null ? "none" : showFactor(amdahl.limit), ""],
    ["USL", "contention", showPercent(usl.contention, 3), showPercent(usl.residual)],
    ["", "coherency", showPercent(usl.coherency, 3), ""],
    ["", "peak", usl.peak === null ? "none" : `${showFigure(usl.peak)} workers`, ""],
  ];
  return { head: ["law", "coefficient", "value", "off by"], rows };
}

export function eventLoopTable(eventLoop: NonNullable<BenchReport["eventLoop"]>): TextTable {
  return tableOf(eventLoop, [
    ["while this ran", ({ name }) => name],
    ["p50", ({ p50 }) => showTime(p50)],
    ["p99", ({ p99 }) => showTime(p99)],
    ["max", ({ max }) => showTime(max)],
  ]);
}

export function dispatchTable(dispatch: NonNullable<BenchReport["dispatch"]>): TextTable {
  return tableOf(dispatch, [
    ["executor", ({ executor }) => executor],
    ["workers", ({ workers }) => showCount(workers)],
    ["a job", ({ perJob }) => showTime(perJob / 1e3)],
    ["each further chunk", ({ perChunk }) => showTime(perChunk / 1e3)],
    ["copied in", ({ bytesIn }) => showBytes(bytesIn)],
    ["copied out", ({ bytesOut }) => showBytes(bytesOut)],
  ]);
}

/** The changes of cases since an older report, the slowest first. */
export function changesTable(changes: readonly Change[]): TextTable {
  const slowestFirst = [...changes].sort((a, b) => a.ratio.median - b.ratio.median);
  return tableOf(slowestFirst, [
    ["case", (change) => `${change.comparison}: ${change.case}`],
    ["times as fast as then (95%)", ({ ratio }) => ratioText(ratio)],
    ["by its", ({ by }) => (by === "time" ? "time" : "ratio to the first case")],
    ["floor", ({ floor }) => showPercent(floor)],
    ["verdict", ({ verdict }) => verdict],
  ]);
}
