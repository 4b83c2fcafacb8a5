/** From values to a picture: a scale of the values -> 255 steps of a palette and the interior -> PNG. */
import type { FractalOutput } from "allcores";
import { encode } from "fast-png";
import { type Colour, STEPS } from "./palettes.js";

/** The scale is chosen by at most so many values. */
const SAMPLE = 2 ** 14;
/** The deepest values, one in a hundred, share the last colour: stretched up to the very deepest, pictures are dark. */
const BRIGHTEST = 0.99;
/** Counts further than this above the least one share the last colour, too: the table of scaleCounts has at most 1 MiB. */
const MAX_SPAN = 2 ** 20;

export type Values = Int32Array<ArrayBufferLike> | Float32Array<ArrayBufferLike>;
/** The palette index of each value: 0 for the interior, else 1 to 255. */
export type Scale = (values: Values) => Uint8Array<ArrayBuffer>;

/** The scale that spreads the palette over the values of a picture. */
export function scaleOf(output: FractalOutput, values: Values, maxIterations: number): Scale {
  if (output === "counts") return scaleCounts(values, maxIterations);
  return output === "smooth" ? scaleSmooth(values, maxIterations) : scaleDistances(values);
}

/** Scales by the logarithm of the distance to the picture's least count. Twelve million pixels take 25-35 ms. */
function scaleCounts(counts: Values, maxIterations: number): Scale {
  const escaped = sample(counts, maxIterations);
  const least = quantile(escaped, 0);
  const span = Math.min(MAX_SPAN, Math.max(1, quantile(escaped, BRIGHTEST) - least));
  const indexOf = new Uint8Array(span + 1);
  for (let above = 0; above <= span; above++) indexOf[above] = stepAt(Math.log1p(above) / Math.log1p(span));

  return (counts) => {
    const indices = new Uint8Array(counts.length);
    for (let i = 0; i < counts.length; i++) {
      const count = counts[i] as number;
      if (count !== maxIterations) indices[i] = indexOf[Math.max(0, Math.min(span, count - least))] as number;
    }
    return indices;
  };
}

/** Scales smooth counts like counts, with all the steps of the palette between two counts. */
function scaleSmooth(values: Values, maxIterations: number): Scale {
  const interior = Math.fround(maxIterations); // the interior's value in a Float32Array
  const escaped = sample(values, interior);
  const least = quantile(escaped, 0);
  const span = Math.log1p(quantile(escaped, BRIGHTEST) - least);
  return scaleReals(interior, (value) => Math.log1p(Math.max(0, value - least)) / span);
}

/** Scales distances by their logarithm, the nearer the brighter, so that the set's finest threads glow. */
function scaleDistances(values: Values): Scale {
  const outside = sample(values, 0).filter(Number.isFinite);
  const [near, far] = [quantile(outside, 1 - BRIGHTEST), quantile(outside, BRIGHTEST)].map(Math.log) as [
    number,
    number,
  ];
  return scaleReals(0, (value) => (far - Math.log(value)) / (far - near));
}

/** @param positionOf a value's position in the palette, 0 to 1: a position beyond goes to the nearer end */
function scaleReals(interior: number, positionOf: (value: number) => number): Scale {
  return (values) => {
    const indices = new Uint8Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value !== interior) indices[i] = stepAt(positionOf(value));
    }
    return indices;
  };
}

/** The palette index at a position from 0 to 1; NaN, which comes where all values are equal, gives the first. */
function stepAt(position: number): number {
  return 1 + Math.round((STEPS - 1) * Math.max(0, Math.min(1, position || 0)));
}

/** Values of evenly spread pixels outside of the set, ascending. */
function sample(values: Values, interior: number): number[] {
  // The stride is odd, so that the pixels do not all lie in a few columns.
  const stride = Math.ceil(values.length / SAMPLE) | 1;
  const found: number[] = [];
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i] as number;
    if (value !== interior) found.push(value);
  }
  return found.sort((a, b) => a - b);
}

/** The value below which the given share of the ascending values lies; 0 if there are none. */
function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.floor((ascending.length - 1) * share)] ?? 0;
}

/** The texts of a PNG, by keyword. */
export type PngText = Readonly<Record<string, string>>;

/**
 * An indexed PNG. Measured on 3000x4000 pixels of 8 bits, on one core: fast-png 140-210 ms, 0.3 MB (250 ms, 2.5 MB at 1000
 * iterations in a busy region); bare node:zlib at level 3 is 15-55 ms for the same size; pngjs can't write indexed
 * pictures, and as RGB takes 275 ms and 14 MB. The command has 1.5 s and takes 0.55 s with fast-png, so the
 * maintained library does it.
 */
export function encodeIndexed(
  width: number,
  height: number,
  indices: Uint8Array,
  palette: Colour[],
  text: PngText,
): Uint8Array {
  return encode({ width, height, data: indices, depth: 8, channels: 1, palette, text });
}

/**
 * An RGB PNG, for mean colours. fast-png has no filters: of an antialiased picture of 900x600 it makes 680 KB, where
 * pngjs with its filters makes 650 KB.
 */
export function encodeRgb(width: number, height: number, rgb: Uint8Array, text: PngText): Uint8Array {
  return encode({ width, height, data: rgb, depth: 8, channels: 3, text });
}
