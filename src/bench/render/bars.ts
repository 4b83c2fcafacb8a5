/** The times of a comparison: bars to the median, whiskers of one MAD, and every sample as a dot. */
import type { CaseReport, DoneComparison } from "../report.js";
import { across, acrossBetween, dots, rowChart, type Tones, toneOf } from "./chart.js";
import { plural, showTime, showTimeTick } from "./format.js";
import { html, type Markup } from "./markup.js";
import { linearScale, logScale, type Scale } from "./scales.js";

/** From this spread of medians on the scale is logarithmic: on a linear one the shortest bars would look alike. */
const LOG_FROM = 12;
/** Samples beyond this multiple of the slowest median are drawn at the edge: a scale up to them would shorten all bars. */
const BEYOND = 1.6;

export function barChart({ cases }: DoneComparison, tones: Tones): Markup {
  const scale = scaleOf(cases);
  const isBeyond = (sample: number) => sample > scale.high * (1 + 1e-9);
  const rows = cases.map((entry, i) => {
    const { name, traits, median, mad, samples, outliers } = entry;
    const far = new Set(outliers);
    const inside = (place: number) => !isBeyond(samples[place] as number);
    const near = samples.filter((_, place) => !far.has(place) && inside(place));
    const flagged = samples.filter((_, place) => far.has(place) && inside(place));
    const beyond = samples.filter(isBeyond).length;
    return {
      name,
      group: traits?.implementation,
      tone: toneOf(tones, traits?.implementation, i),
      title: `${name}: median ${showTime(median)}, MAD ${showTime(mad)}, ${plural(samples.length, "sample")}, ${plural(outliers.length, "outlier")}${beyond > 0 ? `, ${beyond} beyond the scale` : ""}`,
      marks: html`${barMarks(scale, entry)}${dots(scale, near, "samples")}${dots(scale, flagged, "outliers")}${beyond > 0 && html`<text class="beyond" x="99%" y="50%">▸</text>`}`,
      figure: showTime(median),
    };
  });
  const hasOutliers = cases.some(({ outliers }) => outliers.length > 0);
  const hasBeyond = cases.some(({ samples }) => samples.some(isBeyond));
  return rowChart({
    kind: "bars",
    caption: "Time a call",
    legend: [
      html`bar: median, whisker: MAD`,
      html`<svg class="key dot" aria-hidden="true"><circle class="sample" cx="50%" cy="50%" r="1.6"/></svg> sample`,
      hasOutliers
        ? html`<svg class="key dot" aria-hidden="true"><circle class="outlier" cx="50%" cy="50%" r="2.2"/></svg> outlier`
        : html``,
      hasBeyond ? html`▸ samples beyond the scale` : html``,
      scale.isLog ? html`logarithmic scale` : html``,
    ].filter(({ text }) => text !== ""),
    scale,
    showTick: showTimeTick,
    rows,
  });
}

function scaleOf(cases: readonly CaseReport[]): Scale {
  const medians = cases.map(({ median }) => median).filter((median) => median > 0 && median < Infinity);
  const [least, most] = [Math.min(...medians), Math.max(...medians)];
  if (medians.length === 0) return linearScale(0, 1);
  const samples = cases.flatMap(({ samples }) => samples);
  const high = Math.min(
    BEYOND * most,
    samples.reduce((a, b) => Math.max(a, b), most),
  );
  if (most / least < LOG_FROM) return linearScale(0, high);
  const low = samples.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), least);
  return logScale(Math.max(low, least / BEYOND) / 1.5, high);
}

/** The marks of one case; on a logarithmic scale, where lengths mean nothing, the bar is a thin stem to the median. */
function barMarks(scale: Scale, { median, mad }: CaseReport): Markup {
  const [y, height] = scale.isLog ? ["45%", "10%"] : ["22%", "56%"];
  const [from, to] = [across(scale, median - mad), across(scale, median + mad)];
  const cap = (x: string) => html`<line class="whisker" x1="${x}" x2="${x}" y1="40%" y2="60%"/>`;
  const x = across(scale, median);
  return html`<rect class="bar" x="${across(scale, scale.low)}" width="${acrossBetween(scale, scale.low, median)}" y="${y}" height="${height}"/><line class="median" x1="${x}" x2="${x}" y1="16%" y2="84%"/><line class="whisker" x1="${from}" x2="${to}" y1="50%" y2="50%"/>${cap(from)}${cap(to)}`;
}
