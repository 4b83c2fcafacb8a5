/** Python's classics print what they should, in small sizes. No times are judged. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { mandelbrotDigests } from "../golden/digests.js";
import { isLinux, ROOT, temporaryFolder } from "../support/system.js";

const folder = join(ROOT, "examples/python");
const files = readdirSync(folder).filter((file) => /^\d\d-/.test(file));

/** What an example prints, as labels and texts, without the times. */
async function linesOf(file: string, ...args: string[]): Promise<[label: string, text: string][]> {
  const env = { ...process.env, NODE_OPTIONS: "", EXAMPLES: "small" };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, file), ...args], { env });
  expect(stderr).toBe("");
  const lines = stdout.trimEnd().split("\n");
  return lines.map((line) => [
    line.slice(0, 32).trim(),
    line
      .slice(32)
      .trim()
      .replace(/ \(\d+ ms\)$/, ""),
  ]);
}

const ways = (labels: readonly string[], text: string) => labels.map((label) => [label, text]);
const numbers = (text = "") => text.split(/[ ,]/).map(Number);

/** Checks of what each prints. */
const checks: Record<string, (lines: [label: string, text: string][]) => void> = {
  "01-four-sums.js": (lines) => {
    const labels = ["single", "threads", "processes"];
    const kinds = ["serial", "threads"].map((kind) => `executor: ${kind}`);
    const sums = [90e3, 30e3].map((n) => (n * (n - 1)) / 2);
    expect(lines).toEqual(ways([...labels, ...kinds], sums.join()));
  },
  "02-four-fetches.js": (lines) =>
    expect(lines).toEqual(ways(["one after the other", "concurrently"], "page 1,page 2,page 3,page 4")),
  "03-shared-list.js": ([list, length]) => {
    expect(length).toEqual(["its length", "20"]);
    const [low, high] = [0, 100].map((first) => Array.from({ length: 10 }, (_, i) => first + i));
    // Each thread's items in its order, wherever those of the other are.
    expect(numbers(list?.[1]).filter((item) => item < 100)).toEqual(low);
    expect(numbers(list?.[1]).filter((item) => item >= 100)).toEqual(high);
  },
  "04-lost-update.js": ([expected, bare, ...others]) => {
    expect(expected).toEqual(["expected: 40000", ""]);
    expect(Number(bare?.[1])).toBeGreaterThan(1);
    expect(Number(bare?.[1])).toBeLessThanOrEqual(40_000);
    expect(others).toEqual(ways(["addLocked", "addAtomic"], "40000"));
  },
  "05-switching.js": (lines) => {
    expect(lines.map(([label]) => label)).toEqual(["alone", "beside a busy coroutine", "beside a busy thread"]);
    for (const [, text] of lines) expect(text).toMatch(/^slept \d+,\d+,\d+ ms$/);
    expect(numbers(lines[1]?.[1].slice(6))[0]).toBeGreaterThanOrEqual(100); // as long as the coroutine is busy
  },
  "06-pi.js": (lines) => {
    const labels = [
      "single",
      "threads and a queue",
      "threads",
      "interpreters",
      "processes",
      "named shared memory",
      "task group and toThread",
    ];
    const pi = lines[0]?.[1] ?? "";
    expect(Number(pi)).toBeCloseTo(Math.PI, 9);
    expect(lines).toEqual(ways(labels, pi));
  },
  "07-fractal.js": (lines) => {
    // The counts that numpy has computed: test/golden/digests.ts.
    const known = mandelbrotDigests.find(({ height, maxIterations }) => height === 300 && maxIterations === 20);
    const text = `SHA-256 ${known?.sha256.slice(0, 16)}...`;
    expect(lines).toEqual(ways(["threads", "a class that extends Thread", "map"], text));
  },
  "08-many-threads.js": (lines) => {
    const [before, sleeping, enumerated, , natives, after] = lines;
    expect([before, sleeping, after]).toEqual([
      ["before", "activeCount() = 1"],
      ["while they sleep", "activeCount() = 5"],
      ["after", "activeCount() = 1"],
    ]);
    expect(enumerated).toEqual(["enumerate()", "MainThread, sleeper-0, sleeper-1, ..."]);
    if (isLinux) expect(natives?.[1]).toMatch(/^5 different ones, main thread's \d+$/);
  },
  "09-bank.js": ([without, ...others]) => {
    expect(without?.[1]).toMatch(/^-?\d+$/); // any number: money is lost or made, if the threads meet
    expect(others).toEqual([
      ["total with a lock", "3000"],
      ["in opposite order, had both", "false,false"],
      ["in one order, had both", "true,true"],
    ]);
  },
  "10-producers-consumers.js": (lines) => {
    expect(lines).toEqual([
      ["queue", "soup,fish,cake"],
      ["condition", "2 bought, 0 loaves are left"],
      ["event", "started: true,true,true"],
      ["semaphore of 2, 4 cars", expect.stringMatching(/^at most [12] inside$/)],
      ["barrier of 3", "seats 0,1,2"],
      ["timer", "cancelled: true, fired: true"],
    ]);
  },
  "11-server.js": (lines) => {
    const labels = ["nothing", "pi on the event loop", "pi in a promise", "pi on threads"];
    expect(lines.map(([label]) => label)).toEqual([...labels, ...labels]);
    const [idle = 0, blocked, promised, threaded = 0] = lines.slice(0, 4).map(([, text]) => {
      const [, rate, ms] = /^(\d+) requests\/s, for (\d+) ms$/.exec(text) ?? [];
      return Math.round((Number(rate) * Number(ms)) / 1000);
    });
    // A blocked event loop answers nothing; one answer may be on its way when it begins.
    for (const answers of [blocked, promised]) expect(answers).toBeLessThanOrEqual(1);
    for (const answers of [idle, threaded]) expect(answers).toBeGreaterThan(0);
    for (const [, chart] of lines.slice(4)) expect(chart).toMatch(/^[ ▁▂▃▄▅▆▇█]*\|$/);
  },
};

describe("examples/python", { timeout: 30_000 }, () => {
  it.each(files)("%s", async (file) => {
    const check = checks[file];
    expect(check).toBeDefined();
    const chart = join(temporaryFolder(), "chart.svg");
    check?.(await linesOf(file, chart));
    if (file !== "11-server.js") return;
    const svg = readFileSync(chart, "utf8");
    expect(svg).toMatch(/^<svg [^>]*>\n<title>Answers in each 20 ms<\/title>/);
    // Four rows of 15 steps of 20 ms.
    expect([svg.match(/<g /g)?.length, svg.match(/<rect /g)?.length]).toEqual([4, 60]);
  });

  it.each(files)("%s is short", (file) => {
    expect(readFileSync(join(folder, file), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(60);
  });
});
