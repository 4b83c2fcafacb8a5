/** Right uses of pi, sum and info, and what stdout and stderr carry. */
import { cpus } from "node:os";
import { heap } from "allcores";
import { describe, expect, test } from "vitest";
import { runHere } from "./here.js";
import { hasScript, run, runOnTerminal } from "./run.js";

const LIMIT = 30_000;
const EXECUTORS = ["serial", "threads", "processes", "async"];

async function answerOf(args: string, command = runHere): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await command([...args.split(" "), "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.match(/\n/g)).toHaveLength(1);
  return JSON.parse(stdout);
}

describe("pi", () => {
  test("prints one JSON object with these keys", { timeout: LIMIT }, async () => {
    const answer = await answerOf("pi --samples 3e6 --seed 42 --workers 2", run);
    const keys = ["pi", "hits", "samples", "stderr", "seed", "executor", "workers", "seconds"];
    expect(Object.keys(answer)).toEqual(keys);
    expect(answer).toMatchObject({ samples: 3e6, seed: "42", executor: "threads", workers: 2 });
    const { hits, pi, stderr } = answer as Record<string, number>;
    expect(pi).toBe((4 * (hits as number)) / 3e6);
    expect(Math.abs((pi as number) - Math.PI)).toBeLessThan(5 * (stderr as number));
  });

  test("has the same hits on every executor", { timeout: LIMIT }, async () => {
    const answers = [];
    for (const executor of EXECUTORS)
      answers.push(await answerOf(`pi --samples 10000001 --seed 18446744073709551615 --executor ${executor}`));
    expect(answers.map(({ executor }) => executor)).toEqual(EXECUTORS);
    expect(new Set(answers.map(({ hits }) => hits)).size).toBe(1);
    expect(new Set(answers.map(({ seed }) => seed))).toEqual(new Set(["18446744073709551615"]));
  });

  test.each([
    ["1e3", 1000],
    ["1E3", 1000],
    ["+1000", 1000],
    ["1_000", 1000],
    ["1.5e3", 1500],
    ["25.00", 25],
    ["1", 1],
  ])("reads --samples %s", { timeout: LIMIT }, async (typed, samples) => {
    expect(await answerOf(`pi --samples ${typed} --seed 1 --executor serial`)).toMatchObject({ samples });
  });

  test("draws a seed that can be used again", { timeout: LIMIT }, async () => {
    const { seed, hits } = await answerOf("pi --samples 1e6");
    expect(await answerOf(`pi --samples 1e6 --seed ${seed}`)).toMatchObject({ seed, hits });
  });

  test("prints lines for people", { timeout: LIMIT }, async () => {
    const { code, stdout, stderr } = await runHere(["pi", "--samples", "1e6", "--seed", "1"]);
    expect(stdout).toMatch(
      /^pi = 3\.1\d+ \(standard error 0\.0016\)\n[\d,]+ hits of 1,000,000 samples, seed 1\n.+ on .+\n$/,
    );
    expect([code, stderr]).toEqual([0, ""]);
  });
});

describe("sum", () => {
  test.each(EXECUTORS)("is exact on %s", { timeout: LIMIT }, async (executor) => {
    const answer = await answerOf(`sum 130000000 --executor ${executor}`, run);
    expect(Object.keys(answer)).toEqual(["n", "sum", "executor", "workers", "seconds"]);
    expect(answer).toMatchObject({ n: 130_000_000, sum: "8449999935000000", executor });
  });

  test.each([
    ["0", "0"],
    ["1", "0"],
    ["1e3", "499500"],
    ["4294967296", "9223372034707292160"],
  ])("of %s is %s", { timeout: LIMIT }, async (n, sum) => {
    expect(await answerOf(`sum ${n}`)).toMatchObject({ n: Number(n), sum });
  });
});

describe("info", () => {
  test("prints one JSON object", { timeout: LIMIT }, async () => {
    const info = await answerOf("info", run);
    expect(info).toMatchObject({
      node: process.versions.node,
      v8: process.versions.v8,
      cores: cpus().length, // of the machine, not only those that this process may use
      heap: heap.stats().reserved,
      wasm: { threads: true, simd: true, "bulk-memory": true },
    });
    expect(info.allowed).toBeGreaterThanOrEqual(1);
    expect(info.workers).toBe(info.allowed);
  });

  test("follows ALLCORES_WORKERS", { timeout: LIMIT }, async () => {
    expect((await run(["info"], { env: { ALLCORES_WORKERS: "7" } })).stdout).toMatch(
      /^workers +7 \(ALLCORES_WORKERS\)$/m,
    );
  });

  test("follows ALLCORES_HEAP", { timeout: LIMIT }, async () => {
    const { stdout } = await run(["info", "--json"], { env: { ALLCORES_HEAP: "1GiB" } });
    expect(JSON.parse(stdout)).toMatchObject({ heap: 2 ** 30 });
  });

  test("prints lines for people", { timeout: LIMIT }, async () => {
    const { code, stdout, stderr } = await runHere(["info"]);
    for (const line of ["Node", "cores seen", "cores allowed", "workers", "Wasm features", "heap limit"])
      expect(stdout).toContain(line);
    expect([code, stderr]).toEqual([0, ""]);
  });
});

describe("help and version", () => {
  test.each(["--help", "pi --help", "fractal --help", "sum --help", "tour --help", "info --help", "help pi"])(
    "%s has an example",
    { timeout: LIMIT },
    async (args) => {
      const { code, stdout, stderr } = await runHere(args.split(" "));
      expect(stdout).toMatch(/^Usage: allcores(.|\n)*\nExample:\n {2}allcores /);
      expect([code, stderr]).toEqual([0, ""]);
    },
  );

  test("--version", { timeout: LIMIT }, async () => {
    const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
    expect(await run(["--version"])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });
});

describe("progress", () => {
  const onTerminal = ["--import", "data:text/javascript,process.stderr.isTTY=true"];

  test("is drawn on a terminal, and leaves stdout alone", { timeout: LIMIT }, async () => {
    const { code, stdout, stderr } = await run(["sum", "1e9", "--json"], { nodeArgs: onTerminal });
    expect(stderr).toMatch(/sum .*%/);
    expect(JSON.parse(stdout)).toMatchObject({ sum: "499999999500000000" });
    expect(code).toBe(0);
  });

  // On a real one, where the bar and the answer share the screen: what wipes the bar must come before the answer.
  const afterLastControl = (screen: string) =>
    screen.slice(screen.lastIndexOf("\u001b")).replace(/^.\[?\d*[A-Za-z]?/, "");

  test.runIf(hasScript)("leaves the answer on the screen: JSON", { timeout: LIMIT }, async () => {
    for (const args of [
      ["sum", "10"],
      ["pi", "--samples", "1e6"],
    ]) {
      const { code, stdout } = await runOnTerminal([...args, "--json"]);
      expect(stdout).toMatch(/100%/);
      expect(JSON.parse(afterLastControl(stdout))).toMatchObject({ executor: "threads" });
      expect(code).toBe(0);
    }
  });

  test.runIf(hasScript)("leaves the answer on the screen: lines", { timeout: LIMIT }, async () => {
    expect(afterLastControl((await runOnTerminal(["sum", "10"])).stdout)).toMatch(/^sum = 45\r\n.* on threads .*\r\n$/);
    expect(afterLastControl((await runOnTerminal(["pi", "--samples", "1e6"])).stdout)).toMatch(
      /^pi = 3\.1\d+ (.*\r\n){3}$/,
    );
  });
});
