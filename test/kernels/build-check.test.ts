/** `npm run build` refuses a kernel that breaks the rules of shared memory, and says which and why. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, temporaryFolder } from "../support/system.js";

/** What the build needs for a kernel without TypeScript around it: the check itself, and its settings. */
const PARTS = [
  "scripts/build.mjs",
  "scripts/steps",
  "src/memory/wasm.ts",
  "src/memory/reader.ts",
  "src/bench/report.schema.json",
  "src/errors.ts",
  "src/bench/report.schema.json",
  "assembly/lib",
  "asconfig.json",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "bench/tsconfig.json",
  "bench/tsconfig.build.json",
];

/** Builds a copy of the project with one kernel in a folder of assembly/. */
function build(kernel: string, home: "kernels" | "scalar" = "kernels") {
  const folder = temporaryFolder();
  for (const part of PARTS) {
    mkdirSync(dirname(join(folder, part)), { recursive: true });
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  for (const home of ["kernels", "scalar"]) mkdirSync(join(folder, "assembly", home));
  writeFileSync(join(folder, "assembly", home, "own.ts"), kernel);
  writeFileSync(join(folder, "bench/own.bench.ts"), "export default {};\n");
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], {
    cwd: folder,
    encoding: "utf8",
  });
  const module = home === "kernels" ? "own.wasm" : "own.scalar.wasm";
  return { status, output: stdout + stderr, shipped: existsSync(join(folder, "dist/kernels", module)) };
}

describe("a kernel", { timeout: 60_000 }, () => {
  it("that keeps the rules is built", () => {
    const { status, output, shipped } = build(`
      import { firstKey } from "../lib/seed";
      export function fill(begin: f64, end: f64, out: usize, seed: u64): void {
        for (let i = <usize>begin; i < <usize>end; i++) store<u64>(out + (i << 3), firstKey(seed + i));
      }`);
    expect(output).toBe("");
    expect(status).toBe(0);
    expect(shipped).toBe(true);
  });

  // One rule stands for all here: test/memory/wasm-rules.test.ts goes through them.
  it("that allocates is refused", () => {
    const { status, output, shipped } = build(
      "export function run(begin: f64, end: f64): f64 { return <f64>new Array<f64>(<i32>(end - begin)).length; }",
    );
    expect(output).toMatch(/^build: assembly\/kernels\/own\.ts has \d+ (mutable global|data segment)s?: /);
    expect(output.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(1);
    expect(shipped).toBe(false);
  });

  it("without SIMD is told by its folder, and one with it is refused there", () => {
    const scalar = "export function run(begin: f64, end: f64): f64 { return end - begin; }";
    expect(build(scalar, "scalar")).toEqual({ status: 0, output: "", shipped: true });
    const { status, output, shipped } = build(
      "export function run(begin: f64, end: f64): f64 { return f64x2.extract_lane(f64x2.splat(end - begin), 0); }",
      "scalar",
    );
    expect(output).toContain("Feature 'simd' is not enabled");
    expect(output).toContain("build: assembly/scalar/own.ts does not compile");
    expect(status).toBe(1);
    expect(shipped).toBe(false);
  });

  it("that does not compile is refused", () => {
    const { status, output, shipped } = build("export function run(begin: f64, end: f64): f64 { return missing; }");
    expect(output).toContain("Cannot find name 'missing'");
    expect(status).toBe(1);
    expect(shipped).toBe(false);
  });
});
