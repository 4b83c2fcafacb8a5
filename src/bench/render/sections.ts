/** The sections of the page, each from one part of the report. */
import type {
  BaselineReport,
  BenchReport,
  Comparison,
  DoneComparison,
  SavedReport,
  WrongComparison,
} from "../report.js";
import { barChart } from "./bars.js";
import type { Tones } from "./chart.js";
import { scalingChart, scalingLegend } from "./curve.js";
import { delayChart } from "./delay.js";
import { baselineText, checkText, findingOf, findingText, unsettledText, wantedText } from "./findings.js";
import { forestChart } from "./forest.js";
import { plural, showBytes, showCount, showPercent, showShort } from "./format.js";
import { html, type Markup, named } from "./markup.js";
import {
  casesTable,
  changesTable,
  coefficientsTable,
  dispatchTable,
  eventLoopTable,
  ratioText,
  scalingTable,
  type TextTable,
} from "./tables.js";

/** A table that scrolls apart from the page where it is too wide, by the keyboard, too. */
function table({ head, rows }: TextTable, label: string): Markup {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([name = "", ...cells]) =>
      html`<tr><th scope="row">${named(name)}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
  )}</tbody></table></div>`;
}

export function comparisonSection(comparison: Comparison, id: string, tones: Tones): Markup {
  return html`<section id="${id}" class="comparison ${comparison.state}"><h2>${named(comparison.name)}</h2>
${comparison.state === "wrong" ? wrongPart(comparison) : donePart(comparison, tones)}</section>`;
}

function wrongPart({ check, why, wrong }: WrongComparison): Markup {
  return html`<div class="alarm" role="note"><b>Wrong: the cases compute different things, so there are no times.</b>
<p>${why}</p>
${wrong.length > 1 && html`<ul>${wrong.map((one) => html`<li><strong>${named(one.name)}</strong>: ${one.why}</li>`)}</ul>`}
<p>${wantedText(check)}</p></div>`;
}

function donePart(comparison: DoneComparison, tones: Tones): Markup {
  const { check, rounds, seed, noise, items, unit = "item", bytes } = comparison;
  const finding = findingOf(comparison);
  const work = [
    items !== undefined && `${showCount(items)} ${unit}s a call`,
    bytes !== undefined && `${showBytes(bytes)} written a call`,
    plural(rounds, "round"),
  ].filter((part) => part !== false);
  return html`<p>${finding.kind === "faster" ? `${findingText(finding)}.` : sentence(findingText(finding))}</p>
<p class="soft">${checkText(check)}. ${work.join(", ")}. ${unsettledText(comparison)}</p>
<div class="charts">${forestChart(comparison, tones)}${barChart(comparison, tones)}</div>
<details><summary>All figures</summary>${table(casesTable(comparison, "full"), `Figures of ${comparison.name}`)}
<p class="soft">Times are medians, with the median distance from them (MAD). ${named(noise.case)} against itself gave ${ratioText(noise.ratio)}: no verdict within ${showPercent(noise.floor)}. Seed ${showCount(seed)}.</p></details>`;
}

/** A text as a sentence; not for a text that begins with a name, which must keep its letters. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

export function scalingSection(scaling: NonNullable<BenchReport["scaling"]>): Markup {
  return html`<section class="scaling"><h2>More workers</h2><p class="soft">Speed-up against one worker.</p>
<div class="charts">${scaling.map(
    (one) => html`<figure><figcaption>${named(one.name)}</figcaption>${scalingLegend(one)}${scalingChart(one.name, one)}
${
  one.state === "fitted"
    ? html`<ul class="plain soft"><li>Amdahl's law: ${one.amdahl.meaning}.</li><li>Universal Scalability Law: ${one.usl.meaning}.</li></ul>`
    : html`<p class="soft">${sentence(one.why)}</p>`
}
<details><summary>Points${one.state === "fitted" && " and coefficients"}</summary>${table(scalingTable(one), `Points of ${one.name}`)}
${one.state === "fitted" && table(coefficientsTable(one), `Coefficients of ${one.name}`)}</details></figure>`,
  )}</div></section>`;
}

export function eventLoopSection(eventLoop: NonNullable<BenchReport["eventLoop"]>): Markup {
  return html`<section class="event-loop"><h2>The event loop meanwhile</h2>
<p class="soft">A server answers nobody while its event loop stands: this is how late it turned while the work ran.</p>
<div class="charts">${delayChart(eventLoop)}</div>
<details><summary>All figures</summary>${table(eventLoopTable(eventLoop), "Delays of the event loop")}</details></section>`;
}

export function dispatchSection(dispatch: NonNullable<BenchReport["dispatch"]>): Markup {
  return html`<section class="dispatch"><h2>What executors take for themselves</h2>
<p class="soft">A job of one empty chunk, each further chunk, and the bytes copied for a job that reads a heap array of 1 MiB and fills another.</p>
${table(dispatchTable(dispatch), "Costs of executors")}</section>`;
}

export function missingSection(missing: NonNullable<BenchReport["missing"]>): Markup {
  return html`<section class="missing"><h2>Not here</h2><ul class="plain">${missing.map(
    ({ name, why }) => html`<li><strong>${named(name)}</strong>: ${why}</li>`,
  )}</ul></section>`;
}

export function baselineSection(baseline: BaselineReport): Markup {
  const { state, changes, regressions, wrong, missing, added } = baseline;
  const [word, ...text] = baselineText(baseline).split(": ");
  const lists = [
    ["Right then, wrong now", wrong],
    ["Not here now", missing],
    ["New", added],
  ] as const;
  return html`<section class="baseline"><h2>Against the baseline</h2>
<div class="${state === "held" ? "fine" : "alarm"}" role="note"><b>${word}</b>: ${text.join(": ")}</div>
${regressions.length > 0 && table(changesTable(regressions), "Regressions")}
${lists.map(([title, names]) => names.length > 0 && html`<p class="soft">${title}: ${names.join("; ")}.</p>`)}
${changes.length > 0 && html`<details><summary>All changes</summary>${table(changesTable(changes), "All changes")}</details>`}</section>`;
}

export function machineSection({ machine, loadAfter, created, schemaVersion }: SavedReport): Markup {
  const features = Object.entries(machine.wasm);
  const having = (has: boolean) => features.flatMap(([name, is]) => (is === has ? [name] : [])).join(", ") || "none";
  const loads = (load: readonly number[]) => load.map((one) => showShort(one)).join(", ");
  const rows: readonly (readonly [string, string | Markup])[] = [
    ["Processor", machine.cpu],
    ["Cores", `${showCount(machine.cores)}, of which this process may use ${showCount(machine.allowed)}`],
    ["Quota", machine.quota === null ? "none" : `${showShort(machine.quota)} cores`],
    ["Load before", `${loads(machine.load)} (1, 5 and 15 minutes)`],
    ["Load after", loads(loadAfter)],
    ["System", `${machine.platform} ${machine.arch}`],
    ["Node", `${machine.node}, V8 ${machine.v8}`],
    ["allcores", machine.allcores],
    ["Wasm features", having(true)],
    ["Not supported", having(false)],
    [
      "Kernels (SHA-256)",
      html`${Object.entries(machine.kernels).map(([file, hash]) => html`<code>${file} ${hash}</code><br>`)}`,
    ],
    ["Started", created],
    ["Schema version", showCount(schemaVersion)],
  ];
  return html`<section class="machine"><h2>The machine</h2>
<details><summary>Processor, versions, Wasm features, hashes of kernels</summary><dl>${rows.map(
    ([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`,
  )}</dl></details></section>`;
}
