/** The scales of axes: a value's place between the ends, from 0 to 1, and the ticks. */

export interface Scale {
  readonly isLog: boolean;
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** The place of a value, from 0 to 1; values outside are moved to the nearer end. */
  at(value: number): number;
}

const MOST_TICKS = 5;

/** Limits a place to 0 and 1; NaN becomes 0. */
const clamp = (part: number) => (part > 0 ? Math.min(1, part) : 0);

export function linearScale(low: number, high: number, most = MOST_TICKS): Scale {
  const span = high - low > 0 ? high - low : Math.abs(low) || 1;
  return {
    isLog: false,
    low,
    high: low + span,
    ticks: linearTicks(low, low + span, most),
    at: (value) => clamp((value - low) / span),
  };
}

/** @param low above 0 */
export function logScale(low: number, high: number, most = MOST_TICKS): Scale {
  const span = Math.log(high / low);
  return {
    isLog: true,
    low,
    high,
    ticks: logTicks(low, high, most),
    at: (value) => clamp(Math.log(value / low) / span),
  };
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function linearTicks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const [from, to] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  // Multiples are rounded: 3 * 0.1 is not 0.3.
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => Number(((from + i) * step).toPrecision(12)));
}

/** The finest steps, within a decade or from decade to decade, that leave room between labels. */
function logTicks(low: number, high: number, most: number): number[] {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const isInside = (tick: number) => tick >= low * 0.999 && tick <= high * 1.001;
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = powers.flatMap((power) => steps.map((step) => step * 10 ** power)).filter(isInside);
    if (ticks.length > most) continue;
    // A span of less than a decade may hold fewer than two.
    return ticks.length >= 2 ? ticks : linearTicks(low, high, most).filter((tick) => tick > 0);
  }
  const every = Math.ceil(powers.length / most);
  return powers
    .filter((power) => power % every === 0)
    .map((power) => 10 ** power)
    .filter(isInside);
}
