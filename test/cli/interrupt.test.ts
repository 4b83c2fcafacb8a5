/** Ctrl-C, lost workers and closed pipes. What the system tells of processes is read from /proc: Linux only. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { isAlive, isLinux, temporaryFolder } from "../support/system.js";
import { descendants, LONG, run, type Started, start, ticks, until } from "./run.js";

const LIMIT = 60_000;

/** Waits until a picture is being computed: the workers are there, and more is done than any start takes. */
async function untilBusy({ pid }: Started, workers: number): Promise<number[]> {
  await until(() => descendants(pid).length >= workers);
  // Work that a child has not begun when it is killed goes to another: each takes up to 0.5 s of processor time to start.
  const before = ticks(pid);
  await until(() => ticks(pid) > before + 60 * (1 + workers));
  return descendants(pid);
}

const threadsOf = (pid: number) => readdirSync(`/proc/${pid}/task`).length;

async function untilGone(pids: readonly number[]): Promise<void> {
  await until(async () => !(await Promise.all(pids.map(isAlive))).includes(true));
}

describe.runIf(isLinux)("Ctrl-C", () => {
  test.each([
    ["serial", 0, 1],
    ["threads", 0, 1],
    ["processes", 2, 1],
    ["async", 0, 1],
    ["threads", 0, 2],
    ["processes", 2, 2],
  ])("on %s ends with 130 and leaves nothing", { timeout: LIMIT }, async (executor, children, times) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "x.png"), "old");
    const workers = executor === "serial" ? [] : ["--workers", "2"];
    const command = start([...LONG, "-o", "x.png", "--executor", executor, ...workers], { cwd, ownGroup: true });
    const below = await untilBusy(command, children);
    // As a terminal does it: to the whole group.
    for (let time = 0; time < times; time++) process.kill(-command.pid, "SIGINT");
    const { code, stdout, stderr } = await command.finished;
    expect([code, stdout, stderr]).toEqual([130, "", ""]);
    expect(readdirSync(cwd)).toEqual(["x.png"]);
    expect(readFileSync(join(cwd, "x.png"), "utf8")).toBe("old");
    await untilGone(below);
  });

  test("to the command alone ends its child processes", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    const command = start([...LONG, "-o", "x.png", "--executor", "processes", "--workers", "2"], { cwd });
    const below = await untilBusy(command, 2);
    command.child.kill("SIGINT");
    expect(await command.finished).toEqual({ code: 130, stdout: "", stderr: "" });
    expect(readdirSync(cwd)).toEqual([]);
    await untilGone(below);
  });

  test.each([
    ["SIGINT", "threads", 130],
    ["SIGTERM", "processes", 143],
    ["SIGINT", "async", 130],
  ] as const)(
    "%s while hundreds of workers start, on %s, ends with %i",
    { timeout: LIMIT },
    async (signal, kind, code) => {
      const cwd = temporaryFolder();
      const command = start([...LONG, "-o", "x.png", "--executor", kind, "--workers", "500"], { cwd });
      const started = () => (kind === "processes" ? descendants(command.pid).length : threadsOf(command.pid));
      const first = kind === "processes" ? 0 : 11; // Node's own
      await until(() => started() > first + 3);
      command.child.kill(signal);
      const below = descendants(command.pid);
      // It is heard while they start: all 500 take half a minute.
      expect(started()).toBeLessThan(400);
      const finished = await command.finished;
      expect([finished.code, finished.stdout]).toEqual([code, ""]);
      expect(finished.stderr).toMatch(/^\(node:\d+\) AllcoresWarning: 500 workers for [^\n]*\n[^\n]*\n$/);
      expect(readdirSync(cwd)).toEqual([]);
      await untilGone(below);
    },
  );

  test("ends the tour", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    const command = start(["tour"], { cwd });
    await untilBusy(command, 0);
    command.child.kill("SIGINT");
    expect(await command.finished).toEqual({ code: 130, stdout: "", stderr: "" });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("SIGTERM does the same, with 143", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    const command = start([...LONG, "-o", "x.png"], { cwd });
    await untilBusy(command, 0);
    command.child.kill("SIGTERM");
    expect(await command.finished).toEqual({ code: 143, stdout: "", stderr: "" });
    expect(readdirSync(cwd)).toEqual([]);
  });
});

test.runIf(isLinux)(
  "nothing is in the folder while a picture is computed, nor after SIGKILL",
  { timeout: LIMIT },
  async () => {
    const cwd = temporaryFolder();
    const command = start([...LONG, "-o", "x.png"], { cwd });
    await untilBusy(command, 0);
    expect(readdirSync(cwd)).toEqual([]);
    command.child.kill("SIGKILL");
    expect((await command.finished).code).toBe("SIGKILL");
    expect(readdirSync(cwd)).toEqual([]);
  },
);

test.runIf(isLinux)("killed child processes are one line and exit code 1", { timeout: LIMIT }, async () => {
  const cwd = temporaryFolder();
  const command = start([...LONG, "-o", "x.png", "--executor", "processes", "--workers", "2"], { cwd });
  let isOver = false;
  void command.finished.finally(() => {
    isOver = true;
  });
  // Work that a child has not begun when it is killed goes to a new one, and on a slow machine any child may still be starting.
  while (!isOver) {
    const before = ticks(command.pid);
    await until(() => isOver || ticks(command.pid) > before + 180);
    for (const pid of descendants(command.pid)) process.kill(pid, "SIGKILL");
  }
  const { code, stdout, stderr } = await command.finished;
  expect(stderr).toMatch(/^allcores: .*SIGKILL.*\n$/);
  expect([code, stdout]).toEqual([1, ""]);
  expect(readdirSync(cwd)).toEqual([]);
});

describe("a reader that has gone is no error", () => {
  test.each(["info", "--help", "sum 10 --json"])("allcores %s |", { timeout: LIMIT }, async (args) => {
    const command = start(args.split(" "));
    command.child.stdout.destroy();
    command.finished.catch(() => {});
    const stderr: Buffer[] = [];
    command.child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    const code = await new Promise((resolve) => command.child.once("close", resolve));
    expect([code, Buffer.concat(stderr).toString()]).toEqual([0, ""]);
  });

  test("of the messages neither", { timeout: LIMIT }, async () => {
    const command = start(["nosuch"]);
    command.child.stderr.destroy();
    command.finished.catch(() => {});
    expect(await new Promise((resolve) => command.child.once("close", resolve))).toBe(2);
  });
});

describe.runIf(existsSync("/dev/full"))("an answer that can't be written is one line and exit code 1", () => {
  test.each(["sum 10", "sum 10 --json", "info --json", "--help"])(
    "allcores %s > /dev/full",
    { timeout: LIMIT },
    async (args) => {
      const stdout = openSync("/dev/full", "w");
      onTestFinished(() => closeSync(stdout));
      const { code, stderr } = await run(args.split(" "), { stdout });
      expect(stderr).toMatch(/^allcores: can't write .*no space left on device\n$/);
      expect(code).toBe(1);
    },
  );
});

test("nothing is left running after an answer", { timeout: LIMIT }, async () => {
  // The command ends by itself: a worker left over would keep it.
  expect((await run(["pi", "--samples", "1e8", "--executor", "processes"])).code).toBe(0);
});
