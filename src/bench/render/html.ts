/**
 * A report as one HTML file that needs nothing else: no script, no font, no request. The page's policy forbids them, too,
 * so that a name that got past the escaping could not load or run anything.
 */
import { besides, type Comparison, comparisonsOf, type SavedReport } from "../report.js";
import { tonesOf } from "./chart.js";
import { cut, findingOf, findingText, headline, machineText } from "./findings.js";
import { showInterval, showRatio, showWhen } from "./format.js";
import { html, Markup, named } from "./markup.js";
import {
  baselineSection,
  comparisonSection,
  dispatchSection,
  eventLoopSection,
  machineSection,
  missingSection,
  scalingSection,
} from "./sections.js";
import { STYLE } from "./style.js";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Makes the page, to be opened from a file or served. */
export function renderHtml(report: SavedReport): string {
  const { scaling, eventLoop, dispatch, missing } = besides(report);
  // Wrong comparisons come first, for screen readers, too.
  const comparisons = [...comparisonsOf(report)].sort(
    (a, b) => Number(b.state === "wrong") - Number(a.state === "wrong"),
  );
  const tones = tonesOf(comparisons.flatMap(implementations));
  const title = "comparisons" in report ? "Bench report" : report.name;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<header><p class="kicker">allcores bench, ${showWhen(report.created)}</p>
<h1>${headline(report)}</h1>
<p class="soft">${machineText(report.machine)}</p>
${comparisons.length > 1 && html`<ul class="findings">${comparisons.map(card)}</ul>`}</header>
${report.baseline && baselineSection(report.baseline)}
${comparisons.map((comparison, i) => comparisonSection(comparison, idOf(i), tones))}
${scaling.length > 0 ? scalingSection(scaling) : ""}
${eventLoop.length > 0 ? eventLoopSection(eventLoop) : ""}
${dispatch.length > 0 ? dispatchSection(dispatch) : ""}
${missing.length > 0 ? missingSection(missing) : ""}
${machineSection(report)}
<footer>A ratio is the median of the rounds' own ratios; its interval is a bootstrap over rounds. A verdict needs an interval on one side of 1 and a ratio beyond the noise of the run, measured by one case against itself.</footer>
</main>
</body>
</html>
`.text;
}

function idOf(index: number): string {
  return `comparison-${index + 1}`;
}

function implementations(comparison: Comparison): string[] {
  if (comparison.state === "wrong") return [];
  return comparison.cases.flatMap(({ traits }) => (traits ? [traits.implementation] : []));
}

/** A finding in large figures, as a link to its comparison. */
function card(comparison: Comparison, index: number): Markup {
  const finding = findingOf(comparison);
  const [big, text] =
    finding.kind === "faster"
      ? [
          `${showRatio(finding.ratio)}×`,
          html`${named(cut(finding.best))} against ${named(cut(finding.first))} <span>(${showInterval(finding.ratio)})</span>`,
        ]
      : finding.kind === "wrong"
        ? ["Wrong", finding.why]
        : [finding.kind === "first" ? "1×" : "≈ 1×", findingText(finding)];
  const kind = finding.kind === "wrong" || finding.kind === "faster" ? finding.kind : "none";
  return html`<li class="${kind}"><a href="#${idOf(index)}"><span>${named(cut(comparison.name))}</span><b>${big}</b><small>${text}</small></a></li>\n`;
}
