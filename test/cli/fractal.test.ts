/** `allcores fractal`: the counts bit for bit, the pictures by their colours. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { goldenRegion, mandelbrotDigests } from "../golden/digests.js";
import { isLinux, temporaryFolder } from "../support/system.js";
import { runHere, SERIAL } from "./here.js";
import { run } from "./run.js";

const LIMIT = 60_000;
const VIEW = [`--re=${goldenRegion.re.join(":")}`, `--im=${goldenRegion.im.join(":")}`];
const EXECUTORS = ["threads", "serial", "processes", "async"] as const;

async function draw(folder: string, args: readonly string[], command = runHere): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await command(["fractal", ...SERIAL, ...args, "--json"], { cwd: folder });
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

describe("raw counts are those of numpy", () => {
  // kernels/fractal-executors asks every executor for all of them: here one stands for what the command adds.
  const cases = mandelbrotDigests.flatMap((golden) =>
    ("file" in golden ? EXECUTORS : EXECUTORS.slice(0, 1)).map((executor) => ({ ...golden, executor })),
  );

  test.each(cases)("$width x $height at $maxIterations on $executor", { timeout: LIMIT }, async (golden) => {
    const { width, height, maxIterations: iterations, executor, sha256: digest } = golden;
    const folder = temporaryFolder();
    const what = ["--size", `${width}x${height}`, "--iterations", String(iterations), "-o", "counts.i32"];
    const command = "file" in golden ? run : runHere;
    const answer = await draw(folder, [...what, ...VIEW, "--executor", executor], command);
    const keys = ["width", "height", "kind", "values", "region", "iterations", "resolved", "seconds", "file"];
    expect(Object.keys(answer)).toEqual(keys);
    expect(answer).toMatchObject({ width, height, region: goldenRegion, iterations, file: "counts.i32" });
    expect(answer).toMatchObject({ kind: "mandelbrot", values: "counts", resolved: true });
    expect(sha256(join(folder, "counts.i32"))).toBe(digest);
    expect(readdirSync(folder)).toEqual(["counts.i32"]);
  });

  test("--json tells what was drawn", { timeout: LIMIT }, async () => {
    const folder = temporaryFolder();
    const size = ["--size", "8x8", "-o", "x.png"];
    const julia = await draw(folder, [...size, "--kind", "julia", "--c=-0.8,0.156", "--values", "smooth", "--re=0:1"]);
    expect(julia).toMatchObject({ kind: "julia", c: { re: -0.8, im: 0.156 }, values: "smooth" });
    expect(julia.region).toEqual({ re: [0, 1], im: [-1, 1] });
    const multibrot = await draw(folder, [...size, "--kind", "multibrot", "--power", "3", "--values", "distance"]);
    expect(multibrot).toMatchObject({ kind: "multibrot", power: 3, values: "distance" });
    expect(multibrot.region).toEqual({ re: [-1.5, 1.5], im: [-1.5, 1.5] });
  });

  test("a region that doubles can't resolve is drawn, with a warning", { timeout: LIMIT }, async () => {
    const size = ["--size", "100x4", "--re=-0.75:-0.7499999999999999", "--im=0.1:0.2", "--iterations", "9", "--json"];
    for (const args of [["x.png"], ["x.i32"], ["x.png", "--antialias", "2"], ["x.f32", "--values", "smooth"]]) {
      const cwd = temporaryFolder();
      const { code, stdout, stderr } = await runHere(["fractal", ...SERIAL, ...size, "-o", ...args], { cwd });
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^warning: the pixels lie closer .*\n$/)]);
      expect(JSON.parse(stdout)).toMatchObject({ resolved: false });
      expect(readdirSync(cwd)).toEqual([args[0]]);
    }
  });

  test("a side left out is the default one", { timeout: LIMIT }, async () => {
    const folder = temporaryFolder();
    await draw(folder, ["--size", "30x20", "-o", "a.i32"]);
    await draw(folder, ["--size", "30x20", "--im=-1.25:1.25", "-o", "b.i32"]);
    await draw(folder, ["--size", "30x20", "--re=-2:0.5", "-o", "c.i32"]);
    const julia = ["--size", "30x20", "--kind", "julia", "--c=-0.8,0.156"];
    await draw(folder, [...julia, "-o", "d.i32"]);
    await draw(folder, [...julia, "--re=-1.5:1.5", "--im=-1:1", "-o", "e.i32"]);
    const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((name) => sha256(join(folder, `${name}.i32`)));
    expect([b, c]).toEqual([a, a]);
    expect(e).toBe(d);
    expect(d).not.toBe(a);
  });
});

/** The red, green and blue of a pixel, as a number. */
function colourAt({ data, width }: PNG, column: number, row: number): number {
  return data.readUInt32BE(4 * (row * width + column)) >>> 8;
}

describe("pictures", () => {
  test("the interior alone is black, and a count has one colour", { timeout: LIMIT }, async () => {
    const folder = temporaryFolder();
    const view = ["--size", "60x80", "--iterations", "20", ...VIEW];
    await draw(folder, [...view, "-o", "x.png"]);
    await draw(folder, [...view, "-o", "x.i32"]);
    const picture = PNG.sync.read(readFileSync(join(folder, "x.png")));
    expect([picture.width, picture.height]).toEqual([60, 80]);
    const bytes = readFileSync(join(folder, "x.i32"));
    const colours = new Map<number, Set<number>>();
    for (let pixel = 0; pixel < 60 * 80; pixel++) {
      const count = bytes.readInt32LE(4 * pixel);
      const found = colours.get(count) ?? new Set();
      colours.set(count, found.add(colourAt(picture, pixel % 60, Math.floor(pixel / 60))));
    }
    for (const [count, found] of colours) expect([count, found.size]).toEqual([count, 1]);
    const black = [...colours].filter(([, found]) => found.has(0)).map(([count]) => count);
    expect(black).toEqual([20]);
    // The deepest hundredth of the pixels shares the last colour.
    expect(new Set([...colours.values()].flatMap((found) => [...found])).size).toBeGreaterThanOrEqual(colours.size - 3);
  });

  test.each([
    ["viridis", 0x440154],
    ["inferno", 0x000004],
    ["magma", 0x000004],
    ["plasma", 0x0d0887],
    ["cividis", 0x002051],
    ["turbo", 0x23171b],
    ["cubehelix", 0x000000],
  ])("%s begins with its first colour", { timeout: LIMIT }, async (palette, first) => {
    const folder = temporaryFolder();
    await draw(folder, ["--size", "64x64", "--palette", palette, "-o", "x.PNG"]);
    const picture = PNG.sync.read(readFileSync(join(folder, "x.PNG")));
    expect(colourAt(picture, 0, 0)).toBe(first);
    expect(colourAt(picture, 40, 32)).toBe(0);
  });

  test.each(["1x1", "1x500", "500x1"])("%s", { timeout: LIMIT }, async (size) => {
    const folder = temporaryFolder();
    await draw(folder, ["--size", size, "-o", "x.png"]);
    const { width, height } = PNG.sync.read(readFileSync(join(folder, "x.png")));
    expect(`${width}x${height}`).toBe(size);
  });

  test("are fractal.png by default, 1000x1000 with 1000 iterations", { timeout: LIMIT }, async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await runHere(["fractal", "--json"], { cwd: folder });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ width: 1000, height: 1000, iterations: 1000, file: "fractal.png" });
    expect(readdirSync(folder)).toEqual(["fractal.png"]);
  });

  test("replace what was there, through a link too", { timeout: LIMIT }, async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "real.png"), "old");
    symlinkSync("real.png", join(folder, "link.png"));
    await draw(folder, ["--size", "8x8", "-o", "link.png"]);
    expect(lstatSync(join(folder, "link.png")).isSymbolicLink()).toBe(true);
    expect(PNG.sync.read(readFileSync(join(folder, "real.png"))).width).toBe(8);
    expect(existsSync(join(folder, "link.png"))).toBe(true);
  });

  test("are made where a link points to, though nothing is there yet", { timeout: LIMIT }, async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "sub"));
    symlinkSync("middle.png", join(folder, "link.png"));
    symlinkSync("sub/real.png", join(folder, "middle.png"));
    await draw(folder, ["--size", "8x8", "-o", "link.png"]);
    expect(lstatSync(join(folder, "link.png")).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(folder, "middle.png")).isSymbolicLink()).toBe(true);
    expect(PNG.sync.read(readFileSync(join(folder, "sub", "real.png"))).width).toBe(8);
    expect(readdirSync(join(folder, "sub"))).toEqual(["real.png"]);
  });

  test.runIf(isLinux).each([0o640, 0o666, 0o600])(
    "keep mode %o of what was there",
    { timeout: LIMIT },
    async (mode) => {
      const file = join(temporaryFolder(), "x.png");
      writeFileSync(file, "old");
      chmodSync(file, mode);
      await draw(dirname(file), ["--size", "8x8", "-o", "x.png"]);
      expect(statSync(file).mode & 0o777).toBe(mode);
      expect(PNG.sync.read(readFileSync(file)).width).toBe(8);
    },
  );
});
