/** The ratios of a comparison with their intervals: a forest plot about 1, with the band that noise alone fills. */
import type { Ratio, Verdict } from "../ratio.js";
import type { DoneComparison } from "../report.js";
import { across, acrossBetween, rowChart, type Tones, toneOf } from "./chart.js";
import { findingOf } from "./findings.js";
import { showInterval, showPercent, showRatio, showShort } from "./format.js";
import { html, type Markup, named } from "./markup.js";
import { linearScale, logScale, type Scale } from "./scales.js";

/** From this spread on the scale is logarithmic: on a linear one the small ratios would crowd at the left. */
const LOG_FROM = 3;

export function forestChart(comparison: DoneComparison, tones: Tones): Markup {
  const { cases, ratios, verdicts, noise } = comparison;
  const finding = findingOf(comparison);
  const first = cases[0]?.name ?? "";
  const judged = cases.map(({ name }, i) => (i === 0 ? undefined : ratios[name]));
  const scale = scaleOf(judged.filter((ratio) => ratio !== undefined));
  const one = across(scale, 1);
  const [bandLow, bandHigh] = [1 / (1 + noise.floor), 1 + noise.floor];
  const rows = cases.map(({ name, traits }, i) => {
    const [ratio, verdict] = [judged[i], i === 0 ? undefined : verdicts[name]];
    return {
      name,
      group: traits?.implementation,
      tone: toneOf(tones, traits?.implementation, i),
      isMuted: ratio !== undefined && verdict !== "faster" && verdict !== "slower",
      isBest: i > 0 && finding.kind === "faster" && finding.best === name,
      title: ratio ? rowTitle(name, first, ratio, verdict) : `${name}: what the others are compared with`,
      marks: ratio ? intervalMarks(scale, ratio) : html`<circle class="center" cx="${one}" cy="50%" r="4.5"/>`,
      figure: ratio ? html`${showRatio(ratio)} <span>(${showInterval(ratio)})</span>` : "1",
    };
  });
  return rowChart({
    kind: "forest",
    caption: "Times as fast as the first case, with 95% intervals",
    legend: [
      html`line at 1: ${named(first)}`,
      html`<svg class="key" aria-hidden="true"><rect class="band" width="100%" height="100%"/></svg> noise of this run, ${showPercent(noise.floor)}`,
      rows.some(({ isMuted }, i) => isMuted && i > 0)
        ? html`<svg class="key muted" aria-hidden="true"><circle class="center" cx="50%" cy="50%" r="4"/></svg> hollow: undecided`
        : html``,
      scale.isLog ? html`logarithmic scale` : html``,
    ].filter(({ text }) => text !== ""),
    scale,
    showTick: (tick) => `${showShort(tick)}×`,
    backdrop: html`<rect class="band" x="${across(scale, bandLow)}" width="${acrossBetween(scale, bandLow, bandHigh)}" y="0" height="100%"/><line class="one" x1="${one}" x2="${one}" y1="0" y2="100%"/>`,
    rows,
  });
}

function scaleOf(ratios: readonly Ratio[]): Scale {
  const ends = ratios
    .flatMap(({ median, low, high }) => [median, low, high])
    .filter((end) => end > 0 && end < Infinity);
  const [low, high] = [Math.min(1, ...ends), Math.max(1, ...ends)];
  if (high / low > LOG_FROM) return logScale(low / 1.05, high * 1.05);
  const room = Math.max(0.02, 0.06 * (high - low));
  return linearScale(low - room, high + room);
}

function intervalMarks(scale: Scale, { median, low, high }: Ratio): Markup {
  const [from, to] = [across(scale, low), across(scale, high)];
  const cap = (x: string) => html`<line class="interval" x1="${x}" x2="${x}" y1="30%" y2="70%"/>`;
  return html`<line class="interval" x1="${from}" x2="${to}" y1="50%" y2="50%"/>${cap(from)}${cap(to)}<circle class="center" cx="${across(scale, median)}" cy="50%" r="4.5"/>`;
}

function rowTitle(name: string, first: string, ratio: Ratio, verdict: Verdict | undefined): string {
  const interval = `${showShort(100 * ratio.confidence)}% interval ${showInterval(ratio)}`;
  return `${name}: ${showRatio(ratio)} times as fast as ${first}, ${interval}, ${verdict ?? "undecided"}`;
}
