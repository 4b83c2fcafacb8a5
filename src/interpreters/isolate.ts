/**
 * The worker thread of one interpreter, as the thread that made it sees it: one call at a time, and no other worker takes
 * its place when it has ended.
 *
 *   send ──> the call, by the worker's port ──> reply
 *                                           and OVER, if its source went on after an error that nothing has caught
 *   stop ──> the word STOP, which the kernel may look at ──> 40 ms later the thread is ended, and the interpreter with it
 */
import type { WorkerCrashedError } from "../errors.js";
import { GRACE_MS } from "../executors/dispatcher.js";
import type { Task } from "../job/future.js";
import { packageFile } from "../locate.js";
import { sharedMemory } from "../memory/heap.js";
import { DedicatedThreads } from "../pool/dedicated.js";
import { keepAlive } from "../pool/keep-alive.js";
import type { WorkerLine } from "../pool/worker-line.js";
import { notStarted, type UnreadableReply } from "../pool/worker-pool.js";
import { agentTable } from "../sync/agents.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { hearWorker } from "../worker/hear-worker.js";
import {
  type InterpreterCall,
  type InterpreterReply,
  type InterpreterStart,
  type InterpreterTask,
  OVER,
} from "./wire.js";

type Reply = InterpreterReply | UnreadableReply;

/** What a call came to, and what is left of it. */
export interface Answer {
  readonly reply: Reply;
  /** Resolves when the call is over; undefined: it is. Its source may go on after an error that nothing has caught. */
  readonly rest: Promise<void> | undefined;
}

/** The call that is under way. */
interface UnderWay {
  readonly ticket: number;
  resolve(answer: Answer): void;
  reject(error: WorkerCrashedError): void;
  /** It is over, after its answer. */
  over?: () => void;
}

export class Isolate {
  /** Node's id of its thread: unique in the process, and never used again. */
  readonly id: number;
  readonly #threads: DedicatedThreads<InterpreterTask, InterpreterReply | typeof OVER>;
  readonly #line: WorkerLine<InterpreterTask>;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #up: Promise<void>;
  #underWay: UnderWay | undefined;
  #grace: NodeJS.Timeout | undefined;
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
      reply: (reply) => this.#hear(reply),
      doom: () => this.#line.keep(),
      ended: (error) => {
        this.#ended ??= error.message;
        failed(notStarted("the interpreter", error));
        this.#underWay?.reject(error);
        this.#over();
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
  send(call: InterpreterCall, task: Task): Promise<Answer> {
    const ticket = ++this.#tickets;
    return new Promise((resolve, reject) => {
      this.#line.post({ ticket, call });
      this.#underWay = { ticket, resolve, reject };
      task.isRunning = () => this.#underWay?.ticket === ticket;
      task.onStop(() => {
        if (this.#underWay?.ticket !== ticket) return; // a failure stops its task when the call is over
        if (task.cause?.cancelled) this.stop();
        else Atomics.store(this.#stop, 0, ticket); // what is left of the call may look at it
      });
    });
  }

  /** Ends the thread, unless the call under way is over within the grace. */
  stop(): void {
    if (!this.#underWay) return;
    Atomics.store(this.#stop, 0, this.#underWay.ticket);
    this.#grace ??= setTimeout(() => this.#kill(), GRACE_MS);
  }

  /** Ends the thread; resolves when it is dead. */
  async end(): Promise<void> {
    this.#ended ??= "it was closed";
    this.#line.keep();
    await keepAlive(this.#threads.destroy());
  }

  #hear(reply: Reply | typeof OVER): void {
    const underWay = this.#underWay;
    if (!underWay) return;
    if (reply === OVER) this.#over();
    else if ("goesOn" in reply && reply.goesOn) {
      const rest = new Promise<void>((resolve) => {
        underWay.over = resolve;
      });
      underWay.resolve({ reply, rest });
    } else {
      this.#over();
      underWay.resolve({ reply, rest: undefined });
    }
    if (this.#ended === undefined) this.#line.rest();
  }

  #over(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
    this.#underWay?.over?.();
    this.#underWay = undefined;
  }

  #kill(): void {
    this.#ended ??= `a call that was stopped did not return within ${GRACE_MS} ms, and cost it its thread`;
    this.#line.end();
  }
}
