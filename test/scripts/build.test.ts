/**
 * `npm run build` skips what has not changed, and dist/ holds what a build from nothing would put there. A kernel that breaks
 * the rules of shared memory is refused, and it says which and why.
 */
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inputsOf } from "../../scripts/steps/kernels.mjs";
import { KERNEL, Project } from "./project.js";

const project = new Project();
const build = () => expect(project.node("scripts/build.mjs")).toEqual({ status: 0, output: "" });
const exists = (path: string) => existsSync(join(project.folder, path));
const MODULE = "build/kernels/x.wasm";

beforeAll(build, 30_000);
afterAll(() => project.remove());

describe("a build", { timeout: 30_000 }, () => {
  it("makes kernels, and those without SIMD, which their folder tells", () => {
    for (const module of ["x.wasm", "y.scalar.wasm"]) expect(exists(`dist/kernels/${module}`)).toBe(true);
  });

  it("writes maps beside what it compiles, which reach the sources", () => {
    for (const [path, source] of [
      ["dist/value.js", "../src/value.ts"],
      ["dist/value.d.ts", "../src/value.ts"],
      ["dist/suite/x.bench.js", "../../bench/x.bench.ts"],
    ] as const) {
      expect(project.read(path)).toMatch(/\n\/\/# sourceMappingURL=.*\.map$/);
      expect(JSON.parse(project.read(`${path}.map`)).sources).toEqual([source]);
    }
  });

  it("joins the modules of an entry: each is one object still, and the map reaches its source", () => {
    expect(project.read("dist/index.joined.js")).toContain("const part = {}");
    expect(JSON.parse(project.read("dist/index.joined.js.map")).sources).toEqual([
      "../src/deep/part.ts",
      "../src/whole.ts",
    ]);
    const program = `
      const [entry, module] = await Promise.all([import("./dist/index.js"), import("./dist/deep/part.js")]);
      process.exitCode = entry.whole[0] === module.part ? 0 : 1;`;
    expect(project.node("--input-type=module", "-e", program)).toEqual({ status: 0, output: "" });
  });

  it("writes nothing that is there already", () => {
    const files = [MODULE, "dist/value.js", "dist/index.joined.js", "dist/suite/x.bench.js"];
    const before = files.map((path) => project.written(path));
    build();
    expect(files.map((path) => project.written(path))).toEqual(before);
  });

  it("after a change in src/ compiles no kernel, and leaves nothing of sources that have gone", () => {
    const before = project.written(MODULE);
    project.write("src/value.ts", "export const value: number = 2;\n");
    project.remove("src/old");
    expect(exists("dist/old/gone.d.ts")).toBe(true);
    build();
    expect(project.read("dist/value.js")).toContain("value = 2;");
    expect(exists("dist/old")).toBe(false);
    expect(project.written(MODULE)).toBe(before);
  });

  it("that was killed is no excuse to skip: what it wrote of a source is made again", async () => {
    const before = project.read("dist/value.js");
    project.write("src/value.ts", "export const value: number = 3;\n");
    const stamps = join(project.folder, "build/stamps");
    const watcher = watch(stamps);
    const killed = project.start();
    while (existsSync(join(stamps, "src.json"))) await once(watcher, "change");
    process.kill(-(killed.pid as number), "SIGKILL");
    await once(killed, "exit");
    watcher.close();
    // As if TypeScript had come as far as this file, and the change is taken back.
    project.write("dist/value.js", "export const value = 3;\n");
    project.write("src/value.ts", "export const value: number = 2;\n");
    build();
    expect(project.read("dist/value.js")).toBe(before);
  });
});

describe("a kernel is compiled again", () => {
  const kernel = { source: "assembly/kernels/x.ts", name: "x", options: [] };
  const home = process.cwd();
  beforeAll(() => process.chdir(project.folder));
  afterAll(() => process.chdir(home));

  it("after another version of the compiler or other options", () => {
    const before = inputsOf(kernel, ["1.0.0", "131"]);
    expect(inputsOf(kernel, ["1.0.0", "131"])).toBe(before);
    expect(inputsOf(kernel, ["1.0.1", "131"])).not.toBe(before);
    expect(inputsOf({ ...kernel, options: ["--disable", "simd"] }, ["1.0.0", "131"])).not.toBe(before);
  });

  it.each(["asconfig.json", "assembly/kernels/x.ts", "assembly/lib/twice.ts"])("after a change of %s", (path) => {
    const before = inputsOf(kernel, []);
    const text = project.read(path);
    project.write(path, `${text}\n`);
    expect(inputsOf(kernel, [])).not.toBe(before);
    project.write(path, text);
    project.write("assembly/lib/other.ts", "// which it does not import\n");
    expect(inputsOf(kernel, [])).toBe(before);
  });
});

describe("comments that name source maps", () => {
  it("are removed for a package and restored after it, to the byte and the mode", () => {
    const paths = ["dist/value.js", "dist/value.d.ts", "dist/suite/x.bench.js"];
    const before = paths.map((path) => project.read(path));
    expect(project.node("scripts/maps.mjs", "remove")).toEqual({ status: 0, output: "" });
    for (const path of paths) expect(project.read(path)).not.toContain("sourceMappingURL");
    expect(project.node("scripts/maps.mjs", "restore")).toEqual({ status: 0, output: "" });
    expect(paths.map((path) => project.read(path))).toEqual(before);
  });
});

describe("a build that fails", { timeout: 30_000 }, () => {
  it("by an error of types fails again without a change", () => {
    project.write("src/value.ts", 'export const value: number = "4";\n');
    for (let time = 0; time < 2; time++) {
      const { status, output } = project.node("scripts/build.mjs");
      expect(output).toContain("src/value.ts(1,14): error TS2322");
      expect(output).toMatch(/\nbuild: src does not compile\n$/);
      expect(status).toBe(1);
    }
  });

  // One rule stands for all here: test/memory/wasm-rules.test.ts goes through them.
  it("by a kernel that allocates says so in one line", () => {
    project.write("src/value.ts", "export const value: number = 4;\n");
    expect(exists("dist/kernels/x.wasm")).toBe(true);
    project.write(
      "assembly/kernels/x.ts",
      "export function run(begin: f64, end: f64): f64 { return <f64>new Array<f64>(<i32>(end - begin)).length; }",
    );
    const { status, output } = project.node("scripts/build.mjs");
    expect(output).toMatch(/^build: assembly\/kernels\/x\.ts has \d+ (mutable global|data segment)s?: .*\n$/);
    expect([status, exists("dist/kernels/x.wasm")]).toEqual([1, false]);
  });

  it("by kernels that do not compile, or have SIMD where there is none, takes them out of dist/", () => {
    expect(exists("dist/kernels/y.scalar.wasm")).toBe(true);
    project.write("assembly/kernels/x.ts", `${KERNEL} missing;`);
    project.write(
      "assembly/scalar/y.ts",
      "export function run(begin: f64, end: f64): f64 { return f64x2.extract_lane(f64x2.splat(end - begin), 0); }",
    );
    const { status, output } = project.node("scripts/build.mjs");
    expect(output).toContain("Cannot find name 'missing'");
    expect(output).toContain("build: assembly/kernels/x.ts does not compile");
    expect(output).toContain("Feature 'simd' is not enabled");
    expect(status).toBe(1);
    expect(exists("dist/kernels/y.scalar.wasm")).toBe(false);
  });
});
