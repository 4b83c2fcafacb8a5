/** `allcores fractal --antialias`: means of samples, in linear light. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderFractal } from "allcores";
import { decode } from "fast-png";
import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/system.js";
import { runHere, SERIAL } from "./here.js";
import { run } from "./run.js";

const LIMIT = 30_000;
const [WIDTH, HEIGHT] = [48, 36];
const VIEW = { re: [-1.4, 0.4], im: [-1.1, 0.25] } as const;
const ITERATIONS = 12; // every count has pixels, so that the plain picture shows all colours

const draw = (...args: string[]) => drawBy(runHere, ...SERIAL, ...args);

async function drawBy(command: typeof runHere, ...args: string[]): Promise<Buffer> {
  const cwd = temporaryFolder();
  const { code, stderr } = await command(["fractal", ...args, "-o", "x.png"], { cwd });
  expect([code, stderr]).toEqual([0, ""]);
  return readFileSync(join(cwd, "x.png"));
}

const args = (width: number, height: number) => [
  ...["--size", `${width}x${height}`, `--re=${VIEW.re.join(":")}`, `--im=${VIEW.im.join(":")}`],
  ...["--iterations", String(ITERATIONS)],
];

type Colour = readonly [red: number, green: number, blue: number];
const colourOf = ({ data }: PNG, pixel: number): Colour => [
  data[4 * pixel] as number,
  data[4 * pixel + 1] as number,
  data[4 * pixel + 2] as number,
];

/** IEC 61966-2-1. */
const light = (byte: number) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
const byte = (light: number) => 255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055);

/** The counts of `factor` x `factor` samples a pixel, each one at the middle of its part of the pixel. */
async function samplesOf(factor: number, width: number, height: number): Promise<Int32Array> {
  const side = ([start, end]: readonly [number, number], pixels: number): [number, number] => {
    const pitch = (end - start) / (pixels - 1);
    const part = pitch / factor;
    return [start - pitch / 2 + part / 2, end + pitch / 2 - part / 2];
  };
  const region = { re: side(VIEW.re, width), im: side(VIEW.im, height) };
  const size = { width: width * factor, height: height * factor };
  return (await renderFractal({ ...size, region, maxIterations: ITERATIONS })).data;
}

describe("--antialias", () => {
  // The last one has bands of 3 rows: 2^21 samples hold three of 9,400 pixels of 64.
  test.each([
    [2, WIDTH, HEIGHT, []],
    [3, WIDTH, HEIGHT, []],
    [8, WIDTH, HEIGHT, []],
    [8, 9400, 7, ["--executor", "threads"]],
  ])("%d averages the samples of %d x %d pixels in linear light", { timeout: LIMIT }, async (...row) => {
    const [factor, width, height, where] = row;
    const plain = PNG.sync.read(await draw(...args(width, height)));
    const bytes = await draw(...args(width, height), "--antialias", String(factor), ...where);
    expect(decode(bytes).channels).toBe(3);
    const found = PNG.sync.read(bytes);
    expect([found.width, found.height]).toEqual([width, height]);

    const { data: counts } = await renderFractal({ width, height, region: VIEW, maxIterations: ITERATIONS });
    const colours = new Map([...counts].map((count, pixel) => [count, colourOf(plain, pixel)]));
    const lights = new Map([...colours].map(([count, colour]) => [count, colour.map(light) as unknown as Colour]));
    const samples = await samplesOf(factor, width, height);
    let [worst, compared, mixed] = [0, 0, 0];
    for (let pixel = 0; pixel < width * height; pixel++) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      const sums = [0, 0, 0];
      const seen = new Set<number>();
      for (let j = 0; j < factor; j++)
        for (let i = 0; i < factor; i++) {
          const count = samples[(y * factor + j) * width * factor + x * factor + i] as number;
          seen.add(count);
          for (const [k, value] of (lights.get(count) ?? [Number.NaN]).entries()) sums[k] = (sums[k] as number) + value;
        }
      if (sums.some(Number.isNaN)) continue; // a count that the plain picture lacks
      compared++;
      const colour = colourOf(found, pixel);
      if (seen.size === 1) expect(colour).toEqual(colours.get([...seen][0] as number));
      else mixed++;
      for (const k of [0, 1, 2])
        worst = Math.max(worst, Math.abs((colour[k] as number) - byte((sums[k] as number) / factor ** 2)));
    }
    expect(compared).toBeGreaterThan(0.99 * width * height);
    expect(mixed).toBeGreaterThan(100);
    expect(worst).toBeLessThan(0.53); // half a step, and what the table of light adds
  });

  test("1 is the plain picture", { timeout: LIMIT }, async () => {
    const plain = await draw(...args(WIDTH, HEIGHT));
    expect((await draw(...args(WIDTH, HEIGHT), "--antialias", "1")).equals(plain)).toBe(true);
    expect(decode(plain).palette).toBeDefined();
  });

  test("is the same on every executor", { timeout: LIMIT }, async () => {
    const size = [...args(WIDTH, HEIGHT), "--antialias", "3", "--values", "smooth"];
    const [first, ...others] = await Promise.all(
      ["serial", "threads", "processes", "async"].map((executor) => drawBy(run, ...size, "--executor", executor)),
    );
    for (const other of others) expect(other.equals(first as Buffer)).toBe(true);
  });

  test.each(["1x1", "1x9", "9x1"])("draws %s", { timeout: LIMIT }, async (size) => {
    const { width, height, channels } = decode(await draw("--size", size, "--antialias", "8"));
    expect([`${width}x${height}`, channels]).toEqual([size, 3]);
  });

  test("takes no more heap for more samples", { timeout: LIMIT }, async () => {
    // Whole, the samples would be 64 MB; a band of them is 8 MiB.
    await drawBy(run, "--size", "500x500", "--antialias", "8", "--iterations", "5", "--heap", "16MiB");
  });

  test("--json says it", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    const { stdout } = await runHere(["fractal", "--size", "8x8", "--antialias", "2", "--json"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ width: 8, height: 8, antialias: 2, resolved: true });
  });
});
