/** Workers as child processes: each is `allcores worker` with an IPC channel, so that none outlives this process. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { ClusterEvent } from "allcores/cluster";
import { MANIFEST } from "../package.js";

const MAIN = fileURLToPath(new URL("dist/cli/main.js", MANIFEST));

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #ready: Promise<void>;

  /** @param args options of `allcores worker` beside `--json` */
  constructor(args: readonly string[], onEvent: (event: ClusterEvent) => void = () => {}) {
    this.#child = fork(MAIN, ["worker", ...args, "--json"], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    let complaint = "";
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    this.#exit = once(this.#child, "exit");
    const lines = createInterface(this.#child.stdout as Readable);
    this.#ready = new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        const event = JSON.parse(line) as ClusterEvent;
        if (event.event === "ready") resolve();
        onEvent(event);
      });
      this.#child.once("error", reject);
      this.#child.once("close", () => reject(new Error(`a worker has ended before it was ready: ${complaint.trim()}`)));
    });
    this.#ready.catch(() => {}); // heard by those who wait for it
  }

  /** Resolves once it takes chunks. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Ends it by SIGKILL; resolves once it is dead. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }
}
