/**
 * The worker thread of one interpreter, as the thread that made it sees it: one call at a time, and no other worker takes
 * its place when it has ended.
 *
 *   send ──> the call, by the worker's port ──> reply
 *   stop ──> the word STOP, which the kernel may look at ──> 40 ms later the thread is ended, and the interpreter with it
 */
import type { WorkerCrashedError } from "../errors.js";
import { GRACE_MS } from "../executors/dispatcher.js";
import type { Task } from "../job/future.js";
import { packageFile } from "../locate.js";
import { sharedMemory } from "../memory/heap.js";
import { DedicatedThreads } from "../pool/dedicated.js";
import type { WorkerLine } from "../pool/exclusive.js";
import { keepAlive } from "../pool/keep-alive.js";
import { notStarted, type UnreadableReply } from "../pool/worker-pool.js";
import { agentTable } from "../sync/agents.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { hearWorker } from "../worker/hear-worker.js";
import type { InterpreterCall, InterpreterReply, InterpreterStart, InterpreterTask } from "./wire.js";

type Reply = InterpreterReply | UnreadableReply;

/** The call that is under way. */
interface UnderWay {
  readonly ticket: number;
  resolve(reply: Reply): void;
  reject(error: WorkerCrashedError): void;
}

export class Isolate {
  /** Node's id of its thread: unique in the process, and never used again. */
  readonly id: number;
  readonly #threads: DedicatedThreads<InterpreterTask, InterpreterReply>;
  readonly #line: WorkerLine<InterpreterTask>;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #up: Promise<void>;
  #underWay: UnderWay | undefined;
  #tickets = 0;
  #ended: string | undefined;

  private constructor(name: string | undefined, onEnd: (id: number) => void) {
    agentTable(); // the thread inherits the table, and enters itself
    const start: Omit<InterpreterStart, "port"> = { memory: sharedMemory(), stop: this.#stop, name };
    this.#threads = new DedicatedThreads({
      entry: packageFile("interpreters/entry/interpreter.js"),
      workerData: () => start,
      onMessage: hearWorker,
      name,
    });
    let up!: () => void;
    let failed!: (error: WorkerCrashedError) => void;
    this.#up = new Promise((resolve, reject) => {
      up = resolve;
      failed = reject;
    });
    this.#line = this.#threads.start({
      up,
      reply: (reply) => this.#underWay?.resolve(reply),
      doom: () => this.#line.keep(),
      ended: (error) => {
        this.#ended ??= error.message;
        failed(notStarted("the interpreter", error));
        this.#underWay?.reject(error);
        onEnd(this.id);
      },
    });
    this.id = this.#line.threadId;
  }

  /** @throws WorkerCrashedError when the system has no room for it, or it ends before it is up */
  static async start(name: string | undefined, onEnd: (id: number) => void): Promise<Isolate> {
    const isolate = new Isolate(name, onEnd);
    await isolate.#up;
    isolate.#line.rest();
    return isolate;
  }

  /** Why the thread has ended, or is about to; undefined while it lives. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** @returns the reply; rejects with a WorkerCrashedError once the thread is dead */
  async send(call: InterpreterCall, task: Task): Promise<Reply> {
    const ticket = ++this.#tickets;
    let grace: NodeJS.Timeout | undefined;
    task.isRunning = () => this.#underWay?.ticket === ticket;
    try {
      return await new Promise<Reply>((resolve, reject) => {
        this.#underWay = { ticket, resolve, reject };
        this.#line.post({ ticket, call });
        task.onStop(() => {
          if (this.#underWay?.ticket !== ticket) return; // a failure stops its task when the call is over
          Atomics.store(this.#stop, 0, ticket);
          grace = setTimeout(() => this.#kill(), GRACE_MS);
        });
      });
    } finally {
      clearTimeout(grace);
      this.#underWay = undefined;
      if (this.#ended === undefined) this.#line.rest();
    }
  }

  /** Ends the thread; resolves when it is dead. */
  async end(): Promise<void> {
    this.#ended ??= "it was closed";
    this.#line.keep();
    await keepAlive(this.#threads.destroy());
  }

  #kill(): void {
    this.#ended ??= `a call that was stopped did not return within ${GRACE_MS} ms, and cost it its thread`;
    this.#line.end();
  }
}
