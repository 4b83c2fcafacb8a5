/** The package as its users get it: packed, and installed into an empty project in a temporary folder. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Outcome {
  /** The exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, without a shell; killed with SIGKILL after `timeout` ms. */
export function run(cwd: string, command: string, args: readonly string[], timeout = 15_000): Promise<Outcome> {
  // A test runner's settings are not the user's.
  const env = { ...process.env, NODE_OPTIONS: "", NODE_ENV: "" };
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, timeout, killSignal: "SIGKILL", maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? error.signal ?? String(error)) : 0, stdout, stderr }),
    );
  });
}

/** As `run`, and throws with what was printed unless the command succeeds. */
export async function succeed(cwd: string, command: string, args: readonly string[], timeout?: number) {
  const outcome = await run(cwd, command, args, timeout);
  if (outcome.code === 0) return outcome;
  throw new Error(`${command} ${args.join(" ")}: ${outcome.code}\n${outcome.stdout}${outcome.stderr}`);
}

/** An empty folder of the caller's own, and how to remove it. */
export function temporaryFolder() {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "allcores-test-")));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Where npm's own output would only be noise; the cache is asked first. */
const QUIET = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];

export interface Packed {
  /** The tarball's full path. */
  readonly tarball: string;
  /** What it holds, by path within the package. */
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
  readonly unpackedSize: number;
}

/** Packs as a release does, with prepack and postpack: what has been built is built, and its source maps stay behind. */
export async function pack(folder: string): Promise<Packed> {
  const args = ["pack", "--foreground-scripts=false", "--json", "--pack-destination", folder];
  const { stdout } = await succeed(root, "npm", args, 90_000);
  const [packed] = JSON.parse(stdout);
  return { ...packed, tarball: join(folder, packed.filename) };
}

/** Makes a project with the fixtures in it, and installs into it. */
export async function install(folder: string, ...what: string[]): Promise<void> {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  cpSync(new URL("./fixtures", import.meta.url), folder, { recursive: true });
  await succeed(folder, "npm", ["install", ...what, ...QUIET], 90_000);
}
