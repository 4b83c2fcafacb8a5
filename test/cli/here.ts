/**
 * Runs the built command in this process, main.js and all: Node's start and the package's are paid once a file, and the
 * compiler stays warm. What only a process of its own shows (its exit, heap, terminal, signals) is asked of `run`.
 */
import { Console } from "node:console";
import type { EventEmitter } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import v8 from "node:v8";
import { vi } from "vitest";
import { type Finished, MAIN_URL } from "./run.js";

/** Node's own import: vitest's would run a module once, whatever its query. */
const NATIVE = "data:text/javascript,export const load = (url) => import(url)";
/** What the command listens to, for as long as its process lasts. */
const HEARD: readonly (readonly [emitter: EventEmitter, name: string])[] = [
  ...["SIGHUP", "SIGINT", "SIGTERM"].map((name) => [process, name] as const),
  ...[process.stdout, process.stderr].map((stream) => [stream, "error"] as const),
];
const NOWHERE: Here = {};
let runs = 0;

/** Where a picture is computed if its test is about what it holds: two threads take 0.3 s of processor time to start. */
export const SERIAL = ["--executor", "serial"];

interface Here {
  /** The folder to run in. */
  readonly cwd?: string;
}

export interface StartedHere {
  /** What it has written so far. */
  readonly said: { stdout: string; stderr: string };
  /** Tells it of Ctrl-C, and nobody else. */
  interrupt(): void;
  readonly finished: Promise<Finished>;
}

/** Runs `allcores ...args` to its end. */
export function runHere(args: readonly string[], options = NOWHERE): Promise<Finished> {
  return startHere(args, options).finished;
}

/** Starts `allcores ...args`: one at a time, since it has the folder, the streams and the exit code of this process. */
export function startHere(args: readonly string[], { cwd = process.cwd() } = NOWHERE): StartedHere {
  const said = { stdout: "", stderr: "" };
  const before = HEARD.map(([emitter, name]) => emitter.listeners(name));
  const added = () =>
    HEARD.flatMap(([emitter, name], i) =>
      emitter
        .listeners(name)
        .flatMap((listener) => (before[i]?.includes(listener) ? [] : [{ emitter, name, listener }])),
    );
  const finished = lent(said, [process.execPath, "allcores", ...args], cwd).finally(() => {
    for (const { emitter, name, listener } of added()) emitter.off(name, listener as () => void);
  });
  const interrupt = () => {
    for (const { name, listener } of added()) if (name === "SIGINT") listener();
  };
  return { said, interrupt, finished };
}

/** Runs main.js with what a process has, and takes it back. */
async function lent(said: StartedHere["said"], argv: string[], cwd: string): Promise<Finished> {
  const { load }: { load(url: string): Promise<unknown> } = await import(NATIVE);
  const before = { argv: process.argv, exitCode: process.exitCode, cwd: process.cwd(), console: globalThis.console };
  const { setFlagsFromString } = v8;
  const writes = (["stdout", "stderr"] as const).map((name) => (chunk: unknown) => {
    said[name] += String(chunk);
    return true;
  });
  const spies = [process.stdout, process.stderr].map((stream, i) =>
    vi.spyOn(stream, "write").mockImplementation(writes[i] as () => true),
  );
  const [out, error] = writes.map((write) => ({ write }) as never);
  // The threads that this process keeps are piped to its streams, by a listener each.
  for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
  // A command is short: what it asks of V8 would hold for all later tests.
  v8.setFlagsFromString = () => {};
  syncBuiltinESMExports();
  globalThis.console = new Console(out as never, error, false);
  process.argv = argv;
  process.exitCode = undefined;
  process.chdir(cwd);
  try {
    await load(`${MAIN_URL}?run=${runs++}`);
    return { code: Number(process.exitCode ?? 0), ...said };
  } finally {
    process.chdir(before.cwd);
    process.argv = before.argv;
    process.exitCode = before.exitCode;
    globalThis.console = before.console;
    v8.setFlagsFromString = setFlagsFromString;
    syncBuiltinESMExports();
    for (const spy of spies) spy.mockRestore();
  }
}
