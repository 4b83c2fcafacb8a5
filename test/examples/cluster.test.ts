/** The files of examples/cluster: what they say to `allcores worker` it knows, and the coordinators run. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { runHere } from "../cli/here.js";
import { inherited, start } from "../cli/run.js";
import { closeRedis, hasRedis, startRedis } from "../support/redis.js";
import { ROOT, temporaryFolder } from "../support/system.js";

const LIMIT = 60_000;
const FOLDER = join(ROOT, "examples/cluster");
const text = (name: string) => readFileSync(join(FOLDER, name), "utf8");

/** The words of all lists that start a worker. */
function workerWords(value: unknown): string[] {
  if (Array.isArray(value)) return value.includes("worker") ? value.map(String) : value.flatMap(workerWords);
  if (typeof value !== "object" || value === null) return [];
  const { command, args } = value as { command?: unknown; args?: unknown };
  if (Array.isArray(command) && Array.isArray(args) && command.includes("worker"))
    return [...command, ...args].map(String);
  return Object.values(value).flatMap(workerWords);
}

describe("the files of a deployment", () => {
  let known: Set<string>;

  beforeAll(async () => {
    const { stdout } = await runHere(["worker", "--help"]);
    known = new Set(stdout.match(/--[a-z-]+/g));
  });

  test.each(["compose.yaml", "kubernetes.yaml"])("%s is YAML, and its workers have options that are there", (name) => {
    const documents = parseAllDocuments(text(name));
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    const words = documents.flatMap((document) => workerWords(document.toJS()));
    expect(words).toContain("--queue");
    for (const word of words.filter((one) => one.startsWith("--"))) expect(known).toContain(word);
  });

  test("all lose nothing: an append-only file, and no eviction", () => {
    for (const name of ["compose.yaml", "kubernetes.yaml", "slurm.sh"]) {
      const words = text(name).replaceAll(/[",]/g, "");
      expect(words).toMatch(/appendonly yes/);
      expect(words).toMatch(/maxmemory-policy noeviction/);
    }
  });

  test("a pod has time to finish, and a hook before it ends", () => {
    const [, , deployment] = parseAllDocuments(text("kubernetes.yaml")).map((document) => document.toJS());
    const { terminationGracePeriodSeconds, containers } = deployment.spec.template.spec;
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
    expect(containers[0].lifecycle.preStop.exec.command).toContainEqual(expect.stringContaining("kill -TERM 1"));
  });

  test("slurm.sh is a script, and its options are there", async () => {
    await promisify(execFile)("bash", ["-n", join(FOLDER, "slurm.sh")]);
    const [line = ""] = /npx allcores worker --.*/.exec(text("slurm.sh")) ?? [];
    for (const [word] of line.matchAll(/--[a-z-]+/g)) expect(known).toContain(word);
  });
});

test.runIf(hasRedis)("the coordinators run on a worker", { timeout: LIMIT }, async () => {
  const redis = await startRedis();
  onTestFinished(closeRedis);
  const folder = temporaryFolder();
  start(["worker", "--connection", redis.url, "--queue", "render", "--workers", "1"]);
  const env = { ...inherited, ALLCORES_CONNECTION: redis.url, QUEUE: "render", RUN_ID: "example" };
  const run = (name: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, [join(FOLDER, name), ...args], { cwd: folder, env });
  const pi = await run("pi.mjs", "1e7");
  expect(pi.stdout).toMatch(/^pi is 3\.14\d*, give or take /);
  expect(pi.stderr).toMatch(/100\.0%\n$/);
  expect((await run("render.mjs", "julia.i32", "64")).stdout).toBe("julia.i32: 64x64 counts\n");
  expect((await stat(join(folder, "julia.i32"))).size).toBe(4 * 64 * 64);
  expect(new Set(await readFile(join(folder, "julia.i32"))).size).toBeGreaterThan(10);
});
