/** `npm run stats`, as CONTRIBUTING.md and docs/randomness.md have it: what it refuses, and its shortest answer. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/system.js";

const stats = (...args: string[]) =>
  spawnSync(process.execPath, [join(ROOT, "scripts/stats.mjs"), ...args], { encoding: "utf8", timeout: 15_000 });

it.each([
  ["--samples abc", /^stats: --samples must be a whole number from 1 to 2\^50, got "abc"\n$/],
  ["--samples 0", /^stats: --samples must be .*"0"\n$/],
  ["--seed=-1", /^stats: --seed must be a whole number from 0 to 2\^64 - 1, got "-1"\n$/],
  ["--seed 18446744073709551616", /^stats: --seed must be .*\n$/],
  ["--stream foo", /^stats: --stream must be one of sequence, interleaved, refinements, got "foo"\n$/],
  ["--stream sequence --blocks 0", /^stats: --blocks must be a whole number from 1 to 256, got "0"\n$/],
  ["--nosuch", /^stats: .*--nosuch.*\n$/],
])("%s is refused in one line", { timeout: 20_000 }, (args, message) => {
  const { status, stdout, stderr } = stats(...args.split(" "));
  expect(stderr).toMatch(message);
  expect([status, stdout]).toEqual([2, ""]);
});

it("leaves out correlations of too few values", { timeout: 20_000 }, () => {
  const { status, stdout, stderr } = stats("--samples", "1", "--seed", "18446744073709551615");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^2 blocks of seed 0,/m);
  expect(stdout).not.toMatch(/NaN|correlation/);
});
