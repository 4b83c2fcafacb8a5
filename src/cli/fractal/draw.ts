/** Draws a file: values on the heap -> raw bytes, or their scale and the palette's colours -> a PNG. */
import type { Executor, FractalOutput, FractalResult, HeapArray } from "allcores";
import { bandRows, meanColours, sampleRegion } from "./antialias.js";
import { type PictureFlags, shapeOf } from "./options.js";
import { paletteColours } from "./palettes.js";
import { encodeIndexed, encodeRgb, scaleOf } from "./picture.js";
import { type Recipe, recipeText } from "./recipe.js";

type OnProgress = ((progress: { done: number; total: number }) => void) | undefined;
type HeapValues = HeapArray<"int32"> | HeapArray<"float32">;

/** What to draw, and where it is computed. */
export interface Drawing extends Recipe {
  readonly shortcuts: boolean;
  readonly executor: Executor;
  readonly signal: AbortSignal;
}

export interface Drawn {
  readonly resolved: boolean;
  /** Makes the file's content, outside the time of the computation. */
  encode(): Uint8Array | Promise<Uint8Array>;
}

/** Bytes of the heap that a drawing takes: a picture of values, or a band of samples where that is more. */
export function heapBytes({ size: { width, height }, antialias: factor }: Pick<PictureFlags, "size" | "antialias">) {
  const samples = factor === 1 ? 0 : Math.min(height, bandRows(width, factor)) * width * factor ** 2;
  return 4 * Math.max(width * height, samples);
}

/** The file of raw values. */
export async function drawRaw(drawing: Drawing, onProgress: OnProgress): Promise<Drawn> {
  const { width, height } = drawing.size;
  const values = await heapValues(drawing.values, width * height);
  const { resolved } = await fill(drawing, drawing.size, drawing.region, values, onProgress);
  return { resolved, encode: () => new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** The PNG. Its scale comes from one value a pixel, antialiased or not. */
export async function drawPng(drawing: Drawing, onProgress: OnProgress): Promise<Drawn> {
  const { size, region, values: output, iterations, palette, antialias } = drawing;
  const { width, height } = size;
  const isPlain = antialias === 1;
  const { heap } = await import("allcores");
  const values = await heapValues(output, width * height);
  const { resolved } = await fill(drawing, size, region, values, isPlain ? onProgress : undefined);
  const [scale, colours, text] = [
    scaleOf(output, values, iterations),
    await paletteColours(palette),
    recipeText(drawing),
  ];
  if (isPlain) return { resolved, encode: () => encodeIndexed(width, height, scale(values), colours, text) };

  heap.free(values);
  const rgb = new Uint8Array(width * height * 3);
  const rows = Math.min(height, bandRows(width, antialias));
  const average = meanColours(colours, antialias);
  const columns = width * antialias;
  const band = await heapValues(output, columns * rows * antialias);
  for (let first = 0; first < height; first += rows) {
    const last = Math.min(height, first + rows);
    const samples = { width: columns, height: (last - first) * antialias };
    const part = band.subarray(0, samples.width * samples.height) as HeapValues;
    await fill(drawing, samples, sampleRegion(region, size, [first, last], antialias), part, undefined);
    average(scale(part), columns, rgb.subarray(first * width * 3, last * width * 3));
    onProgress?.({ done: last, total: height });
  }
  return { resolved, encode: () => encodeRgb(width, height, rgb, text) };
}

/** An array for the values, on the heap, so that no copy of them is made. */
async function heapValues(output: FractalOutput, length: number): Promise<HeapValues> {
  const { heap } = await import("allcores");
  return output === "counts" ? heap.int32(length) : heap.float32(length);
}

async function fill(
  { values: output, iterations, shortcuts, executor, signal, ...formula }: Drawing,
  size: PictureFlags["size"],
  region: FractalResult["region"],
  out: HeapValues,
  onProgress: OnProgress,
): Promise<{ readonly resolved: boolean }> {
  const { renderFractal } = await import("allcores");
  const job = {
    ...shapeOf(formula),
    ...size,
    region,
    maxIterations: iterations,
    shortcuts,
    executor,
    signal,
    onProgress,
  };
  return output === "counts"
    ? renderFractal({ ...job, output, out: out as HeapArray<"int32"> })
    : renderFractal({ ...job, output, out: out as HeapArray<"float32"> });
}
