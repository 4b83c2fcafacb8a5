/** A copy of what the build needs for two small kernels and a few sources: it builds in seconds. */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../support/system.js";

const PARTS = [
  "scripts/build.mjs",
  "scripts/maps.mjs",
  "scripts/steps",
  "src/memory/wasm.ts",
  "src/memory/reader.ts",
  "src/errors.ts",
  "src/bench/report.schema.json",
  "asconfig.json",
  "package.json",
  "tsconfig.build.json",
  "bench/tsconfig.json",
  "bench/tsconfig.build.json",
];

/** Without the types of Node, which take TypeScript longer than all else here. */
const SETTINGS = { target: "es2022", lib: ["es2022"], module: "nodenext", types: [], strict: true };

/** What the check of the kernels takes from them. */
const DECODER = "declare class TextDecoder { decode(bytes: Uint8Array): string }\n";

export const KERNEL = `import { twice } from "../lib/twice";
export function run(begin: f64, end: f64): f64 { return twice(end - begin); }
`;

const SCALAR = "export function run(begin: f64, end: f64): f64 { return end - begin; }\n";

export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "allcores-test-"));

  constructor() {
    for (const part of PARTS) {
      mkdirSync(dirname(join(this.folder, part)), { recursive: true });
      cpSync(join(ROOT, part), join(this.folder, part), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(this.folder, "node_modules"));
    this.write("tsconfig.json", JSON.stringify({ compilerOptions: SETTINGS }));
    this.write("types/decoder.d.ts", DECODER);
    this.write("assembly/kernels/x.ts", KERNEL);
    this.write("assembly/lib/twice.ts", "export function twice(x: f64): f64 { return x * 2; }\n");
    this.write("assembly/scalar/y.ts", SCALAR);
    this.write("bench/x.bench.ts", "export default {};\n");
    this.write("src/old/gone.ts", "export const gone = 1;\n");
    this.write("src/value.ts", "export const value: number = 1;\n");
    this.write("src/index.ts", 'export { whole } from "./whole.js";\n');
    this.write("src/whole.ts", 'import { part } from "./deep/part.js";\nexport const whole = [part];\n');
    this.write("src/deep/part.ts", "export const part = {};\n");
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  remove(path = "."): void {
    rmSync(join(this.folder, path), { recursive: true });
  }

  /** When a file was written last: what a step that was skipped leaves alone. */
  written(path: string): number {
    return statSync(join(this.folder, path)).mtimeMs;
  }

  node(...args: string[]): { readonly status: number | null; readonly output: string } {
    const options = { cwd: this.folder, encoding: "utf8", timeout: 30_000 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
    return { status, output: stdout + stderr };
  }

  /** Starts a build as the leader of a group of processes, its compilers included. */
  start() {
    return spawn(process.execPath, ["scripts/build.mjs"], { cwd: this.folder, stdio: "ignore", detached: true });
  }
}
