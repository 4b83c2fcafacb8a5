/**
 * Charts of one row a case: a name, a plot, and the figure in words. A row is HTML, so that long names wrap and a narrow
 * page puts the plot below the name. Only the plots are SVG, drawn in percent of their width, so that their text is never
 * scaled. Ticks and bands, which go through all rows, are one SVG behind them.
 *
 *   name of case    |--o--|     2.34x (2.30 to 2.41)
 *   name of case         |-o-|  ...
 *                 1    2    5
 */
import { html, type Markup, named } from "./markup.js";
import type { Scale } from "./scales.js";

export interface ChartRow {
  readonly name: string;
  /** The name of its group: rows of one group stand together. */
  readonly group: string | undefined;
  /** The class of its colour. */
  readonly tone: string;
  readonly isMuted?: boolean;
  readonly isBest?: boolean;
  /** The row in words, for screen readers, and under the pointer. */
  readonly title: string;
  readonly marks: Markup;
  readonly figure: string | Markup;
}

export interface RowChart {
  readonly kind: string;
  readonly caption: string;
  readonly legend: readonly Markup[];
  readonly scale: Scale;
  readonly showTick: (value: number) => string;
  /** Marks behind all rows, above the grid. */
  readonly backdrop?: Markup;
  readonly rows: readonly ChartRow[];
}

/** Room on both sides for marks at the ends, in percent of the width. */
const MARGIN = 3;

/** Where a value stands on the plot, as a coordinate of SVG. */
export function across(scale: Scale, value: number): string {
  return `${percentAcross(scale, value)}%`;
}

function percentAcross(scale: Scale, value: number): number {
  return Number((MARGIN + (100 - 2 * MARGIN) * scale.at(value)).toFixed(2));
}

/** The width between two values, as a length of SVG. */
export function acrossBetween(scale: Scale, from: number, to: number): string {
  return `${Math.max(0, percentAcross(scale, to) - percentAcross(scale, from)).toFixed(2)}%`;
}

/** Dots at values, as one path: an element for each of some thousand samples would make a page slow. */
export function dots(scale: Scale, values: readonly number[], kind: string): Markup {
  if (values.length === 0) return html``;
  // The golden section spreads dots over the height, so that samples near in time lie apart.
  const path = values.map((value, i) => {
    const x = Math.round(1000 * scale.at(value));
    return `M${x} ${Math.round(25 + 50 * ((i * 0.618034) % 1))}h0`;
  });
  return html`<svg x="${MARGIN}%" width="${100 - 2 * MARGIN}%" height="100%" viewBox="0 0 1000 100" preserveAspectRatio="none" overflow="visible"><path class="${kind}" vector-effect="non-scaling-stroke" d="${path.join("")}"/></svg>`;
}

export function rowChart({ kind, caption, legend, scale, showTick, backdrop, rows }: RowChart): Markup {
  const groups = [...new Set(rows.map(({ group }) => group))];
  const grid = scale.ticks.map((tick) => {
    const x = across(scale, tick);
    return html`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="100%"/>`;
  });
  const ticks = scale.ticks.map((tick) => html`<text x="${across(scale, tick)}" y="14">${showTick(tick)}</text>`);
  return html`<figure class="chart ${kind}">
<figcaption>${caption}</figcaption>
<p class="legend">${legend.map((part) => html`<span>${part}</span> `)}</p>
<div class="rows"><svg class="back" aria-hidden="true">${grid}${backdrop ?? ""}</svg>
${groups.map((group) =>
  drawGroup(
    group,
    rows.filter((row) => row.group === group),
  ),
)}</div>
<div class="axis"><svg aria-hidden="true">${ticks}</svg></div>
</figure>`;
}

/** Rows under the name of their group, unless the only row has that name. */
function drawGroup(group: string | undefined, rows: readonly ChartRow[]): Markup {
  const [first] = rows;
  const isNamed = group !== undefined && (rows.length > 1 || first?.name !== group);
  return html`${isNamed && html`<p class="group ${first?.tone ?? ""}"><i></i>${named(group)}</p>`}
${rows.map(drawRow)}`;
}

function drawRow({ name, tone, isMuted, isBest, title, marks, figure }: ChartRow): Markup {
  return html`<div class="row ${tone}${isMuted && " muted"}${isBest && " best"}"><span class="name">${named(name)}</span><span class="figure">${figure}</span><span class="plot"><svg role="img"><title>${title}</title>${marks}</svg></span></div>
`;
}

/** The colours of a report: an implementation has the same one in every chart. */
export type Tones = ReadonlyMap<string, string>;

const USUAL = ["JS", "Wasm", "scalar Wasm"];
const TONES = 6;

export function tonesOf(implementations: Iterable<string>): Tones {
  const names = [...new Set([...USUAL, ...implementations])];
  return new Map(
    names.map((name, i) => [name, `tone${i < TONES ? i : USUAL.length + ((i - TONES) % (TONES - USUAL.length))}`]),
  );
}

/** The colour of a case; without an implementation, the first case has another one than those compared with it. */
export function toneOf(tones: Tones, implementation: string | undefined, index: number): string {
  return (implementation !== undefined && tones.get(implementation)) || (index === 0 ? "tone-first" : "tone1");
}
