/** Pictures in every way that they can be drawn, compared with the oracle bit by bit. */
import { type FractalOptions, type FractalOutput, renderFractal, SerialExecutor } from "allcores";
import { scalar, twins } from "allcores/bench";
import { expect } from "vitest";
import { oracle, type Picture } from "./fractal-oracle.js";

export type { Picture };
export type Side = readonly [start: number, end: number];
type Data = Int32Array | Float32Array;

/** Boundary, inside and outside of the Mandelbrot set are all in it. */
export const SEAHORSES = { re: [-0.85, -0.6], im: [-0.05, 0.2] } as const;
export const RABBIT = [-0.123, 0.745] as const;

export const serial = new SerialExecutor();

/** The picture as the API takes it. */
export function optionsOf<Output extends FractalOutput = "counts">(
  { re, im, c, kind = c ? "julia" : "mandelbrot", ...rest }: Picture,
  output?: Output,
): FractalOptions<Output> {
  const options = { ...rest, kind, region: { re, im }, executor: serial, ...(output && { output }) };
  return { ...options, ...(c && { c: { re: c[0], im: c[1] } }) } as unknown as FractalOptions<Output>;
}

/** Wasm as it comes, Wasm that takes every step, the twin, and where there is one its plain port. */
const ways = {
  Wasm: renderFractal,
  "Wasm without shortcuts": (options: FractalOptions<FractalOutput>) => renderFractal({ ...options, shortcuts: false }),
  twin: twins.renderFractal,
} as const;

/** What the plain port of the twin draws. */
const isPorted = ({ kind = "mandelbrot" }: Picture, output: FractalOutput) =>
  output === "counts" && (kind === "mandelbrot" || kind === "julia");

/** Compares every way with the oracle. */
export async function expectExact(picture: Picture, output: FractalOutput = "counts"): Promise<void> {
  const expected: Data = oracle[output](picture);
  for (const [name, draw] of Object.entries(
    isPorted(picture, output) ? { ...ways, scalar: scalar.renderFractal } : ways,
  )) {
    const { data } = await draw(optionsOf<FractalOutput>(picture, output));
    // Buffers compare in no time; only a difference is worth showing.
    if (Buffer.compare(bytes(data), bytes(expected)) !== 0)
      expect(data, `${name}, ${output}, ${JSON.stringify(picture)}`).toEqual(expected);
  }
}

export const bytes = (data: Data) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
