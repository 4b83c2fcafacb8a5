/** Runs the built command as its users do, and looks at what it leaves behind. */
import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { childrenOf } from "../support/system.js";

export const MAIN_URL = new URL("../../dist/cli/main.js", import.meta.url).href;
const MAIN = fileURLToPath(MAIN_URL);

/** The environment without what would change the command's ways. */
export const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(ALLCORES|NODE_OPTIONS|VITEST)/.test(name)),
);

/** Hours of work: orbits of the real axis, most of which neither escape nor cycle; a pixel takes ms, uninterrupted. */
export const LONG = ["fractal", "--size", "3000x3000", "--re=-1.99:-1.8", "--im=0:0", "--iterations", "1e6"];

export interface Options {
  /** The folder to run in. */
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** A process group of its own, as a terminal gives each command. */
  readonly ownGroup?: boolean;
  /** Arguments of node itself. */
  readonly nodeArgs?: readonly string[];
  /** An open file that stdout goes to, in place of what is collected. */
  readonly stdout?: number;
}

export interface Finished {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly pid: number;
  readonly finished: Promise<Finished>;
}

/** Starts `allcores ...args`; killed when the test ends before it does. */
export function start(
  args: readonly string[],
  { cwd, env, ownGroup, nodeArgs = [], stdout: file }: Options = {},
): Started {
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
    cwd,
    env: { ...inherited, ...env },
    detached: ownGroup ?? false,
    stdio: ["ignore", file ?? "pipe", "pipe"],
  }) as Started["child"];
  onTestFinished(() => {
    if (child.exitCode === null) child.kill("SIGKILL");
  });
  const exit = exitOf(child);
  const finished = Promise.all([exit, file === undefined ? text(child.stdout) : "", text(child.stderr)]).then(
    ([code, stdout, stderr]) => ({
      code,
      stdout,
      stderr,
    }),
  );
  finished.catch(() => {}); // heard by who awaits it
  return { child, pid: child.pid ?? -1, finished };
}

function exitOf(child: ChildProcess): Promise<Finished["code"]> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
}

/** Runs `allcores ...args` to its end. */
export function run(args: readonly string[], options?: Options): Promise<Finished> {
  return start(args, options).finished;
}

/** util-linux's, which gives a command a terminal; of the system, not of a package. */
const SCRIPT = "script";

/** Whether it is there. */
export const hasScript = spawnSync(SCRIPT, ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;

/**
 * Runs `allcores ...args` on a terminal, and gives all that it wrote there, stderr too.
 * @param file where stdout goes in place of the terminal
 */
export async function runOnTerminal(
  args: readonly string[],
  env: Record<string, string> = {},
  file?: string,
): Promise<Finished> {
  // The command's variables, not the shell's: it would not be found.
  const variables = Object.entries(env).map(([name, value]) => `${name}='${value}'`);
  const words = [process.execPath, MAIN, ...args].map((arg) => `'${arg}'`);
  const line = [...variables, ...words, ...(file === undefined ? [] : [`> '${file}'`])].join(" ");
  const child = spawn(SCRIPT, ["-qec", line, "/dev/null"], { env: inherited, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exit = exitOf(child);
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** Looks every 10 ms until it is so; the test's own time limit ends it. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  while (!isOver && !(await isSo())) await delay(10);
}

/** The pids below a process, at any depth (Linux). */
export function descendants(pid: number): number[] {
  if (!existsSync(`/proc/${pid}/task`)) return [];
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

/** Processor time of a process and of all below it, in clock ticks, mostly of 10 ms (Linux). */
export function ticks(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, id) => sum + ownTicks(id), 0);
}

function ownTicks(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0; // gone by now
  }
}
