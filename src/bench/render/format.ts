/** Figures as text, alike in Markdown and HTML: three digits, units, and a dash in place of NaN and infinities. */
import type { Ratio } from "../ratio.js";

/** Stands for a figure that was not measured, or is not finite. */
export const NONE = "–";

/** A number to the given digits: 0.0123, 1.23, 12.3, 1,230, 1.23e+9. */
export function showFigure(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return NONE;
  const rounded = Number(value.toPrecision(digits));
  if (rounded === 0) return "0";
  const power = powerOf(rounded);
  if (power < LEAST_POWER || power > MOST_POWER) return rounded.toExponential(digits - 1);
  return showDecimals(rounded, Math.max(0, digits - 1 - power));
}

/** Powers of ten beyond which a figure has an exponent, so that a reader need not count zeros. */
const [LEAST_POWER, MOST_POWER] = [-4, 8];

function powerOf(value: number): number {
  return Math.floor(Math.log10(Math.abs(value)));
}

function showDecimals(value: number, decimals: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** A figure without zeros at its end: for ticks, and for numbers that were given, not measured. */
export function showShort(value: number, digits = 3): string {
  return showFigure(value, digits)
    .replace(/(\.\d*?)0+(?=e|$)/, "$1")
    .replace(/\.(?=e|$)/, "");
}

/** 10,000,000. */
export function showCount(count: number): string {
  return Number.isFinite(count) ? count.toLocaleString("en-US") : NONE;
}

const TIMES: readonly (readonly [number, string])[] = [
  [1e3, "s"],
  [1, "ms"],
  [1e-3, "µs"],
  [1e-6, "ns"],
];

function inUnit(ms: number, show: (value: number) => string): string {
  if (!Number.isFinite(ms)) return NONE;
  // 0.9996 is 1.00 of the unit, not 1,000 of the next.
  const [size, unit] = TIMES.find(([least]) => Math.abs(ms) >= 0.9995 * least) ?? (ms === 0 ? [1, "ms"] : [1e-6, "ns"]);
  return `${show(ms / size)} ${unit}`;
}

/** A time in the unit that suits it: 12.3 ms, 1.23 s, 45.6 µs. */
export function showTime(ms: number): string {
  return inUnit(ms, showFigure);
}

export function showTimeTick(ms: number): string {
  return ms === 0 ? "0" : inUnit(ms, showShort);
}

/** The decimals of three digits; near 1 a narrow interval needs a third decimal: 1.003 (1.001 to 1.005). */
function decimalsOf({ median, low, high }: Ratio): number | undefined {
  if (![median, low, high].every(Number.isFinite)) return undefined;
  if (Math.abs(median - 1) < 0.1 && high - low < 0.05) return 3;
  const power = powerOf(Number(median.toPrecision(3)));
  return power >= LEAST_POWER && power <= 2 ? 2 - power : undefined;
}

/** A factor with its sign, 2.34×. */
export function showFactor(factor: number, digits = 3): string {
  const figure = showFigure(factor, digits);
  return figure === NONE ? NONE : `${figure}×`;
}

/** A ratio alone. */
export function showRatio(ratio: Ratio): string {
  const decimals = decimalsOf(ratio);
  return decimals === undefined ? showFigure(ratio.median) : showDecimals(ratio.median, decimals);
}

/** An interval with the decimals of its ratio: 2.30 to 2.41, 0.993 to 1.002. */
export function showInterval(ratio: Ratio): string {
  const decimals = decimalsOf(ratio);
  const show = (end: number) => (decimals === undefined ? showFigure(end) : showDecimals(end, decimals));
  return `${show(ratio.low)} to ${show(ratio.high)}`;
}

/** 1.2%. */
export function showPercent(part: number, digits = 2): string {
  if (Math.abs(part) < 1e-6) return "0%";
  const figure = showFigure(part * 100, part >= 0.0995 ? 3 : digits);
  return figure === NONE ? NONE : `${figure}%`;
}

const BYTES = ["bytes", "KiB", "MiB", "GiB"] as const;

/** 512 bytes, 1 MiB, 12.3 KiB. */
export function showBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return NONE;
  const step = bytes < 1024 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${step === 0 ? showCount(bytes) : showShort(bytes / 1024 ** step)} ${BYTES[step]}`;
}

/** 2026-01-31 12:34 UTC; a text that is no date stays as it is. */
export function showWhen(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** 1 case, 2 cases. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${showCount(count)} ${count === 1 ? one : many}`;
}
