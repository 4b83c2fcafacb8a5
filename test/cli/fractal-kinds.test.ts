/** `allcores fractal`: other kinds and values than Mandelbrot counts, raw and as pictures. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type FractalOptions, type FractalOutput, renderFractal } from "allcores";
import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/system.js";
import { runHere, SERIAL } from "./here.js";

const LIMIT = 60_000;

async function drawn(file: string, ...args: string[]): Promise<Buffer> {
  const cwd = temporaryFolder();
  const { code, stderr } = await runHere(["fractal", ...SERIAL, ...args, "-o", file], { cwd });
  expect([code, stderr]).toEqual([0, ""]);
  return readFileSync(join(cwd, file));
}

type Shape = Pick<FractalOptions, "kind" | "c" | "power">;
const KINDS: [args: string, shape: object][] = [
  ["--kind mandelbrot", {}],
  ["--kind julia --c=-0.8,0.156", { kind: "julia", c: { re: -0.8, im: 0.156 } }],
  ["--kind burning-ship", { kind: "burning-ship" }],
  ["--kind tricorn", { kind: "tricorn" }],
  ["--kind multibrot --power 3", { kind: "multibrot", power: 3 }],
  ["--kind multibrot --power 8", { kind: "multibrot", power: 8 }],
];
const VALUES: readonly FractalOutput[] = ["counts", "smooth", "distance"];
const rows = KINDS.flatMap(([args, shape]) =>
  VALUES.filter((values) => values !== "distance" || !/ship|tricorn/.test(args)).map(
    (values) => [args, values, shape] as const,
  ),
);

describe("raw values are those of the API", () => {
  test.each(rows)("%s, %s", { timeout: LIMIT }, async (args, output, shape) => {
    const size = ["--size", "63x41", "--iterations", "200", ...args.split(" ")];
    const found = await drawn(output === "counts" ? "x.i32" : "x.f32", ...size, "--values", output);
    const options = { ...(shape as Shape), width: 63, height: 41, maxIterations: 200, output };
    const { data } = await renderFractal(options as FractalOptions<FractalOutput>);
    expect(found.equals(Buffer.from(data.buffer))).toBe(true);
  });

  test("with --no-shortcuts too", { timeout: LIMIT }, async () => {
    const args = ["--size", "63x41", "--values", "distance"];
    expect(await drawn("x.f32", ...args, "--no-shortcuts")).toEqual(await drawn("x.f32", ...args));
  });
});

/** The colours of a picture by pixel, as numbers. */
function coloursOf(png: Buffer): number[] {
  const { width, height, data } = PNG.sync.read(png);
  return Array.from({ length: width * height }, (_, pixel) => data.readUInt32BE(4 * pixel) >>> 8);
}

const VIEW = ["--size", "120x90", "--re=-0.9:-0.6", "--im=0:0.225", "--iterations", "300"];

describe("pictures", () => {
  test("of smooth counts have the interior alone in black, and many colours", { timeout: LIMIT }, async () => {
    const [smooth, counts] = [await drawn("x.png", ...VIEW, "--values", "smooth"), await drawn("x.png", ...VIEW)];
    const raw = await drawn("x.f32", ...VIEW, "--values", "smooth");
    const found = coloursOf(smooth);
    for (const [pixel, colour] of found.entries())
      expect(colour === 0, `pixel ${pixel}`).toBe(raw.readFloatLE(4 * pixel) === 300);
    expect(new Set(found).size).toBeGreaterThan(150);
    expect(new Set(coloursOf(counts)).size).toBeLessThan(150);
  });

  test("of smooth counts have the interior in black where maxIterations is no float32", {
    timeout: LIMIT,
  }, async () => {
    const args = ["--size", "5x4", "--re=-0.1:0.1", "--im=0:0.1", "--iterations", "16777217", "--values", "smooth"];
    const raw = await drawn("x.f32", ...args);
    for (let pixel = 0; pixel < 20; pixel++) expect(raw.readFloatLE(4 * pixel)).toBe(16_777_216);
    expect(new Set(coloursOf(await drawn("x.png", ...args)))).toEqual(new Set([0]));
  });

  test("of distances have the interior alone in black, and are brighter near to it", { timeout: LIMIT }, async () => {
    const args = [...VIEW, "--values", "distance"];
    const raw = await drawn("x.f32", ...args);
    const found = coloursOf(await drawn("x.png", ...args));
    const distances = found.map((_, pixel) => raw.readFloatLE(4 * pixel));
    for (const [pixel, colour] of found.entries()) expect(colour === 0, `pixel ${pixel}`).toBe(distances[pixel] === 0);
    // Viridis goes from dark to light: its green grows from end to end.
    const outside = [...found.keys()].filter((pixel) => found[pixel] !== 0);
    outside.sort((a, b) => (distances[a] as number) - (distances[b] as number));
    const greens = outside.map((pixel) => ((found[pixel] as number) >> 8) & 255);
    expect(greens).toEqual([...greens].sort((a, b) => b - a));
  });

  test("of distances, of which most are Infinity, show the others", { timeout: LIMIT }, async () => {
    const args = ["--size", "41x41", "--re=-2e154:2e154", "--im=-2e154:2e154", "--values", "distance"];
    const found = coloursOf(await drawn("x.png", ...args, "--kind", "julia", "--c=0,0"));
    expect(new Set(found).size).toBeGreaterThan(1);
  });

  // Nothing outside, nothing inside, one pixel: scales of no extent.
  test.each([
    ["smooth", "-0.1:0.1"],
    ["smooth", "2:3"],
    ["distance", "-0.1:0.1"],
    ["distance", "2:3"],
  ])("of %s at %s are drawn", { timeout: LIMIT }, async (values, side) => {
    for (const size of ["1x1", "5x4"]) {
      const png = await drawn("x.png", "--size", size, `--re=${side}`, "--im=0:0", "--values", values);
      const isInside = side.startsWith("-");
      expect(coloursOf(png).every((colour) => (colour === 0) === isInside)).toBe(true);
    }
  });
});
