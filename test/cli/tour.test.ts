/** `allcores tour`: the table, the picture, and the check of the answers. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { expect, test } from "vitest";
import { differences, type Measurement, WAYS } from "../../src/cli/tour/measure.js";
import { temporaryFolder } from "../support/system.js";
import { run } from "./run.js";

test("runs the examples in every way, and writes the picture", { timeout: 120_000 }, async () => {
  const cwd = temporaryFolder();
  const { code, stdout, stderr } = await run(["tour"], { cwd });
  expect([code, stderr]).toEqual([0, ""]);
  for (const { name } of WAYS) expect(stdout).toMatch(new RegExp(`^${name}( +[\\d.]+ m?s +[\\d.]+x){3}$`, "m"));
  expect(stdout).toMatch(/^Python, one thread \* +4\.92 s +2\.68 s +2\.50 s$/m);
  expect(stdout).toMatch(/All answers agree/);
  expect(stdout).toMatch(/^pi is .* too short .*allcores pi --samples 1e9$/m);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  expect(readdirSync(cwd)).toEqual(["fractal.png"]);
  const { width, height } = PNG.sync.read(readFileSync(join(cwd, "fractal.png")));
  expect([width, height]).toEqual([3000, 4000]);
  const again = await run(["fractal", "--from", "fractal.png", "-o", "again.png"], { cwd });
  expect([again.code, again.stderr]).toEqual([0, ""]);
  expect(readFileSync(join(cwd, "again.png")).equals(readFileSync(join(cwd, "fractal.png")))).toBe(true);
});

test("answers that differ are named", () => {
  const run = async () => () => ({ answer: "" });
  const example = { title: "sums", subtitle: "", isRandom: false, python: { single: 1 }, run };
  const random = { ...example, title: "pi", isRandom: true };
  const measured = (answers: string[], of = example): Measurement[] =>
    WAYS.map((way, index) => ({ way, example: of, seconds: 1, answer: answers[index] ?? "" }));

  expect(differences(measured(["1", "1", "1", "1", "1"]))).toEqual([]);
  expect(differences(measured(["1", "1", "1", "2", "1"]))).toEqual([
    "sums as Wasm, processes: 2, but 1 as Wasm, serial",
  ]);
  expect(differences(measured(["2", "1", "1", "1", "1"]))).toEqual(["sums as plain JS: 2, but 1 as Wasm, serial"]);
  expect(differences(measured(["2", "1", "1", "1", "1"], random))).toEqual([]);
  expect(differences(measured(["2", "1", "3", "1", "1"], random))).toHaveLength(1);
  const [first, ...others] = measured(["1", "1", "1", "1", "1"]);
  expect(differences([{ ...(first as Measurement), fault: "bad" }, ...others])).toEqual(["sums as plain JS: bad"]);
});
