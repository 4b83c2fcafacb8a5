/**
 * The compiler's thread: started by the first request, ended after 5 s without one, since it holds 300-400 MB. An
 * idle thread does not keep the process alive.
 */
import { MessageChannel, Worker } from "node:worker_threads";
import { CompileError } from "../errors.js";
import { packageFile } from "../locate.js";
import { inheritedOptions } from "../pool/worker-pool.js";
import { clearTimeout, setTimeout } from "../timers.js";
import type { CompileReply, CompileRequest } from "./messages.js";

const IDLE_MS = 5000;
/** Room for syntax trees, so that they are not copied while they grow: a first compilation takes 0.05 s less. */
const YOUNG_MB = 64;

interface Waiting {
  resolve(reply: CompileReply): void;
  reject(error: Error): void;
}

class CompilerThread {
  /** A channel for requests alone: runtimes post messages to the parent port, too. */
  readonly #channel = new MessageChannel();
  readonly #worker = new Worker(packageFile("compile/entry/compiler.js"), {
    ...inheritedOptions(false),
    workerData: { port: this.#channel.port2 },
    transferList: [this.#channel.port2],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  readonly #waiting = new Map<number, Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(gone: () => void) {
    let cause: unknown;
    const { port1: port } = this.#channel;
    port.on("message", ({ id, reply }: { id: number; reply: CompileReply }) => {
      this.#waiting.get(id)?.resolve(reply);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#rest(gone);
    });
    this.#worker.on("error", (error) => {
      cause = error;
    });
    this.#worker.on("exit", () => {
      gone();
      port.close();
      clearTimeout(this.#timer);
      const what = (cause as Error | undefined)?.message ?? "it ended";
      for (const { reject } of this.#waiting.values())
        reject(new CompileError(`the compiler's thread died: ${what}`, { cause }));
    });
    port.unref(); // the worker keeps the process alive, while a request runs
  }

  run(request: CompileRequest): Promise<CompileReply> {
    clearTimeout(this.#timer);
    this.#worker.ref();
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#channel.port1.postMessage({ id, request });
    });
  }

  #rest(gone: () => void): void {
    this.#worker.unref();
    this.#timer = setTimeout(() => {
      gone();
      this.#worker.terminate();
    }, IDLE_MS);
    this.#timer.unref();
  }
}

let thread: CompilerThread | undefined;

/** Compiles in the thread. @throws CompileError when the thread dies */
export function compileInThread(request: CompileRequest): Promise<CompileReply> {
  if (thread === undefined) {
    const made: CompilerThread = new CompilerThread(() => {
      if (thread === made) thread = undefined;
    });
    thread = made;
  }
  return thread.run(request);
}
