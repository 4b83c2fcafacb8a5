/** sort, describe and nearest: files of numbers, raw and .npy. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/system.js";
import { runHere, SERIAL } from "./here.js";

const LIMIT = 30_000;
const numbers = Float64Array.from({ length: 5000 }, (_, i) => 10 * Math.sin(i * i));
const rows = Float32Array.from({ length: 400 }, (_, i) => Math.cos(i * i));

/** A folder with files of numbers, in which commands run. */
function site() {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "numbers.f64"), new Uint8Array(numbers.buffer));
  writeFileSync(join(cwd, "rows.f32"), new Uint8Array(rows.buffer));
  writeFileSync(join(cwd, "query.f32"), new Uint8Array(rows.slice(8, 16).buffer));
  writeFileSync(join(cwd, "holes.f32"), new Uint8Array(Float32Array.of(1, Number.NaN, 3, -1, 1e9).buffer));
  writeFileSync(join(cwd, "big.i64"), new Uint8Array(BigInt64Array.of(3n, -1n, 2n).buffer));
  writeFileSync(join(cwd, "infinite.f32"), new Uint8Array(Float32Array.of(1, Infinity).buffer));
  writeFileSync(join(cwd, "broken.npy"), "x");
  return (args: string) => runHere([...args.split(" "), ...SERIAL], { cwd }).then((done) => ({ ...done, cwd }));
}

async function answer(args: string) {
  const { code, stdout, stderr, cwd } = await site()(`${args} --json`);
  expect([code, stderr]).toEqual([0, ""]);
  return { ...(JSON.parse(stdout) as Record<string, unknown>), cwd } as Record<string, unknown>;
}

describe("sort", () => {
  test.each([
    ["sorted.f64", false],
    ["sorted.npy", true],
  ])("writes %s", { timeout: LIMIT }, async (file, descending) => {
    const { cwd, ...told } = await answer(`sort numbers.f64 -o ${file}${descending ? " --descending" : ""}`);
    expect(told).toMatchObject({ count: 5000, type: "float64", file, executor: "serial", workers: 1 });
    const bytes = readFileSync(join(cwd as string, file));
    const sorted = loops.sort(numbers, { descending });
    expect(bytes.subarray(-40_000).equals(Buffer.from(sorted.buffer))).toBe(true);
    expect(bytes.length).toBe(file.endsWith(".npy") ? 40_128 : 40_000);
  });

  test("sorts whole numbers of 64 bits", { timeout: LIMIT }, async () => {
    const { cwd } = await answer("sort big.i64 -o sorted.i64");
    const bytes = readFileSync(join(cwd as string, "sorted.i64"));
    expect(new BigInt64Array(new Uint8Array(bytes).buffer)).toEqual(BigInt64Array.of(-1n, 2n, 3n));
  });
});

describe("describe", () => {
  test("prints one JSON object", { timeout: LIMIT }, async () => {
    const { cwd: _, seconds: __, histogram, quartiles, ...told } = await answer("describe numbers.f64 --bins 4");
    const { count, nans, mean, min, max } = loops.describe(numbers);
    expect(told).toMatchObject({ type: "float64", shape: [5000], count, nans, min, max, workers: 1 });
    expect(told.mean).toBeCloseTo(mean, 12);
    expect(quartiles).toEqual([0.25, 0.5, 0.75].map((q) => loops.quantile(numbers, q)));
    expect(histogram).toMatchObject({ counts: Array.from(loops.histogram(numbers, { bins: 4, range: [min, max] })) });
  });

  test("draws a histogram", { timeout: LIMIT }, async () => {
    const { stdout } = await site()("describe holes.f32 --bins 2");
    expect(stdout.split("\n").slice(0, -2)).toEqual([
      "holes.f32: 4 numbers (float32), and 1 NaN",
      "  mean     250000000",
      "  std      500000000",
      "  min             -1",
      "  25%            0.5",
      "  median           2",
      "  75%      250000000",
      "  max     1000000000",
      "  sum     1000000000",
      `  0           3  ${"█".repeat(40)}`, // -1 is 0, as wide as bins are
      `  500000000   1  ${"█".repeat(13)}▍`,
    ]);
    const { stdout: infinite } = await site()("describe infinite.f32");
    expect(infinite).toMatch(/max +Infinity/);
    expect(infinite).not.toContain("█");
  });
});

test("nearest finds rows", { timeout: LIMIT }, async () => {
  const { queries, ...told } = await answer("nearest rows.f32 --query query.f32 -k 3 --dim 4 --metric l2");
  expect(told).toMatchObject({ k: 3, metric: "l2", dim: 4, rows: 100 });
  const wanted = loops.nearest(rows, rows.slice(8, 16), { dim: 4, k: 3, metric: "l2" });
  expect((queries as { ids: number[] }[]).flatMap(({ ids }) => ids)).toEqual([...wanted.ids]);
  const { stdout } = await site()("nearest rows.f32 --query query.f32 -k 1 --dim 4");
  expect(stdout).toMatch(/^100 rows of 4, cosine\nquery 0\n {2}2 {2}1\nquery 1\n {2}3 {2}1\n/);
});

test.each([
  ["sort numbers.f64", 2, /required option '-o, --output <file>'/],
  ["sort numbers.f64 -o sorted.f32", 2, /'sorted\.f32' must end in \.npy or \.f64, as the numbers are/],
  ["sort numbers.txt -o sorted.f64", 2, /must end in \.npy or \.f64.*got 'numbers\.txt'/],
  ["sort none.f64 -o sorted.f64", 1, /^allcores: can't read none\.f64: ENOENT/],
  ["sort numbers.f64 -o none/sorted.f64", 1, /can't write none\/sorted\.f64/],
  ["describe broken.npy", 1, /can't read broken\.npy: the source is no \.npy file/],
  ["describe numbers.f64 --bins 0", 2, /--bins .*'0'.*from 1 to 1000/],
  ["describe big.i64", 1, /x must be a Float64Array.*got BigInt64Array\(3\)/],
  ["nearest rows.f32 --query query.f32", 2, /'--dim <count>' is missing: rows\.f32 has no two dimensions/],
  ["nearest rows.f32 --query query.f32 --dim 7", 2, /rows must have a multiple of dim = 7 numbers, got 400/],
  ["nearest rows.f32 --dim 4", 2, /required option '--query <file>'/],
])("%s", { timeout: LIMIT }, async (args, code, message) => {
  const finished = await site()(args);
  expect([finished.code, finished.stdout]).toEqual([code, ""]);
  expect(finished.stderr).toMatch(message);
  expect(finished.stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
});
