/**
 * Runs programs in one process: it starts Node, the package and the compiler once, which takes 0.3 s and 4 s of processor
 * time. Programs that end their process, or look at it, have no place here.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { SHORT_PROGRAM } from "../support/short-program.js";

const RUNNER = fileURLToPath(new URL("../fixtures/one-process.mjs", import.meta.url));

interface Answer {
  readonly printed: string;
  readonly error?: string;
}

export class OneProcess {
  #child: ChildProcess | undefined;
  #stderr = "";

  /** Runs a program to the end of its module, in its own folder or another one. @returns what it has printed */
  async run(file: string, args: readonly string[] = [], folder = dirname(file)): Promise<string> {
    this.#child ??= this.#start();
    const heard = new AbortController();
    const options = { signal: heard.signal };
    const answered = once(this.#child, "message", options) as Promise<[Answer]>;
    const over = once(this.#child, "exit", options).then(([code]) => {
      throw new Error(`${file} ended the process with ${code}: ${this.#stderr}`);
    });
    this.#child.send({ file, args, folder });
    const [{ printed, error }] = await Promise.race([answered, over]);
    heard.abort();
    if (error !== undefined) throw new Error(`${file}: ${error}\n${printed}${this.#stderr}`);
    return printed;
  }

  /** Lets go of the process, and waits until it has ended by itself. @returns its exit code or signal */
  async end(): Promise<unknown> {
    if (!this.#child) return 0;
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    const [code, signal] = await ended;
    return signal ?? code;
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  #start(): ChildProcess {
    const env = { ...process.env, NODE_OPTIONS: "", NODE_ENV: "" };
    const child = fork(RUNNER, [], { env, execArgv: [SHORT_PROGRAM], stdio: ["ignore", "ignore", "pipe", "ipc"] });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    return child;
  }
}
