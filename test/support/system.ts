/** What the system says about this process: its threads, its children, and programs run beside it. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { SHORT_PROGRAM } from "./short-program.js";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const isLinux = process.platform === "linux";

/** Threads of this process. */
export function threadCount(): number {
  return readdirSync("/proc/self/task").length;
}

/** The system's thread pool starts its threads on first use: done before threads are counted. */
export async function warmThreadPool(): Promise<void> {
  await Promise.all(Array.from({ length: 8 }, () => stat(ROOT)));
}

/** Processes that a process has started. */
export function childrenOf(pid = process.pid): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.flatMap((task) => {
    try {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8");
      return children.trim().split(" ").filter(Boolean).map(Number);
    } catch {
      return []; // a thread may end while the list is read
    }
  });
}

/** Whether a process is there and not a zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return status !== "" && !/^State:\s+[ZX]/m.test(status);
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "allcores-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Program {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** What it has written so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Resolves with the next line that it writes to stdout. */
  line(): Promise<string>;
  /** Resolves when it has ended. */
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface ProgramOptions {
  readonly env?: Record<string, string>;
  readonly options?: readonly string[];
  /** Run by bash before node. */
  readonly before?: string;
}

/** Starts a program: an ES module in Node, in the package's folder. It ends with the test. */
export function start(code: string, { env = {}, options = [], before }: ProgramOptions = {}): Program {
  const node = [process.execPath, SHORT_PROGRAM, ...options, "--input-type=module", "-e", code];
  const [command, ...args] = before ? ["bash", "-c", `${before}; exec "$@"`, "bash", ...node] : node;
  const child = spawn(command as string, args, {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  let read = 0;
  let wake = () => {};
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    wake();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let over = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      over = true;
      wake();
      resolve({ code, signal, stdout, stderr });
    });
  });
  const line = async () => {
    for (;;) {
      const end = stdout.indexOf("\n", read);
      if (end >= 0) {
        const text = stdout.slice(read, end);
        read = end + 1;
        return text;
      }
      if (over) throw new Error(`the program ended without a further line: ${stderr}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { process: child, output: () => ({ stdout, stderr }), line, ended };
}

/** Runs a program to its end; its last line of stdout is JSON. */
export async function run<T = unknown>(code: string, options?: ProgramOptions): Promise<T> {
  const { code: status, signal, stdout, stderr } = await start(code, options).ended;
  if (status !== 0) throw new Error(`the program ended with ${signal ?? status}: ${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as T;
}
