/** `npm run build` refuses a kernel that breaks the rules of shared memory, and says which and why. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, temporaryFolder } from "../package/consumer.js";

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

const { path: folder, remove } = temporaryFolder();
beforeAll(() => {
  for (const part of PARTS) {
    mkdirSync(dirname(join(folder, part)), { recursive: true });
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const home of ["kernels", "scalar"]) mkdirSync(join(folder, "assembly", home));
  writeFileSync(join(folder, "bench/own.bench.ts"), "export default {};\n");
});
afterAll(remove);

const SCALAR = "export function run(begin: f64, end: f64): f64 { return end - begin; }";

/** Builds a copy of the project, always the same one, with one kernel in each folder of assembly/. */
function build(kernel: string, scalar = SCALAR) {
  writeFileSync(join(folder, "assembly/kernels/own.ts"), kernel);
  writeFileSync(join(folder, "assembly/scalar/own.ts"), scalar);
  const options = { cwd: folder, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], options);
  const [shipped, scalarShipped] = ["own.wasm", "own.scalar.wasm"].map((module) =>
    existsSync(join(folder, "dist/kernels", module)),
  );
  return { status, output: stdout + stderr, shipped, scalarShipped };
}

const KERNEL = `
  import { firstKey } from "../lib/seed";
  export function fill(begin: f64, end: f64, out: usize, seed: u64): void {
    for (let i = <usize>begin; i < <usize>end; i++) store<u64>(out + (i << 3), firstKey(seed + i));
  }`;

const ALLOCATING =
  "export function run(begin: f64, end: f64): f64 { return <f64>new Array<f64>(<i32>(end - begin)).length; }";

describe("a kernel", { timeout: 60_000 }, () => {
  it("that keeps the rules is built, and one without SIMD, which its folder tells", () => {
    expect(build(KERNEL)).toEqual({ status: 0, output: "", shipped: true, scalarShipped: true });
  });

  it("that does not compile is refused", () => {
    const { status, output, shipped } = build("export function run(begin: f64, end: f64): f64 { return missing; }");
    expect(output).toContain("Cannot find name 'missing'");
    expect(status).toBe(1);
    expect(shipped).toBe(false);
  });

  // One rule stands for all here: test/memory/wasm-rules.test.ts goes through them.
  it("that allocates is refused", () => {
    const { status, output, shipped } = build(ALLOCATING);
    expect(output).toMatch(/^build: assembly\/kernels\/own\.ts has \d+ (mutable global|data segment)s?: /);
    expect(output.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(1);
    expect(shipped).toBe(false);
  });

  it("with SIMD is refused where there is none", () => {
    // Beside the kernel of the build before, which is not compiled again: it takes 4 s.
    const { status, output, scalarShipped } = build(
      ALLOCATING,
      "export function run(begin: f64, end: f64): f64 { return f64x2.extract_lane(f64x2.splat(end - begin), 0); }",
    );
    expect(output).toContain("Feature 'simd' is not enabled");
    expect(output).toContain("build: assembly/scalar/own.ts does not compile");
    expect(status).toBe(1);
    expect(scalarShipped).toBe(false);
  });
});
