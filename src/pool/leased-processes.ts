/**
 * Child processes that tinypool starts and ends, each leased for its life: tasks and replies are one message each over its
 * channel, not tinypool's, which take two hops more through the owner's event loop and `process.memoryUsage()` for each.
 *
 *   start ──> tinypool adds a process ──> it is up
 *   post  ──> { allcores: "task", task } ──> { allcores: "reply", reply }
 *
 * Three tricks. `run` while the queue says that one task waits makes tinypool add a process even beside idle ones; the
 * task itself is dropped. `setChannel`: what a process posts that is not tinypool's goes to its channel. `emit("error")`
 * for each exit, with its reason, while tinypool still holds the process: destroying a removed one twice crashes.
 */
import { Tinypool } from "tinypool";
import type { WorkerCrashedError } from "../errors.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { type Member, makeRoomForPipes, TinypoolProcess, watchFork } from "./tinypool-process.js";
import { TinypoolQueue } from "./tinypool-queue.js";
import type { WorkerEvents, WorkerLine, WorkerSource } from "./worker-line.js";
import { inheritedOptions, notStarted, type Send } from "./worker-pool.js";

/** The pool's side of tasks as short messages. */
export interface MessageShorthand<Task> {
  /** @returns undefined where there is none */
  write(task: Task): object | undefined;
  /** The process gets the task as a whole. */
  learn(task: Task): void;
}

export interface LeasedProcessOptions<Task> {
  /** The entry: a file whose default export is a function. It posts its replies. */
  readonly entry: URL;
  /** Processes at most. */
  readonly size: number;
  /** Called with what a process posts beside its replies, and with how to answer it. */
  readonly onMessage: (message: unknown, send: Send) => void;
  /** A new one for each process. */
  readonly shorthand: () => MessageShorthand<Task>;
}

/** What a process is sent. */
export interface TaskMessage<Task> {
  readonly allcores: "task";
  readonly task: Task;
}

/** What it posts when it is through with a task. */
export interface ReplyMessage<Reply> {
  readonly allcores: "reply";
  readonly reply: Reply;
}

/** How long a process may take to end after SIGTERM, in ms. */
const SIGTERM_MS = 1000;

export class LeasedProcesses<Task, Reply> implements WorkerSource<Task, Reply> {
  #made: Tinypool | undefined;
  readonly #queue = new TinypoolQueue(() => {});
  readonly #lives = new Set<TinypoolProcess>();

  constructor(private readonly options: LeasedProcessOptions<Task>) {}

  start(events: WorkerEvents<Reply>): WorkerLine<Task> {
    const pool = this.#pool();
    const member = this.#startProcess(pool);
    const shorthand = this.options.shorthand();
    const send: Send = (message) => member.send?.(message);
    const hear = (message: unknown) => {
      const { allcores, reply } = (message ?? {}) as Partial<ReplyMessage<Reply>>;
      if (allcores === "reply") events.reply(reply as Reply);
      else this.options.onMessage(message, send);
    };
    const up = () => {
      // tinypool, which has heard it first, lets go of the process now.
      member.unref?.();
      events.up();
    };
    const ended = (error: WorkerCrashedError) => {
      events.doom();
      if (pool.threads.includes(member)) member.emit("error", error);
      this.#lives.delete(life);
      events.ended(error);
    };
    const life = new TinypoolProcess(member, up, hear, ended);
    this.#lives.add(life);
    member.ref?.();
    return {
      threadId: life.id,
      post: (task) => {
        member.ref?.();
        const short = shorthand.write(task);
        send(short ?? ({ allcores: "task", task } satisfies TaskMessage<Task>));
        if (!short) shorthand.learn(task);
      },
      send,
      rest: () => member.unref?.(),
      keep: () => member.ref?.(),
      end: () => life.kill(),
    };
  }

  /** Resolves when the process with this id is dead; undefined if there is none. */
  gone(id: number): Promise<void> | undefined {
    for (const life of this.#lives) if (life.id === id) return life.gone;
    return undefined;
  }

  async destroy(): Promise<void> {
    const lives = [...this.#lives];
    // tinypool's limit is a timer of the program's, which test runners may have stopped.
    const limit = setTimeout(() => lives.forEach((life) => void life.kill()), SIGTERM_MS);
    await this.#made?.destroy();
    clearTimeout(limit);
    await Promise.all(lives.map(({ gone }) => gone));
  }

  #pool(): Tinypool {
    if (this.#made) return this.#made;
    const { entry, size } = this.options;
    const pool = new Tinypool({
      runtime: "child_process",
      filename: entry.href,
      minThreads: 0,
      maxThreads: size,
      taskQueue: this.#queue as never,
      ...inheritedOptions(true),
      // By default a child gets an empty environment, and JSON turns a typed array into a plain object.
      env: process.env as Record<string, string>,
      serialization: "advanced",
    });
    // The death of an idle worker fails no task.
    pool.on("error", () => {});
    // As many as there are: tinypool neither ends idle workers, by timers that test runners fake, nor replaces dead ones.
    for (const limit of ["minThreads", "maxThreads"])
      Object.defineProperty(pool.options, limit, { get: () => pool.threads.length + (this.#queue.size > 0 ? 1 : 0) });
    this.#made = pool;
    return pool;
  }

  #startProcess(pool: Tinypool): Member {
    const before = new Set(pool.threads);
    makeRoomForPipes();
    try {
      // The task is dropped, and its promise never settles.
      this.#queue.startWorker(() => void watchFork(() => pool.run(null)));
    } catch (error) {
      throw notStarted("the worker process", error);
    }
    return pool.threads.find((member) => !before.has(member)) as Member;
  }
}
