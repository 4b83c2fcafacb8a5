/** Compiled once: from memory, from disk, from several processes at once; and when not. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SerialExecutor } from "allcores";
import { compileKernels } from "allcores/compile";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { fromCache, intoCache } from "../../dist/compile/cache.js";
import type { Compiled, CompileRequest } from "../../dist/compile/messages.js";
import { packageFile } from "../../dist/locate.js";
import { isLinux, ROOT, start } from "../support/system.js";
import { newFolder, written } from "./sources.js";

const request = (file: string): CompileRequest => ({
  file,
  base: 65_600,
  arena: 1,
  optimize: 3,
  noAssert: false,
  checked: false,
});
const given = (dependencies: Compiled["dependencies"] = []): Compiled => ({
  wasm: Uint8Array.of(1, 2, 3),
  map: '{"ä":1}',
  kernels: [{ name: "f", params: [], result: "void" }],
  hasStaticData: true,
  warnings: ["careful"],
  dependencies,
});

let folder: string;
const before = process.env.ALLCORES_CACHE;
beforeEach(() => {
  folder = join(newFolder(), "cache");
  process.env.ALLCORES_CACHE = folder;
});
afterEach(() => {
  if (before === undefined) delete process.env.ALLCORES_CACHE;
  else process.env.ALLCORES_CACHE = before;
});
const entries = () => (existsSync(folder) ? readdirSync(folder) : []);

describe("entries", () => {
  it("come back as they were given, from a folder of the user's own", async () => {
    await intoCache(request("/a.ts"), "1", given());
    expect(await fromCache(request("/a.ts"), "1")).toEqual(given());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(entries()).toHaveLength(1);
  });

  it("are for one file, set of options, base and version each", async () => {
    await intoCache(request("/a.ts"), "1", given());
    expect(await fromCache(request("/b.ts"), "1")).toBeUndefined();
    expect(await fromCache(request("/a.ts"), "2")).toBeUndefined();
    for (const change of [{ base: 1 }, { arena: 2 }, { optimize: 1 }, { noAssert: true }])
      expect(await fromCache({ ...request("/a.ts"), ...change }, "1")).toBeUndefined();
  });

  it("are void when any byte has changed, or some are missing", async () => {
    await intoCache(request("/a.ts"), "1", given());
    const path = join(folder, entries()[0] as string);
    const content = readFileSync(path);
    for (let i = 0; i < content.length; i++) {
      writeFileSync(path, content.with(i, (content[i] as number) ^ 1));
      expect(await fromCache(request("/a.ts"), "1"), `byte ${i}`).toBeUndefined();
    }
    for (const length of [0, 10, 40, content.length - 1]) {
      writeFileSync(path, content.subarray(0, length));
      expect(await fromCache(request("/a.ts"), "1"), `${length} bytes`).toBeUndefined();
    }
  });

  it.runIf(isLinux)("are not taken from a folder that others may write to", async () => {
    await intoCache(request("/a.ts"), "1", given());
    chmodSync(folder, 0o777);
    const warnings: string[] = [];
    const listen = ({ message }: Error) => void warnings.push(message);
    process.on("warning", listen);
    onTestFinished(() => void process.off("warning", listen));
    expect(await fromCache(request("/a.ts"), "1")).toBeUndefined();
    expect(await fromCache(request("/a.ts"), "1")).toBeUndefined();
    await expect.poll(() => warnings).toEqual([`${folder} is not used: others may open it (chmod 700)`]);
  });

  it.runIf(isLinux)("have no place without a home, and a relative XDG_CACHE_HOME is none", async () => {
    const code = `
      import { intoCache } from ${JSON.stringify(packageFile("compile/cache.js").href)};
      await intoCache(${JSON.stringify(request("/a.ts"))}, "1", { wasm: Uint8Array.of(), map: "", kernels: [], warnings: [], dependencies: [] });`;
    const at = newFolder();
    const outcome = await start(
      `process.chdir(${JSON.stringify(at)});
      import os from "node:os";
      import { syncBuiltinESMExports } from "node:module";
      os.homedir = () => { throw new Error("no home"); };
      syncBuiltinESMExports();
      process.env.ALLCORES_CACHE = "";
      process.env.XDG_CACHE_HOME = "caches";${code}`,
    ).ended;
    expect([outcome.code, outcome.stderr, readdirSync(at)]).toEqual([0, "", ["package.json"]]);
  });

  it("that writers have left behind go", async () => {
    await intoCache(request("/a.ts"), "1", given());
    const [old, young] = ["a.kernels.0-1", "a.kernels.0-2"].map((name) => join(folder, name)) as [string, string];
    for (const path of [old, young]) writeFileSync(path, "half");
    utimesSync(old, 1, 1);
    await intoCache(request("/b.ts"), "1", given());
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });

  it("that can't be written are no error", async () => {
    writeFileSync(folder, "a file in its place");
    await intoCache(request("/a.ts"), "1", given());
    expect(await fromCache(request("/a.ts"), "1")).toBeUndefined();
  });
});

describe("compileKernels", { timeout: 30_000 }, () => {
  const source = (value: number) => `import { g } from "./g"; export function f(): i32 { return ${value} + g(); }`;
  const g = (value: number) => `export function g(): i32 { return ${value}; }`;
  const executor = new SerialExecutor();
  const run = async (url: URL) => {
    const kernels = await compileKernels<{ f(): number }>(url);
    return executor.submit(kernels.f);
  };

  it("gives the same handles while nothing has changed, and new ones when an import has", async () => {
    const at = newFolder();
    const url = written({ "k.ts": source(1), "g.ts": g(10) }, at);
    const first = await compileKernels(url);
    expect(await compileKernels(url)).toBe(first);
    expect(await run(url)).toBe(11);
    written({ "g.ts": g(20) }, at);
    expect(await run(url)).toBe(21);
    written({ "k.ts": source(2) }, at);
    expect(await run(url)).toBe(22);
    expect(await executor.submit(first.f as never)).toBe(11); // old handles mean what they meant
  });

  it("compiles anew when a file appears that is found earlier", async () => {
    const at = newFolder();
    const url = written({ "k.ts": source(1), "g/index.ts": g(10) }, at);
    expect(await run(url)).toBe(11);
    written({ "g.ts": g(30) }, at);
    expect(await run(url)).toBe(31);
  });

  it("calls at once share one compilation", async () => {
    const url = written({ "k.ts": source(1), "g.ts": g(10) });
    const all = await Promise.all(Array.from({ length: 5 }, () => compileKernels(url)));
    expect(new Set(all).size).toBe(1);
    expect(entries()).toHaveLength(1);
  });

  it("does not read a project's asconfig.json", async () => {
    const url = written({
      "k.ts": source(1),
      "g.ts": g(10),
      "asconfig.json": '{"options":{"runtime":"incremental","use":["g=x"]}}',
    });
    expect(await run(url)).toBe(11);
  });

  const LONG = { timeout: 120_000 }; // cold compilers, which other work may slow down
  it("processes that compile the same at once do not disturb each other, nor does a broken entry", LONG, async () => {
    const url = written({ "k.ts": source(1), "g.ts": g(10) });
    const code = `
      import { SerialExecutor } from ${JSON.stringify(packageFile("index.js").href)};
      import { compileKernels } from ${JSON.stringify(packageFile("compile.js").href)};
      const { f } = await compileKernels(${JSON.stringify(url.href)}, { optimize: 0 });
      console.log(await new SerialExecutor().submit(f));`;
    const program = async () => {
      const { stdout, stderr } = await start(code, { env: { ALLCORES_CACHE: folder } }).ended;
      return stdout + stderr;
    };
    expect(await Promise.all([program(), program()])).toEqual(["11\n", "11\n"]);
    const [entry] = entries();
    expect(entries()).toEqual([entry]); // nothing half written is left
    writeFileSync(join(folder, entry as string), "broken");
    const { f } = await compileKernels<{ f(): number }>(url, { optimize: 0 });
    expect(await new SerialExecutor().submit(f)).toBe(11);
    expect(statSync(join(folder, entry as string)).size).toBeGreaterThan(100);
  });
});

it("the folder of the kernel library is published", () => {
  const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { files: string[] };
  for (const file of ["index.ts", "library/ptr.ts", "rt/arena.ts", "rt/host.ts"]) {
    expect(existsSync(fileURLToPath(packageFile(`../assembly/${file}`)))).toBe(true);
    expect(files).toContain(file.includes("/") ? `assembly/${file.split("/")[0]}/*.ts` : `assembly/${file}`);
  }
});
