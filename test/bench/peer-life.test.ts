/** How peers start, fail and end: a reason in one line, and nothing left behind. */
import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { peersFor } from "../../bench/peers.js";
import { compiler } from "../../bench/programs/c.js";
import { ROOT } from "../../bench/programs/find.js";
import { Peer, type Program } from "../../bench/programs/peer.js";
import { childrenOf, isAlive, isLinux, start, temporaryFolder } from "../support/system.js";

const TIMEOUT = 20_000;
const works = ["pi", "fractal", "sum"] as const;
const hasCompiler = compiler() !== undefined;

/** The temporary folder, which each test has for itself, and what peers have left in it. */
let folder: string;
const left = () => readdirSync(folder).filter((name) => !name.startsWith("allcores-test-"));
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv("TMPDIR", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  expect(left()).toEqual([]);
  if (isLinux) expect(childrenOf()).toEqual([]);
  expect(readdirSync(join(ROOT, "bench/python")).filter((name) => !name.endsWith(".py"))).toEqual([]);
});

/** A peer in JS. */
function program(code: string, more: Partial<Program> = {}): Program {
  return { name: "test", command: process.execPath, args: ["-e", code], ...more };
}
const READY = "console.log('ready node 1')";
const ECHO = `${READY}; require("readline").createInterface(process.stdin).on("line", (line) => console.log("1.5 " + line))`;
const DEAF = `${READY}; setInterval(() => {}, 1000)`;

/** A folder of programs, to be the PATH. */
function pathWith(programs: Readonly<Record<string, string>>): string {
  const path = temporaryFolder();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

describe("a peer", () => {
  it("answers in order, and tells what it runs on", { timeout: TIMEOUT }, async () => {
    await using peer = await Peer.start(program(ECHO));
    expect(peer.version).toBe("node 1");
    expect(await Promise.all([peer.ask("a b"), peer.ask("c")])).toEqual([
      { ms: 1.5, answer: "a b" },
      { ms: 1.5, answer: "c" },
    ]);
  });

  it.each([
    ["does not exist", { name: "test", command: "/no/such/program" }, "test spawn /no/such/program ENOENT"],
    ["dies", program("process.exit(7)"), "test ended without an answer: exit code 7"],
    ["is killed", program("process.kill(process.pid, 'SIGKILL')"), "test ended without an answer: SIGKILL"],
    ["complains", program("console.error('one\\ntwo'); process.exit(1)"), "test ended without an answer: two"],
    ["says why not", program("console.log('no luck')"), "no luck"],
    ["is not ready in time", program("setInterval(() => {}, 1)", { readyMs: 50 }), "test was not ready within 0.05 s"],
  ])("that %s is an error", { timeout: TIMEOUT }, async (_, program, message) => {
    await expect(Peer.start({ graceMs: 50, ...program })).rejects.toThrow(new Error(message));
  });

  it("that dies in place of an answer is an error, then and later", { timeout: TIMEOUT }, async () => {
    const dying = `${READY}; process.stdin.once("data", () => { console.error("ouch"); process.exit(1); })`;
    await using peer = await Peer.start(program(dying));
    const why = new Error("test ended without an answer: ouch");
    await expect(peer.ask("x")).rejects.toThrow(why);
    await expect(peer.ask("y")).rejects.toThrow(why);
  });

  it("that answers nonsense is an error", { timeout: TIMEOUT }, async () => {
    await using peer = await Peer.start(program(`${READY}; process.stdin.on("data", () => console.log("hm"))`));
    await expect(peer.ask("x")).rejects.toThrow(new Error('test answered nonsense: "hm"'));
  });

  it("that does not end by itself is killed", { timeout: TIMEOUT }, async () => {
    const peer = await Peer.start(program(DEAF, { graceMs: 50 }));
    const asked = expect(peer.ask("x")).rejects.toThrow(new Error("test did not end within 0.05 s"));
    await peer[Symbol.asyncDispose]();
    await asked;
    await peer[Symbol.asyncDispose]();
  });

  it("is killed when its signal aborts, before, while it starts and later", { timeout: TIMEOUT }, async () => {
    const reason = new Error("enough");
    const before = AbortSignal.abort(reason);
    await expect(Peer.start(program(DEAF, { signal: before }))).rejects.toBe(reason);

    const starting = new AbortController();
    const started = Peer.start(program("setInterval(() => {}, 1)", { signal: starting.signal }));
    starting.abort(reason);
    await expect(started).rejects.toBe(reason);

    const asking = new AbortController();
    await using peer = await Peer.start(program(DEAF, { signal: asking.signal }));
    const asked = peer.ask("x");
    asking.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await expect(peer.ask("y")).rejects.toBe(reason);
  });

  it.runIf(isLinux)("ends with its parent, even one that is killed", { timeout: TIMEOUT }, async () => {
    const outfile = join(folder, "allcores-test-peer.mjs");
    const bundling = ["bench/programs/peer.ts", "--bundle", "--platform=node", "--format=esm", `--outfile=${outfile}`];
    execFileSync(join(ROOT, "node_modules/.bin/esbuild"), ["--log-level=error", ...bundling], { cwd: ROOT });
    for (const [code, last] of [
      [DEAF, "process.exit(0)"],
      [ECHO, "process.kill(process.pid, 'SIGKILL')"],
    ]) {
      const { ended } = start(`
        import { readFileSync } from "node:fs";
        import { Peer } from ${JSON.stringify(outfile)};
        await Peer.start(${JSON.stringify(program(code as string))});
        console.log(readFileSync("/proc/self/task/" + process.pid + "/children", "utf8"));
        ${last};
      `);
      const pid = Number((await ended).stdout);
      expect(pid).toBeGreaterThan(0);
      await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false), 10_000);
    }
  });
});

describe("a machine without", () => {
  it("anything: each row tells what is missing", { timeout: TIMEOUT }, async () => {
    vi.stubEnv("PATH", temporaryFolder());
    for (const { language, start } of works.flatMap(peersFor)) {
      const why = language === "C" ? "no C compiler (gcc or cc) here" : "no Python (python3 or python) here";
      await expect(start()).rejects.toThrow(new Error(why));
    }
    vi.stubEnv("PATH", "");
    await expect(peersFor("pi")[0]?.start()).rejects.toThrow(new Error("no C compiler (gcc or cc) here"));
  });

  it("a module: it is looked for in every Python", { timeout: TIMEOUT }, async () => {
    const numpy = peersFor("pi").find(({ name }) => name === "numpy");
    const old = pathWith({ python3: "echo no numpy", python: 'echo "SyntaxError: invalid syntax" >&2; exit 1' });
    vi.stubEnv("PATH", old);
    await expect(numpy?.start()).rejects.toThrow(new Error("no Python here has numpy"));
    const broken = pathWith({ python3: "echo numpy: needs a newer Python" });
    vi.stubEnv("PATH", `${old}:${broken}`);
    await expect(numpy?.start()).rejects.toThrow(new Error("numpy: needs a newer Python"));
    const good = pathWith({ python: "echo ready Python 9; read line" });
    vi.stubEnv("PATH", `${old}:${broken}:${good}`);
    await using peer = await numpy?.start();
    expect(peer?.version).toBe("Python 9");
  });

  it("a compiler that works", { timeout: TIMEOUT }, async () => {
    vi.stubEnv("PATH", pathWith({ gcc: 'echo "x.c: in f" >&2; echo "x.c:1: error: no such luck" >&2; exit 1' }));
    const why = new Error("gcc could not compile sum.c: x.c:1: error: no such luck");
    await expect(peersFor("sum")[0]?.start()).rejects.toThrow(why);
    expect(left()).toEqual([]);
  });
});

describe.skipIf(!hasCompiler)(`peers in C${hasCompiler ? "" : " (skipped: no C compiler here)"}`, () => {
  const [c] = peersFor("sum");

  it("leave no file, even while they run", { timeout: TIMEOUT }, async () => {
    await using peer = await c?.start();
    expect(peer?.version).toMatch(/^(gcc|clang) \d/);
    expect(left()).toEqual([]);
    expect((await peer?.ask("5"))?.answer).toBe("10");
  });

  it("tell a request that makes no sense, and end", { timeout: TIMEOUT }, async () => {
    await using peer = await c?.start();
    await expect(peer?.ask("a lot")).rejects.toThrow(new Error("sum.c ended without an answer: not a request: a lot"));
  });

  it("are not compiled to the end when the signal aborts", { timeout: TIMEOUT }, async () => {
    const controller = new AbortController();
    const started = c?.start(controller.signal);
    const reason = new Error("enough");
    await vi.waitUntil(() => left().length > 0, { interval: 1 });
    controller.abort(reason);
    await expect(started).rejects.toBe(reason);
    expect(left()).toEqual([]);
    if (isLinux) await vi.waitFor(() => expect(childrenOf()).toEqual([]));
  });
});
