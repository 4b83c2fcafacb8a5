/**
 * A program beside Node that does the same work, and is asked for one round after the other, so that a bench can take
 * turns between them. Its lines: "ready" and what it runs on, or why it can't; then an answer to each request.
 *
 *   start -> "ready gcc 12.2.0"      ask: "1e6 42" -> "1.4731 785311" (ms, what came out)      stdin ends -> it ends
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** What is started. */
export interface Program {
  /** What messages call it. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  /** On top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kills the program when it aborts, at any time: whatever is waited for rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may take until it is ready: numba compiles before. Default 60,000. */
  readonly readyMs?: number;
  /** How long it may take to answer. Default 60,000: what is asked takes a second. */
  readonly askMs?: number;
  /** How long it may take to end by itself. Default 2000. */
  readonly graceMs?: number;
}

/** One round. */
export interface Answer {
  /** By the program's own clock: the pipe is not in it. */
  readonly ms: number;
  readonly answer: string;
}

interface Waiting {
  resolve(line: string): void;
  reject(reason: unknown): void;
}

/** Programs end at the end of stdin, but not while they compute: those are killed when this process exits. */
const running = new Set<ChildProcess>();

function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** A running program, which waits for requests. */
export class Peer implements AsyncDisposable {
  readonly #program: Program;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #closed: Promise<void>;
  /** Those who wait for a line, in order. */
  readonly #waiting: Waiting[] = [];
  /** Why it has no more lines. */
  #failure: { readonly reason: unknown } | undefined;
  #complaint = "";
  #version = "";

  private constructor(program: Program) {
    const { command, args = [], env, signal } = program;
    this.#program = program;
    const stdio = ["pipe", "pipe", "pipe"] satisfies "pipe"[];
    this.#process = spawn(command, args, {
      stdio,
      env: { ...process.env, ...env },
      killSignal: "SIGKILL",
      ...(signal && { signal }),
    });
    if (running.size === 0) process.on("exit", killAll);
    running.add(this.#process);
    this.#closed = new Promise((resolve) => {
      this.#process.once("close", (code, killer) => {
        running.delete(this.#process);
        if (running.size === 0) process.off("exit", killAll);
        this.#fail(`ended without an answer: ${lastLine(this.#complaint) || (killer ?? `exit code ${code}`)}`);
        resolve();
      });
    });
    // It couldn't be started, or was killed by the signal: "close" comes after.
    this.#process.on("error", ({ message }) => this.#fail(message));
    this.#process.stdin.on("error", () => {}); // it ended too early, which "close" tells
    this.#process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-10_000);
    });
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.#waiting.shift()?.resolve(line));
  }

  /** Starts a program, and resolves when it is ready. Rejects with an error whose one line says why it is not. */
  static async start(program: Program): Promise<Peer> {
    program.signal?.throwIfAborted();
    const { readyMs = 60_000 } = program;
    const peer = new Peer(program);
    const limit = setTimeout(() => peer.#kill(`was not ready within ${readyMs / 1000} s`), readyMs);
    try {
      const [, isReady, text] = /^(ready\b)?(.*)$/.exec(await peer.#line()) as RegExpExecArray;
      if (!isReady) throw new Error(text);
      peer.#version = (text as string).trim();
      return peer;
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      throw error;
    } finally {
      clearTimeout(limit);
    }
  }

  /** What it was compiled by, or runs on: "gcc 12.2.0", "Python 3.11.7, numpy 2.4.6". */
  get version(): string {
    return this.#version;
  }

  /** Asks for one round. Rejects if the program ends in place of an answer, with what it complained about. */
  async ask(request: string): Promise<Answer> {
    const { askMs = 60_000 } = this.#program;
    const answered = this.#line();
    const limit = setTimeout(() => this.#kill(`did not answer within ${askMs / 1000} s`), askMs);
    this.#process.stdin.write(`${request}\n`);
    const line = await answered.finally(() => clearTimeout(limit));
    const [, ms, answer] = /^(\d+\.\d+) (.+)$/.exec(line) ?? [];
    if (ms === undefined || answer === undefined)
      throw new Error(`${this.#program.name} answered nonsense: ${JSON.stringify(line)}`);
    return { ms: Number(ms), answer };
  }

  /** Ends the program: by itself if it does so soon. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { graceMs = 2000 } = this.#program;
    const grace = setTimeout(() => this.#kill(`did not end within ${graceMs / 1000} s`), graceMs);
    this.#process.stdin.end();
    await this.#closed;
    clearTimeout(grace);
  }

  #line(): Promise<string> {
    if (this.#failure) return Promise.reject(this.#failure.reason);
    return new Promise((resolve, reject) => void this.#waiting.push({ resolve, reject }));
  }

  #kill(why: string): void {
    this.#fail(why);
    this.#process.kill("SIGKILL");
  }

  /** The first reason stands: others follow from it. */
  #fail(why: string): void {
    const { name, signal } = this.#program;
    this.#failure ??= { reason: signal?.aborted ? signal.reason : new Error(`${name} ${why}`) };
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure.reason);
  }
}

/** Of a traceback, the line with the error. */
function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
