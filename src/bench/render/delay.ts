/** The chart of the event loop's delay while work ran: from the median to the worst, on a logarithmic scale. */
import type { EventLoopReport } from "../report.js";
import { across, rowChart } from "./chart.js";
import { showTime, showTimeTick } from "./format.js";
import { html, type Markup } from "./markup.js";
import { logScale } from "./scales.js";

/** The low end of the scale, in ms: a shorter delay is as good as none, and zero has no place on a logarithmic scale. */
const LEAST = 0.01;

export function delayChart(eventLoop: readonly EventLoopReport[]): Markup {
  const most = eventLoop.reduce((high, { max }) => (max < Infinity ? Math.max(high, max) : high), 10 * LEAST);
  const scale = logScale(LEAST, most * 1.1);
  const rows = eventLoop.map(({ name, p50, p99, max }) => {
    const [middle, late, worst] = [across(scale, p50), across(scale, p99), across(scale, max)];
    return {
      name,
      group: undefined,
      tone: "tone1",
      title: `${name}: half of the turns are late by ${showTime(p50)} or less, 99% by ${showTime(p99)} or less, the worst by ${showTime(max)}`,
      marks: html`<line class="interval" x1="${middle}" x2="${worst}" y1="50%" y2="50%"/><circle class="center" cx="${middle}" cy="50%" r="4.5"/><line class="late" x1="${late}" x2="${late}" y1="25%" y2="75%"/><circle class="worst" cx="${worst}" cy="50%" r="4.5"/>`,
      figure: `max ${showTime(max)}`,
    };
  });
  return rowChart({
    kind: "delay",
    caption: "How late the event loop turns",
    legend: [
      html`<svg class="key tone1" aria-hidden="true"><circle class="center" cx="50%" cy="50%" r="4"/></svg> p50`,
      html`<svg class="key tone1" aria-hidden="true"><line class="late" x1="50%" x2="50%" y1="15%" y2="85%"/></svg> p99`,
      html`<svg class="key tone1" aria-hidden="true"><circle class="worst" cx="50%" cy="50%" r="4"/></svg> max`,
      html`logarithmic scale`,
    ],
    scale,
    // Shorter delays are drawn at this tick.
    showTick: (tick) => `${tick === LEAST ? "≤ " : ""}${showTimeTick(tick)}`,
    rows,
  });
}
