/** A histogram in lines of text: the bins, bars, and how many numbers each has. */
import { showCount } from "../output.js";
import { formatTable } from "../table.js";

const WIDTH = 40;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** @param edges one more than counts */
export function drawHistogram(counts: ArrayLike<number>, edges: ArrayLike<number>): string[] {
  const all = Array.from(counts);
  const most = Math.max(1, ...all);
  const width = (edges[1] as number) - (edges[0] as number);
  // An edge that is 0 but for rounding.
  const edge = (i: number) => (Math.abs(edges[i] as number) < 1e-6 * width ? 0 : (edges[i] as number));
  const numbers = formatTable(all.map((count, i) => [`${showNumber(edge(i))} `, showCount(count)]));
  return all.map((count, i) => `  ${numbers[i]}  ${bar((count / most) * WIDTH)}`.trimEnd());
}

/** The smallest bar that is not nothing is an eighth of a character. */
function bar(length: number): string {
  const eighths = length > 0 ? Math.max(1, Math.round(length * 8)) : 0;
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

/** Six digits, without zeros at the end. */
export function showNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}
