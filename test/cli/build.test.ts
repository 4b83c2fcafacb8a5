/** `allcores build` and `allcores init`, as they are typed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root, run as runProgram, succeed, temporaryFolder as temporary } from "../package/consumer.js";
import { temporaryFolder } from "../support/system.js";
import { runHere, startHere } from "./here.js";
import { hasScript, run, runOnTerminal, start, until } from "./run.js";

const LIMIT = 60_000;
const KERNEL = `import { Ptr } from "allcores/assembly";
/** y <- a*x + y */
export function saxpy(begin: i32, end: i32, a: f32, x: Ptr<f32>, y: Ptr<f32>): void {
  for (let i = begin; i < end; i++) y[i] = a * x[i] + y[i];
}
`;

/** A folder with the kernel in it, and the package installed. */
function project(cwd = temporaryFolder(), type = "module"): string {
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, "saxpy.ts"), KERNEL);
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ type }));
  install(cwd);
  return cwd;
}

function install(cwd: string): void {
  mkdirSync(join(cwd, "node_modules"), { recursive: true });
  symlinkSync(root, join(cwd, "node_modules/allcores"), "junction");
  for (const name of ["assemblyscript", "@types"])
    symlinkSync(join(root, "node_modules", name), join(cwd, "node_modules", name), "junction");
}

/** What the package's declarations and the programs take from Node: to check the types of Node and of the DOM takes 5 s. */
const GLOBALS = `declare const console: { log(...values: unknown[]): void };
interface AbortSignal { readonly aborted: boolean }
interface URL { readonly href: string }
`;

/** Compiles TypeScript. @returns what is wrong with it */
async function typesOf(cwd: string, files: readonly string[]): Promise<string> {
  const compilerOptions = {
    target: "es2022",
    lib: ["es2022", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    types: [],
    skipLibCheck: false,
  };
  writeFileSync(join(cwd, "globals.d.ts"), GLOBALS);
  writeFileSync(join(cwd, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["globals.d.ts", ...files] }));
  return (await runProgram(cwd, process.execPath, [join(root, "node_modules/typescript/bin/tsc")], 60_000)).stdout;
}

/** Starts the command, and gathers what it says. */
function listened(args: string[], cwd: string) {
  const started = start(args, { cwd });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    started.child[name].on("data", (text) => {
      said[name] += text;
    });
  return { said, ...started };
}

describe("allcores build", () => {
  describe("writes a module, its handles and their types", () => {
    // One folder of two projects, which TypeScript is asked about once.
    const both = temporary();
    const [cwd, common] = [join(both.path, "module"), join(both.path, "common")];
    beforeAll(() => {
      project(cwd);
      project(common, "commonjs");
      symlinkSync(join(cwd, "node_modules"), join(both.path, "node_modules"), "junction");
    });
    afterAll(() => both.remove());

    test("in a package of ES modules", { timeout: LIMIT }, async () => {
      const { code, stdout, stderr } = await run(["build", "saxpy.ts", "-o", "out/deep"], { cwd });
      expect(stderr).toBe("");
      expect(code).toBe(0);
      expect(stdout).toMatch(/^out\/deep\/saxpy\.wasm\n.*\n.*\nout\/deep\/saxpy\.d\.ts\nsaxpy: .*s, slot \d+\n$/);
      expect(readdirSync(join(cwd, "out/deep")).sort()).toEqual([
        "saxpy.d.ts",
        "saxpy.js",
        "saxpy.wasm",
        "saxpy.wasm.map",
      ]);
      expect(readFileSync(join(cwd, "out/deep/saxpy.d.ts"), "utf8")).toContain(
        "/**\n * y <- a*x + y\n * In AssemblyScript: (begin: i32, end: i32, a: f32, x: Ptr<f32>, y: Ptr<f32>)\n */\n" +
          "export declare const saxpy: Kernel<(begin: number, end: number, a: number, x: Float32Array, y: Float32Array) => void, { a: number; x: Float32Array; y: Float32Array }>;",
      );
    });

    test(".mjs and .d.mts in a package of CommonJS", { timeout: LIMIT }, async () => {
      const { stdout, stderr } = await runHere(["build", "saxpy.ts", "-o", "out"], { cwd: common });
      expect(stderr).toBe("");
      expect(stdout).toMatch(/^out\/saxpy\.wasm\nout\/saxpy\.wasm\.map\nout\/saxpy\.mjs\nout\/saxpy\.d\.mts\nsaxpy: /);
      expect(readdirSync(join(common, "out")).sort()).toEqual([
        "saxpy.d.mts",
        "saxpy.mjs",
        "saxpy.wasm",
        "saxpy.wasm.map",
      ]);
    });

    test("of which TypeScript thinks as Node does", { timeout: LIMIT }, async () => {
      const use = `  const [x, y] = [heap.float32([1, 2, 3]), heap.float32([10, 20, 30])];
  await pool.parallelFor(saxpy, 3, [2, x, y]);
  // @ts-expect-error: not an array of floats
  await pool.parallelFor(saxpy, 3, [2, heap.int32(3), y]).catch((error: Error) => console.log(error.name, [...y].join()));
  await pool.shutdown();
`;
      const texts = {
        "module/use.ts": `import { heap, ThreadExecutor } from "allcores";
import { saxpy } from "./out/deep/saxpy.js";
const pool = new ThreadExecutor({ workers: 2 });
${use}`,
        "common/common.ts": `async function main() {
  const { heap, SerialExecutor } = await import("allcores");
  const { saxpy } = await import("./out/saxpy.mjs");
  const pool = new SerialExecutor();
${use}}
void main();
`,
        "common/esm.mts": `import { heap, SerialExecutor } from "allcores";
import { saxpy } from "./out/saxpy.mjs";
const pool = new SerialExecutor();
${use}`,
      };
      for (const [file, text] of Object.entries(texts)) writeFileSync(join(both.path, file), text);
      expect(await typesOf(both.path, Object.keys(texts))).toBe("");
      expect(readFileSync(join(common, "common.js"), "utf8")).toContain("use strict");
      for (const program of ["module/use.js", "common/common.js", "common/esm.mjs"])
        expect((await succeed(both.path, process.execPath, [program])).stdout).toBe("TypeError 12,24,36\n");
    });
  });

  test("writes .mjs in a package that does not say what it is", { timeout: LIMIT }, async () => {
    const cwd = project();
    writeFileSync(join(cwd, "package.json"), "{}");
    await runHere(["build", "saxpy.ts", "-o", "out"], { cwd });
    expect(readdirSync(join(cwd, "out")).sort()).toEqual(["saxpy.d.mts", "saxpy.mjs", "saxpy.wasm", "saxpy.wasm.map"]);
  });

  test("files may have names that URLs and options are written with", { timeout: LIMIT }, async () => {
    const cwd = project();
    const names = ["a#1 b%20?", "-k"];
    for (const name of names) {
      writeFileSync(join(cwd, `${name}.ts`), "export function bad(a: i32): i32 {\n  return 1 / a;\n}");
      expect(await runHere(["build", `./${name}.ts`], { cwd })).toMatchObject({ code: 0, stderr: "" });
    }
    const program = `import { SerialExecutor } from "allcores";
for (const name of ${JSON.stringify(names)}) {
  const { bad } = await import("./" + encodeURIComponent(name) + ".js");
  await new SerialExecutor().submit(bad, [0]).catch((error) => console.log(error.message));
}`;
    writeFileSync(join(cwd, "use.js"), program);
    const lines = names.map((name) => `bad (${name}.ts) failed at ${name}.ts:2:10: RuntimeError: divide by zero\n`);
    expect((await succeed(cwd, process.execPath, ["use.js"])).stdout).toBe(lines.join(""));
  });

  test("takes a slot and an arena, and tells all as JSON", { timeout: LIMIT }, async () => {
    const cwd = project();
    const { stdout } = await runHere(["build", "saxpy.ts", "--slot", "7", "--arena", "2MiB", "--no-assert", "--json"], {
      cwd,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      kernels: ["saxpy"],
      slot: 7,
      files: ["saxpy.wasm", "saxpy.wasm.map", "saxpy.js", "saxpy.d.ts"],
    });
  });

  test("shows what does not compile, and exits with 1", { timeout: LIMIT }, async () => {
    const cwd = project();
    writeFileSync(join(cwd, "saxpy.ts"), KERNEL.replace("a * x[i]", "b * x[i]"));
    const { code, stdout, stderr } = await runHere(["build", "saxpy.ts", "-o", "out"], { cwd });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^allcores: saxpy\.ts does not compile:\n\nsaxpy\.ts:4:44: Cannot find name 'b'\.\n {2}3 \| .*\n> 4 \| .*\n +\| +\^\n$/,
    );
    expect(existsSync(join(cwd, "out"))).toBe(false);
  });

  test.each([
    [["build"], /missing .*'files'/],
    [["build", "no/*.ts"], /no file matches 'no\/\*\.ts'/],
    [["build", "saxpy.ts", "other/saxpy.ts"], /saxpy\.ts and other\/saxpy\.ts would be written to the same files/],
    [["build", "saxpy.ts", "other.ts", "--slot", "3"], /--slot is of one file/],
    [["build", "saxpy.js"], /must end in \.ts/],
    [["build", "saxpy.ts", "--slot", "1024"], /--slot .*from 0 to 1023/],
    [["build", "saxpy.ts", "--arena", "1"], /--arena .*64KiB to 1GiB/],
    [["init"], /missing .*'folder'/],
    [["init", "."], /not empty/],
  ])("%j is a wrong use", { timeout: LIMIT }, async (args, message) => {
    const cwd = project();
    const { code, stdout, stderr } = await runHere(args, { cwd });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });

  /** Three files of kernels in a folder, of which the second does not compile. */
  function three(): string {
    const cwd = project();
    mkdirSync(join(cwd, "kernels", "node_modules"), { recursive: true });
    for (const [name, result] of Object.entries({ one: "1", two: "none", three: "3" }))
      writeFileSync(join(cwd, `kernels/${name}.ts`), `export function ${name}(): i32 { return ${result}; }\n`);
    writeFileSync(join(cwd, "kernels/node_modules/four.ts"), "no kernel");
    writeFileSync(join(cwd, "kernels/five.d.ts"), "export {};");
    return cwd;
  }

  test("takes many files and patterns, and goes on behind one that does not compile", { timeout: LIMIT }, async () => {
    const cwd = three();
    const { code, stdout, stderr } = await runHere(["build", "saxpy.ts", "kernels/**/*.ts", "-o", "out"], { cwd });
    expect(code).toBe(1);
    expect(stdout.match(/^\w+(?=: )/gm)).toEqual(["saxpy", "one", "three"]);
    expect(stderr).toMatch(/^allcores: two\.ts does not compile:[\s\S]*\nallcores: 1 of 4 files do not compile\n$/);
    expect(readdirSync(join(cwd, "out")).filter((name) => name.endsWith(".js"))).toEqual([
      "one.js",
      "saxpy.js",
      "three.js",
    ]);
  });

  test("--watch watches them together, and builds what has changed", { timeout: LIMIT }, async () => {
    const cwd = three();
    const { said, interrupt, finished } = startHere(["build", "kernels/*.ts", "--watch", "--json"], { cwd });
    const built = () =>
      said.stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line).kernels[0]);
    await until(() => built().length === 2 && said.stderr.includes("Cannot find name 'none'"));
    writeFileSync(join(cwd, "kernels/two.ts"), "export function two(): i32 { return 2; }\n");
    await until(() => built().length === 3);
    interrupt();
    expect((await finished).code).toBe(130);
    expect(built()).toEqual(["one", "three", "two"]);
  });

  test.runIf(hasScript)("shows on a terminal what it compiles, and wipes it", { timeout: LIMIT }, async () => {
    const cwd = project();
    const { stdout } = await runOnTerminal(["build", join(cwd, "saxpy.ts"), "-o", cwd]);
    const [note = "", answer] = stdout.split("\r\u001b[2K");
    expect(note).toMatch(/^compiling .*saxpy\.ts \.\.\.$/);
    expect(answer).toMatch(/saxpy: .*\r\n$/);
  });

  test("--watch builds again after each change, errors included, until Ctrl-C", { timeout: LIMIT }, async () => {
    const cwd = project();
    writeFileSync(join(cwd, "lib.ts"), "export function g(): i32 { return 1; }\n");
    writeFileSync(join(cwd, "k.ts"), 'import { g } from "./lib"; export function f(): i32 { return g(); }');
    const { said, ...started } = listened(["build", "k.ts", "--watch"], cwd);
    const builds = () => said.stdout.split("slot").length - 1;
    await until(() => builds() === 1);
    writeFileSync(join(cwd, "lib.ts"), "export function g(): i32 { return none; }\n");
    await until(() => said.stderr.includes("Cannot find name 'none'"));
    writeFileSync(join(cwd, "lib.ts"), "export function g(): i32 { return 12345; }\n");
    await until(() => builds() === 2);
    started.child.kill("SIGINT");
    expect((await started.finished).code).toBe(130);
  });

  test("--watch waits for a file that is not there, too", { timeout: LIMIT }, async () => {
    const cwd = project();
    writeFileSync(join(cwd, "k.ts"), 'import { g } from "./lib"; export function f(): i32 { return g(); }');
    const { said, interrupt, finished } = startHere(["build", "k.ts", "--watch"], { cwd });
    await until(() => said.stderr.includes("'lib.ts' not found"));
    writeFileSync(join(cwd, "lib.ts"), "export function g(): i32 { return 1; }\n");
    await until(() => said.stdout.includes("slot"));
    interrupt();
    expect((await finished).code).toBe(130);
  });

  test.each([[[]], [["--slot", "3"]]])(
    "--watch %j says once that the file has gone, and waits for it",
    {
      timeout: LIMIT,
    },
    async (more) => {
      const cwd = project();
      const { said, interrupt, finished } = startHere(["build", "saxpy.ts", "--watch", ...more], { cwd });
      const builds = () => said.stdout.split(", slot").length - 1;
      await until(() => builds() === 1);
      renameSync(join(cwd, "saxpy.ts"), join(cwd, "away.ts"));
      await until(() => said.stderr.includes("saxpy.ts can't be read"));
      await delay(500); // five looks
      renameSync(join(cwd, "away.ts"), join(cwd, "saxpy.ts"));
      await until(() => builds() === 2);
      expect(said.stderr.split("can't be read").length - 1).toBe(1);
      interrupt();
      expect((await finished).code).toBe(130);
    },
  );
});

describe("allcores init", () => {
  // Its test and bench run in package/consumer, where the tarball is installed.
  test("makes a project whose editor view works", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await run(["init", "My Kernel", "--json"], { cwd });
    expect(code).toBe(0);
    const { folder, next } = JSON.parse(stdout);
    expect(next).toEqual(["cd 'My Kernel'", "npm install", "npm test", "npm run bench"]);
    const { name, scripts, dependencies, engines } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    expect(name).toBe("my-kernel");
    expect(engines).toEqual(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines);
    expect(dependencies.allcores).toMatch(/^\^\d+\.\d+\.\d+$/);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(["build", "watch", "test", "bench"]));
    install(folder);
    await succeed(folder, process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "assembly"], 30_000);
    expect(readdirSync(join(folder, "assembly")).sort()).toEqual(["kernels.ts", "tsconfig.json"]);
  });

  test.each([
    ["kernels/of-mine_2", "cd kernels/of-mine_2"],
    ["it's $HOME", "cd 'it'\\''s $HOME'"],
  ])("says how to get into %s", { timeout: LIMIT }, async (folder, line) => {
    const cwd = temporaryFolder();
    const { stdout } = await runHere(["init", folder], { cwd });
    expect(stdout).toContain(`\n\n${line}\nnpm install\n`);
    await succeed(cwd, "sh", ["-c", `${line} && test -f package.json`]);
  });
});
