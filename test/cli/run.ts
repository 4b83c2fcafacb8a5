/** Runs the built command as its users do, and looks at what it leaves behind. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { childrenOf } from "../support/system.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Options {
  /** The folder to run in. */
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** A process group of its own, as a terminal gives each command. */
  readonly ownGroup?: boolean;
  /** Arguments of node itself. */
  readonly nodeArgs?: readonly string[];
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
export function start(args: readonly string[], { cwd, env, ownGroup, nodeArgs = [] }: Options = {}): Started {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ALLCORES|NODE_OPTIONS|VITEST)/.test(name));
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    detached: ownGroup ?? false,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    if (child.exitCode === null) child.kill("SIGKILL");
  });
  const exit = new Promise<Finished["code"]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  const finished = Promise.all([exit, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => ({
    code,
    stdout,
    stderr,
  }));
  finished.catch(() => {}); // heard by who awaits it
  return { child, pid: child.pid ?? -1, finished };
}

/** Runs `allcores ...args` to its end. */
export function run(args: readonly string[], options?: Options): Promise<Finished> {
  return start(args, options).finished;
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
