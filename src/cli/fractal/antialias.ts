/**
 * Antialiasing: each pixel has the mean colour, as amounts of light, of `factor` x `factor` samples. Flow: a band of pixel
 * rows -> a region with the samples of all its pixels -> values -> palette indices -> mean colours.
 */
import type { FractalResult } from "allcores";
import type { Colour } from "./palettes.js";

type Region = FractalResult["region"];

/** Samples of a band: bounds its memory at 8 MiB on the heap, unless one row of pixels has more. */
const BAND_SAMPLES = 2 ** 21;

/** The rows of pixels in a band. */
export function bandRows(width: number, factor: number): number {
  return Math.max(1, Math.floor(BAND_SAMPLES / (width * factor ** 2)));
}

/**
 * The region that holds the samples of some rows of pixels. A pixel is as wide as the distance to the next one, the point
 * that it stands for is its middle, and its samples lie evenly in it.
 */
export function sampleRegion(
  { re, im }: Region,
  size: { readonly width: number; readonly height: number },
  [first, last]: readonly [first: number, last: number],
  factor: number,
): Region {
  const side = ([start, end]: Region["re"], pixels: number, from: number, to: number): [number, number] => {
    const step = pixels === 1 ? 0 : (end - start) / (pixels - 1);
    const margin = (0.5 - 0.5 / factor) * step;
    return [start + from * step - margin, start + (to - 1) * step + margin];
  };
  return { re: side(re, size.width, 0, size.width), im: side(im, size.height, first, last) };
}

/** Linear amounts of light that a table distinguishes: its error is a fortieth of a step of 8-bit sRGB where that is least. */
const LEVELS = 2 ** 16 - 1;

/** sRGB as a screen shows it, 0 to 1, as an amount of light: IEC 61966-2-1. */
const decoded = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
/** An amount of light as sRGB, the inverse of `decoded`. */
const encoded = (light: number) => (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055);

/**
 * Writes the mean colours of blocks of `factor` x `factor` samples.
 * @returns a function that takes the palette indices of samples, `columns` a row, and fills red, green, blue of each pixel
 */
export function meanColours(palette: readonly Colour[], factor: number) {
  const light = Float64Array.from(palette.flat(), (value) => decoded(value / 255));
  const bytes = Uint8Array.from({ length: LEVELS + 1 }, (_, level) => Math.round(255 * encoded(level / LEVELS)));
  const scale = LEVELS / factor ** 2;

  return (indices: Uint8Array, columns: number, rgb: Uint8Array): void => {
    let at = 0;
    for (let top = 0; top < indices.length; top += columns * factor)
      for (let left = top; left < top + columns; left += factor) {
        let [red, green, blue] = [0, 0, 0];
        for (let row = left; row < left + columns * factor; row += columns)
          for (let sample = row; sample < row + factor; sample++) {
            const colour = (indices[sample] as number) * 3;
            red += light[colour] as number;
            green += light[colour + 1] as number;
            blue += light[colour + 2] as number;
          }
        rgb[at++] = bytes[Math.round(red * scale)] as number;
        rgb[at++] = bytes[Math.round(green * scale)] as number;
        rgb[at++] = bytes[Math.round(blue * scale)] as number;
      }
  };
}
