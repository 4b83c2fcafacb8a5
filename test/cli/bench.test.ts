/** `allcores bench` and `allcores compare`: reports, files, baselines, exit codes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { BenchReport, CaseReport, CompareReport, Comparison, DoneComparison } from "allcores/bench";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faults } from "../bench/schema.js";
import { isAlive, isLinux, temporaryFolder } from "../support/system.js";
import { runHere } from "./here.js";
import { descendants, type Finished, hasScript, run, runOnTerminal, start, until } from "./run.js";

const LIMIT = 240_000;
/** What a quick run sums beside plain Python, as works are named. */
const SMALL = "131,072";
const items = 2 ** 17;
const CASES = { right: 'check: "equal"', wrong: 'check: "equal"' } as const;

/** A case file whose second case computes what the first does, or not. */
function caseFile(kind: keyof typeof CASES, folder: string, more = ""): string {
  const file = join(folder, `${kind}.mjs`);
  const other = kind === "right" ? 1 : 2;
  writeFileSync(
    file,
    `${more}\nconsole.log("hello from the cases");
    process.stdout.write("");
    const spin = (ms, value) => { const end = performance.now() + ms; while (performance.now() < end); return value; };
    export default { name: "spin", cases: { slow: () => spin(2, 1), quick: async () => spin(1, ${other}) }, ${CASES[kind]}, budget: 150 };`,
  );
  return file;
}

/** The same comparison, as if each case but the first had then taken another time. */
function asIf(comparison: Comparison, factor: number): Comparison {
  if (comparison.state === "wrong") return comparison;
  const [first, ...others] = comparison.cases as [CaseReport, ...CaseReport[]];
  const slower = others.map((one) => ({ ...one, samples: one.samples.map((ms) => ms * factor) }));
  return { ...comparison, cases: [first, ...slower] };
}

describe("bench", () => {
  let folder: string;
  let report: BenchReport;
  let told: Finished;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "allcores-test-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  // The run that the next tests look at: it takes 10 s.
  test("ends well though peers fail: they take no other times along", { timeout: LIMIT }, async () => {
    const files = ["report.json", "report.md", "report.html"].flatMap((file) => ["--save", file]);
    const env = { PATH: [fakePython(folder, "failing"), process.env.PATH].join(delimiter) };
    told = await run(["bench", "sum", "--quick", "--workers", "4", ...files], { cwd: folder, env });
    report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
    expect([told.code, told.stderr, faults(report)]).toEqual([0, "", ""]);
  });

  test("has every implementation in every place, the first in plain JS on one core", () => {
    expect(new Set(report.comparisons.map(({ state }) => state))).toEqual(new Set(["done"]));
    const { cases } = report.comparisons[0] as DoneComparison;
    const places = cases.map(({ traits }) => `${traits?.implementation} ${traits?.executor} ${traits?.workers}`);
    const counts = [1, 2, 3, 4].map((workers) => `threads ${workers}`);
    const everywhere = ["serial 1", ...counts, "processes 4", "async 4"];
    const expected = [
      ...["JS", "Wasm"].flatMap((implementation) => everywhere.map((place) => `${implementation} ${place}`)),
      "scalar Wasm serial 1", // in a full run everywhere, too
    ];
    expect(places).toEqual(expect.arrayContaining(expected));
    expect(places[0]).toBe("JS serial 1");
    expect(cases[0]?.first?.process).toBe("fresh");
  });

  test("tells of each peer either times or why it is not here", () => {
    const cases = report.comparisons.flatMap((one) => (one as DoneComparison).cases.map(({ name }) => name));
    const why = Object.fromEntries((report.missing ?? []).map(({ name, why }) => [name, why]));
    for (const peer of ["C", "Python", "numpy", "numba"])
      expect([cases.includes(peer), peer in why].filter(Boolean), peer).toHaveLength(1);
    expect(why.numpy).toMatch(/ended without an answer: out of memory/);
    expect(why.numba).toMatch(/^WRONG: \d+n, not \d+n$/);
    expect(why.Python).toMatch(/answered nonsense: "hello"/);
  });

  test("measures scaling, the event loop and the executors", () => {
    expect(report.scaling?.map(({ points }) => points[0]?.workers)).toEqual([1, 1]);
    expect(report.eventLoop?.map(({ name }) => name.split(": ")[1])).toEqual([
      "JS, serial, without a pause",
      "Wasm, threads 4",
    ]);
    expect(report.dispatch?.map(({ executor }) => executor)).toEqual(["serial", "threads", "processes", "async"]);
  });

  test("prints tables, and saves the report in every format", () => {
    expect(told.stdout).toMatch(/^ +Python: .*answered nonsense/m);
    expect(told.stdout).toMatch(/^ +Wasm, threads 4 /m);
    expect(told.stdout).toMatch(/^ +Amdahl: /m);
    const text = (file: string) => readFileSync(join(folder, file), "utf8");
    expect(readdirSync(folder).sort()).toEqual(["python3", "report.html", "report.json", "report.md"]);
    expect(text("report.md")).toContain(report.comparisons[0]?.name);
    expect(text("report.html")).toMatch(/^<!doctype html>/i);
  });

  test.runIf(hasScript)(
    "on a terminal, with a baseline in which all was faster: 3, what is going on, and one JSON object",
    { timeout: LIMIT },
    async () => {
      const cwd = temporaryFolder();
      const files = ["baseline.json", "answer.json", "saved.json"].map((file) => join(cwd, file));
      const [baseline, answer, saved] = files as [string, string, string];
      // The work that Python can keep up with, as if it had been as much. Far beyond the noise of any machine.
      const faster = report.comparisons.map((one) => ({ ...asIf(one, 1e-5), name: `sum of ${SMALL} numbers`, items }));
      writeFileSync(baseline, JSON.stringify({ ...report, comparisons: faster }));
      const args = ["bench", SMALL, "--quick", "--json", "--baseline", baseline, "--save", saved];
      const { code, stdout: shown } = await runOnTerminal(args, { PATH: fakePython(cwd, "right") }, answer);
      const stdout = readFileSync(answer, "utf8");
      expect(stdout.match(/\n/g)).toHaveLength(1);
      const told: BenchReport = JSON.parse(stdout);
      expect(faults(told)).toBe("");
      expect(JSON.parse(readFileSync(saved, "utf8"))).toEqual(told);
      expect([code, told.baseline?.state]).toEqual([3, "regressed"]);
      expect(told.baseline?.regressions.length).toBeGreaterThan(0);
      const { state, cases } = told.comparisons[0] as DoneComparison;
      expect([state, cases.map(({ name }) => name)]).toEqual(["done", expect.arrayContaining(["Python"])]);
      // The time left is shown while any is expected to be left: not at the end of a run on a slow machine.
      expect(shown).toMatch(/about \d+ s left; 1\/1 sum of [\d,]+ numbers: \w+/);
      expect(shown).toMatch(/1\/1 sum of [\d,]+ numbers: warming \d+\/\d+/);
      expect(shown).toMatch(/: round [1-9]\d*\/\d+\s+JS, serial +[\d.]+ .?s +1\.00x/);
      // Drawn over, up to the end.
      expect(shown).toContain("\u001b[0J");
    },
  );
});

/** Puts a `python3` into a folder that does sums, or fails in another way with each package. @returns the folder */
function fakePython(folder: string, kind: "right" | "failing"): string {
  const code = `#!${process.execPath}
    const right = (sum) => console.log("5.0 " + sum);
    const fails = {
      numpy: (sum) => {
        if (asked > 3) { console.error("out of memory"); process.exit(1); }
        right(sum);
      },
      numba: (sum) => right(sum + 1n),
      python: () => console.log("hello"),
    };
    const answer = ${kind === "right" ? "right" : "fails[process.argv.at(-1)]"};
    if (!answer) { console.log("none of these"); process.exit(); }
    console.log("ready fake");
    let asked = 0;
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const n = BigInt(line);
      asked++;
      answer(n * (n - 1n) / 2n);
    });`;
  writeFileSync(join(folder, "python3"), code, { mode: 0o755 });
  return folder;
}

describe.runIf(isLinux)("Ctrl-C", () => {
  test("ends the bench with 130 and leaves nothing", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    const command = start(["bench", "pi", "--quick", "--save", "x.html"], { cwd, ownGroup: true });
    await until(() => descendants(command.pid).length >= 1);
    const below = descendants(command.pid);
    process.kill(-command.pid, "SIGINT");
    const { code, stdout } = await command.finished;
    expect([code, stdout, readdirSync(cwd)]).toEqual([130, "", []]);
    await until(async () => !(await Promise.all(below.map(isAlive))).includes(true));
  });
});

describe("compare", () => {
  let report: CompareReport;
  const what = "0: one JSON object, what cases print goes to stderr, and files; the file may keep the process busy";
  test(what, { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    const file = caseFile("right", cwd, "setInterval(() => {}, 1000);");
    const { code, stdout, stderr } = await run(["compare", file, "--json", "--save", "x.html"], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^(hello from the cases\n)+$/);
    report = JSON.parse(stdout);
    expect(faults(report)).toBe("");
    expect(report).toMatchObject({ state: "done", cases: [{ first: { process: "fresh" } }, {}] });
    expect((report as DoneComparison).ratio.median).toBeGreaterThan(1.2);
    expect(readdirSync(cwd).sort()).toEqual(["right.mjs", "x.html"]);
  });

  test("1: wrong cases have no times", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await run(["compare", caseFile("wrong", cwd)]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/WRONG.*quick: 2, not 1/);
    expect(stdout).not.toMatch(/\d ms/);
  });

  test("3: a regression; 1: nothing to compare with", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    const file = caseFile("right", cwd);
    const baseline = join(cwd, "baseline.json");
    writeFileSync(baseline, JSON.stringify(asIf(report, 0.001)));
    const slower = await run(["compare", file, "--baseline", baseline]);
    expect(slower.code).toBe(3);
    expect(slower.stdout).toMatch(/^Regressed: /m);
    writeFileSync(baseline, JSON.stringify({ ...report, name: "another" }));
    expect((await run(["compare", file, "--baseline", baseline])).code).toBe(1);
  });

  test.each([
    ["a case throws", "(() => { throw new Error('boom'); })()", 1, /^allcores: boom \(busy\.mjs:2:\d+\)$/m],
    ["a case ends the process", "process.exit()", 1, /nothing was compared: a case ended the process/],
  ])("ends though the file keeps the process busy: %s", { timeout: LIMIT }, async (_, second, code, message) => {
    const cwd = temporaryFolder();
    const file = join(cwd, "busy.mjs");
    writeFileSync(
      file,
      `setInterval(() => {}, 1000);
      export default { name: "busy", cases: { a: () => 1, b: () => ${second} }, check: "equal", budget: 100 };`,
    );
    const finished = await run(["compare", file]);
    expect(finished.code).toBe(code);
    expect(finished.stderr).toMatch(message);
  });

  test("1: a case that never settles", { timeout: LIMIT }, async () => {
    const file = join(temporaryFolder(), "never.mjs");
    writeFileSync(
      file,
      "export default { name: 'a', cases: { a: () => 1, b: () => new Promise(() => {}) }, check: 'equal' };",
    );
    const { code, stdout, stderr } = await run(["compare", file]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("allcores: nothing was compared: ");
  });

  test.runIf(isLinux)("130: Ctrl-C, though the file keeps the process busy", { timeout: LIMIT }, async () => {
    const file = caseFile("right", temporaryFolder(), "setInterval(() => {}, 1000);");
    const command = start(["compare", file]);
    await new Promise<void>((resolve) => command.child.stderr.once("data", () => resolve()));
    command.child.kill("SIGINT");
    expect((await command.finished).code).toBe(130);
  });

  test.each([
    ["a file that is not there", "none.mjs", /^allcores: can't read none\.mjs: ENOENT/],
    ["a file that is no module", "broken.mjs", /^allcores: can't load .*broken\.mjs: Unexpected/],
    ["a file without cases", "empty.mjs", /^allcores: the default export of .*empty\.mjs must be/],
  ])("1: %s", { timeout: LIMIT }, async (_, name, message) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "broken.mjs"), "export default {");
    writeFileSync(join(cwd, "empty.mjs"), "");
    const { code, stdout, stderr } = await run(["compare", name], { cwd });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("what can't be used is told before anything is measured", () => {
  test.each([
    ["bench nosuch", 2, /^allcores: filter .*'nosuch'; there are fractal, julia, pi, sum\n/],
    ["bench --save x.txt", 2, /--save .*'x.txt'.*\.json or \.md or \.html/],
    ["bench --save none/x.md", 1, /can't write none\/x\.md/],
    ["bench --workers 0", 2, /--workers .*'0'/],
    ["bench --baseline x.md", 2, /--baseline .*'x.md'/],
    ["bench --baseline none.json", 1, /can't read none\.json: ENOENT/],
    ["bench --baseline broken.json", 2, /--baseline .*'broken.json' is no report: /],
    ["bench --baseline old.json", 2, /--baseline .*'old.json' is no report: baseline\.schemaVersion must be 1, got 0/],
    ["compare", 2, /missing .*'file'/],
    ["compare a.js b.js", 2, /too many arguments/],
  ])("%s", { timeout: LIMIT }, async (args, code, message) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "broken.json"), "{");
    writeFileSync(join(cwd, "old.json"), '{"schemaVersion":0}');
    const finished = await runHere(args.split(" "), { cwd });
    expect([finished.code, finished.stdout]).toEqual([code, ""]);
    expect(finished.stderr).toMatch(message);
    expect(readdirSync(cwd).sort()).toEqual(["broken.json", "old.json"]);
  });
});
