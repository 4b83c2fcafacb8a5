/** Speed-up over workers: measured points, the ideal, and the two fitted laws as curves. */
import type { Scaling } from "../scaling.js";
import { plural, showFactor, showShort } from "./format.js";
import { html, type Markup } from "./markup.js";
import { linearScale, type Scale } from "./scales.js";

/** Heights in px, widths in percent. */
const [TOP, HEIGHT, AXIS] = [14, 210, 22];
const [LEFT, WIDTH] = [9, 88];
/** Room beside the first and the last number of workers, as a part of the width. */
const ROOM = 0.04;
/** Points of a curve. */
const STEPS = 80;
/** The least distance of two labels, as a part of the width: nearer ones would touch. */
const APART = 0.075;

type Speedup = (workers: number) => number;

export function scalingChart(name: string, scaling: Scaling): Markup {
  const points = scaling.points.filter(({ speedup }) => speedup > 0 && speedup < Infinity);
  const most = Math.max(2, ...points.map(({ workers }) => workers));
  const laws = lawsOf(scaling);
  const measured = points.map(({ speedup }) => speedup);
  const drawn = [...measured, ...laws.flatMap(([, law]) => steps(most).map(law))].filter(Number.isFinite);
  // The ideal line leaves the picture where it is far above the measured points.
  const y = linearScale(0, Math.max(1.1, Math.min(most * 1.05, 1.4 * Math.max(1, ...drawn))));
  const toX = (workers: number) => ROOM + (1 - 2 * ROOM) * ((workers - 1) / (most - 1));
  const x = (workers: number) => `${(LEFT + WIDTH * toX(workers)).toFixed(2)}%`;
  const toY = (speedup: number) => TOP + HEIGHT * (1 - y.at(speedup));
  const last = points.at(-1);
  const grid = y.ticks.map((tick) => {
    const height = toY(tick).toFixed(1);
    return html`<line class="grid" x1="${LEFT}%" x2="${LEFT + WIDTH}%" y1="${height}" y2="${height}"/><text class="y" x="${LEFT - 1}%" y="${height}">${showShort(tick)}×</text>`;
  });
  const labels = labelled(
    points.map(({ workers }) => workers),
    toX,
  ).map((workers) => html`<text class="x" x="${x(workers)}" y="${TOP + HEIGHT + 16}">${workers}</text>`);
  const curves = [["ideal", (workers: number) => workers] as const, ...laws];
  return html`<svg class="curve" role="img" height="${TOP + HEIGHT + AXIS}"><title>${title(name, scaling)}</title>
${grid}${labels}
<svg x="${LEFT}%" y="${TOP}" width="${WIDTH}%" height="${HEIGHT}" viewBox="0 0 1000 1000" preserveAspectRatio="none">${curves.map(
    ([kind, law]) => html`<path class="${kind}" vector-effect="non-scaling-stroke" d="${pathOf(law, most, toX, y)}"/>`,
  )}</svg>
${points.map(({ workers, speedup }) => html`<circle class="point" cx="${x(workers)}" cy="${toY(speedup).toFixed(1)}" r="5"/>`)}
${last !== undefined && html`<text class="last" x="${x(last.workers)}" y="${(toY(last.speedup) + (toY(last.speedup) < TOP + 24 ? 22 : -11)).toFixed(1)}">${showFactor(last.speedup)}</text>`}</svg>`;
}

/** The legend of the lines, which differ in pattern, not in colour alone. */
export function scalingLegend(scaling: Scaling): Markup {
  const key = (kind: string, name: string) =>
    html`<span><svg class="key line" aria-hidden="true"><line class="${kind}" x1="0" x2="100%" y1="50%" y2="50%"/></svg> ${name}</span> `;
  return html`<p class="legend"><span><svg class="key dot" aria-hidden="true"><circle class="point" cx="50%" cy="50%" r="4"/></svg> measured</span> ${key("ideal", "ideal")}${
    scaling.state === "fitted" && html`${key("amdahl", "Amdahl")}${key("usl", "Universal Scalability Law")}`
  }</p>`;
}

/** The fitted laws as speed-ups against the measured time of one worker, like those of the points. */
function lawsOf(scaling: Scaling): readonly (readonly [string, Speedup])[] {
  if (scaling.state === "unfitted") return [];
  const { points, amdahl, usl } = scaling;
  const single = points.find(({ workers }) => workers === 1)?.ms ?? amdahl.single;
  return [
    ["amdahl", (n) => (single / amdahl.single) * (n / (1 + amdahl.serial * (n - 1)))],
    ["usl", (n) => (single / usl.single) * (n / (1 + usl.contention * (n - 1) + usl.coherency * n * (n - 1)))],
  ];
}

function steps(most: number): number[] {
  return Array.from({ length: STEPS + 1 }, (_, i) => 1 + ((most - 1) * i) / STEPS);
}

function pathOf(law: Speedup, most: number, toX: (workers: number) => number, y: Scale): string {
  // scale.at would clamp values to its ends; a line that leaves the picture must be cut off there instead.
  const coordinates = steps(most).flatMap((workers) => {
    const height = 1 - (law(workers) - y.low) / (y.high - y.low);
    return Number.isFinite(height) ? `${(1000 * toX(workers)).toFixed(1)} ${(1000 * height).toFixed(1)}` : [];
  });
  return coordinates.length > 0 ? `M${coordinates.join("L")}` : "";
}

/** Numbers of workers whose labels have room, the last and the first in any case. */
function labelled(workers: readonly number[], toX: (workers: number) => number): number[] {
  const kept: number[] = [];
  for (const count of [...workers.slice(-1), ...workers.slice(0, 1), ...workers.slice(1, -1).reverse()])
    if (kept.every((other) => Math.abs(toX(other) - toX(count)) >= APART)) kept.push(count);
  return kept;
}

function title(name: string, { points }: Scaling): string {
  const speedups = points.map(({ workers, speedup }) => `${showFactor(speedup)} with ${plural(workers, "worker")}`);
  return `${name}: speed-up over workers: ${speedups.join(", ")}`;
}
