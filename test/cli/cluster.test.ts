/** `allcores worker` and `allcores cluster`: their output, their signals, and whom they end with. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { estimatePi } from "allcores";
import { ClusterExecutor } from "allcores/cluster";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { closeRedis, hasRedis, startRedis } from "../support/redis.js";
import { isAlive, isLinux } from "../support/system.js";
import { runHere } from "./here.js";
import { descendants, inherited, MAIN_URL, run, start, until } from "./run.js";

const LIMIT = 60_000;

describe.runIf(hasRedis)("a worker of the command line", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
    return closeRedis;
  });

  test("logs an event a line, computes, and ends by SIGTERM with 0", { timeout: LIMIT }, async () => {
    const worker = start(["worker", "--connection", redis.url, "--queue", "render", "--workers", "1", "--json"]);
    await using cluster = new ClusterExecutor({ connection: redis.url, queue: "render" });
    const { hits } = await estimatePi({ samples: 1e7, seed: 42, executor: cluster });
    expect(hits).toBe((await estimatePi({ samples: 1e7, seed: 42 })).hits);

    const json = await runHere(["cluster", "status", "--connection", redis.url, "--queue", "render", "--json"]);
    expect(JSON.parse(json.stdout)).toEqual({
      workers: [expect.objectContaining({ pid: worker.pid, threads: 1 })],
      runs: [],
      chunks: { waiting: 0, active: 0, failed: 0 },
    });
    const text = await runHere(["cluster", "status", "--connection", redis.url, "--queue", "render"]);
    expect(text.stdout).toMatch(/^worker +host +pid +threads +version\n\S+ .* 1 +\d+\.\d+\.\d+\n/);
    expect(text.stdout).toMatch(/\nchunks: 0 waiting, 0 active, 0 failed\n$/);
    expect([json.code, text.code, json.stderr, text.stderr]).toEqual([0, 0, "", ""]);

    worker.child.kill("SIGTERM");
    const { code, stdout, stderr } = await worker.finished;
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).event);
    expect([events[0], ...events.slice(-2)]).toEqual(["ready", "closing", "closed"]);
    expect(new Set(events.slice(1, -2))).toEqual(new Set(["claimed", "computed"]));
    expect([code, stderr]).toEqual([0, ""]);
  });

  test("writes short lines on stderr, and ends by Ctrl-C with 130", { timeout: LIMIT }, async () => {
    const worker = start(["worker"], { env: { ALLCORES_CONNECTION: redis.url, ALLCORES_WORKERS: "1" } });
    await once(worker.child.stderr, "readable");
    worker.child.kill("SIGINT");
    const { code, stdout, stderr } = await worker.finished;
    expect(stderr).toMatch(
      /^allcores worker: ready: \S+, 1 thread, queue allcores\nallcores worker: takes no more [^\n]*\nallcores worker: closed\n$/,
    );
    expect([code, stdout]).toEqual([130, ""]);
  });

  /** Started with an IPC channel; resolves once it is ready. */
  async function forked() {
    const args = ["worker", "--connection", redis.url, "--workers", "1", "--json"];
    const stdio = ["ignore", "pipe", "pipe", "ipc"] as const;
    const child = fork(fileURLToPath(MAIN_URL), args, { env: inherited, execArgv: [], stdio: [...stdio] });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout as NodeJS.ReadableStream, "readable");
    return child;
  }

  test("ends with the process that started it with a channel", { timeout: LIMIT }, async () => {
    const child = await forked();
    const ended = once(child, "exit");
    child.disconnect();
    expect(await ended).toEqual([0, null]);
  });

  test("ends without a server, too", { timeout: LIMIT }, async () => {
    const [orphan, told] = await Promise.all([forked(), forked()]);
    const ended = [orphan, told].map((child) => once(child, "exit"));
    await redis.kill();
    orphan.disconnect();
    told.kill("SIGTERM");
    const codes = await Promise.all(ended);
    await redis.restart();
    expect(codes).toEqual([
      [0, null],
      [0, null],
    ]);
  });

  test("is one line and exit code 1 where the server refuses, or a file of kernels is missing", {
    timeout: LIMIT,
  }, async () => {
    const missing = await run(["worker", "--connection", redis.url, "--kernels", "no-such-file.js"]);
    expect(missing.stderr).toMatch(/^allcores: .*no-such-file\.js.*\n$/);
    expect([missing.code, missing.stdout]).toEqual([1, ""]);
  });
});

describe("wrong uses", () => {
  test.each([
    ["worker", /--connection <url>' not specified/, "allcores worker --help"],
    ["worker --connection http://x", /connection must be a redis:.*http:\/\/x/, "allcores worker --help"],
    [
      "worker --connection unix:/x --lock-duration 15",
      /--lock-duration .*'15'.*500ms, 2\.5s/,
      "allcores worker --help",
    ],
    ["worker --connection unix:/x --lock-duration 0s", /--lock-duration .*'0s'/, "allcores worker --help"],
    ["worker --connection unix:/x --stalled-interval 2h", /--stalled-interval .*'2h'.*60m/, "allcores worker --help"],
    ["worker --connection unix:/x --stalled-interval 1ms", /stalledInterval .*1/, "allcores worker --help"],
    ["worker --connection unix:/x --workers 0", /--workers .*'0'/, "allcores worker --help"],
    ["worker --connection unix:/x --queue a:b", /queue must be .*a:b/, "allcores worker --help"],
    ["worker --connection unix:/x extra", /too many arguments/, "allcores worker --help"],
    ["cluster nosuch", /unknown command 'nosuch'/, "allcores cluster --help"],
    ["cluster status", /--connection <url>' not specified/, "allcores cluster status --help"],
  ])("%s", { timeout: LIMIT }, async (args, names, hint) => {
    const { code, stdout, stderr } = await runHere(args.split(" "));
    const [line, tryLine, ...rest] = stderr.split("\n");
    expect(line).toMatch(names);
    expect([tryLine, rest, stdout, code]).toEqual([`try: ${hint}`, [""], "", 2]);
  });
});

test("without a redis-server the demonstration says so", { timeout: LIMIT }, async () => {
  const { code, stdout, stderr } = await run(["cluster", "demo"], { env: { PATH: "" } });
  expect(stderr).toMatch(/^allcores: there is no redis-server here.*\n$/);
  expect([code, stdout]).toEqual([1, ""]);
});

test.runIf(hasRedis && isLinux)("the demonstration ends everything that it started", { timeout: LIMIT }, async () => {
  const demo = start(["cluster", "demo", "--json"]);
  const below = new Set<number>();
  const watching = until(() => {
    for (const pid of descendants(demo.pid)) below.add(pid);
    return demo.child.exitCode !== null;
  });
  const { code, stdout, stderr } = await demo.finished;
  await watching;
  expect([code, stderr]).toEqual([0, ""]);
  const { works } = JSON.parse(stdout);
  expect(works.map(({ work }: { work: string }) => work)).toEqual([
    expect.stringMatching(/^pi/),
    expect.stringMatching(/^a Julia set/),
  ]);
  expect(below.size).toBeGreaterThanOrEqual(4);
  for (const pid of below) expect(await isAlive(pid)).toBe(false);
});
