/** Where koffi or the system's shared memory is missing, or full: each error says what helps, and no process is ended. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { isLinux, ROOT, run, temporaryFolder } from "../support/system.js";

const ENTRY = pathToFileURL(join(ROOT, "dist/shared-memory.js")).href;

/** What `create` and `attach` throw in a program of their own. */
function refusals(entry = ENTRY, before = "") {
  return `
    ${before}
    const { SharedMemory } = await import(${JSON.stringify(entry)}); // which needs nothing yet
    const thrown = (call) => { try { call(); } catch ({ name, code, message }) { return { name, code, message }; } };
    const create = thrown(() => SharedMemory.create({ bytes: 16e6, name: "allcores-test-missing" }));
    const attach = thrown(() => SharedMemory.attach("allcores-test-missing"));
    console.log(JSON.stringify({ create, attach }));`;
}

const unsupported = (message: RegExp) => {
  const error = { name: "UnsupportedError", code: "ERR_UNSUPPORTED", message: expect.stringMatching(message) };
  return { create: error, attach: error };
};

/** The built package in a folder with its dependencies, without koffi. @returns its entry and its node_modules */
function installed() {
  const modules = join(temporaryFolder(), "node_modules");
  const target = join(modules, "allcores");
  mkdirSync(target, { recursive: true });
  cpSync(join(ROOT, "package.json"), join(target, "package.json"));
  for (const name of ["@assemblyscript", "tinypool"])
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  cpSync(join(ROOT, "dist"), join(target, "dist"), { recursive: true });
  return { modules, entry: pathToFileURL(join(target, "dist/shared-memory.js")).href };
}

describe("koffi", { timeout: 20_000 }, () => {
  it("is not installed", async () => {
    const { entry } = installed();
    expect(await run(refusals(entry))).toEqual(
      unsupported(/^shared memory needs the package koffi: npm install koffi@3$/),
    );
  });

  it("is installed without its binary", async () => {
    const { entry, modules } = installed();
    cpSync(join(ROOT, "node_modules/koffi"), join(modules, "koffi"), { recursive: true });
    expect(await run(refusals(entry))).toEqual(unsupported(/needs the native addon .*without --omit=optional$/));
  });

  it("is of another major version", async () => {
    const { entry, modules } = installed();
    mkdirSync(join(modules, "koffi"));
    writeFileSync(join(modules, "koffi/index.js"), 'exports.version = "2.9.0";');
    expect(await run(refusals(entry))).toEqual(unsupported(/^shared memory needs koffi 3, found 2\.9\.0: /));
  });

  const permission = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission";
  it.each([
    ["the permission model", [permission, "--allow-fs-read=*"]],
    ["--no-addons", ["--no-addons"]],
  ])("is refused by %s", async (_, options) => {
    expect(await run(refusals(), { options })).toEqual(
      unsupported(/may not load: run node without --no-addons.*--allow-addons/),
    );
  });
});

describe("the system", { timeout: 20_000 }, () => {
  it("is Windows", async () => {
    const windows = 'Object.defineProperty(process, "platform", { value: "win32" });';
    expect(await run(refusals(ENTRY, windows))).toEqual(unsupported(/^Windows has no POSIX shared memory$/));
  });

  /** Has bash mount something in a namespace of its own, and run the program there. */
  const mounted = (what: string) => `exec unshare -rm bash -c '${what} && exec "$@"' bash "$@"`;
  const full = "mount -t tmpfs -o size=4m tmpfs /dev/shm";
  const canMount = isLinux && spawnSync("unshare", ["-rm", ...full.split(" ")]).status === 0;

  it("has a full /dev/shm: a MemoryError, nothing is left, and no SIGBUS", async ({ skip }) => {
    skip(!canMount, "no mounts of one's own here");
    const answers = await run(
      `${refusals()}
       const { readdirSync } = await import("node:fs");
       const small = SharedMemory.create({ bytes: 3e6 });
       small.view("uint8").fill(1);
       const second = thrown(() => SharedMemory.create({ bytes: 3e6 }));
       small.unlink();
       console.log(JSON.stringify({ create, second, left: readdirSync("/dev/shm") }));`,
      { before: mounted(full) },
    );
    const error = {
      name: "MemoryError",
      code: "ERR_MEMORY",
      message: expect.stringMatching(/no room for \d+ bytes .*ENOSPC/),
    };
    expect(answers).toEqual({ create: error, second: error, left: [] });
  });

  it("has no /dev/shm", async ({ skip }) => {
    skip(!canMount, "no mounts of one's own here");
    const answers = await run(refusals(), { before: mounted("mount -t tmpfs tmpfs /dev") });
    expect(answers).toEqual(unsupported(/^this system has no shared memory: \/dev\/shm is missing$/));
  });

  it.runIf(isLinux)("limits the size of files", async () => {
    const answers = await run<Record<"create", object>>(refusals(), { before: "ulimit -f 1000" });
    expect(answers.create).toMatchObject({ name: "MemoryError", message: expect.stringMatching(/EFBIG/) });
  });
});
