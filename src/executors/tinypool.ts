/**
 * A tinypool pool, threads or processes, as a WorkerPool that heals.
 *
 *   dispatch ──> tinypool.run ──> a free worker, or our queue (so that a queued task can be counted and withdrawn)
 *   a worker dies ──> its task rejects with a WorkerCrashedError, tinypool makes a new worker
 *
 * Two tricks. `channel`: tinypool hangs a run's channel object on the worker that gets the task, so our ticket, given as
 * the channel, tells which worker has it; the catch is that the field is not in tinypool's types. `emit("error")`:
 * tinypool does not notice a thread that exits by itself (its task, and all later ones, would hang), but it does handle
 * errors; so every member's exit is hooked. It must still be a member then: destroying a removed one twice crashes.
 */
import { Tinypool } from "tinypool";
import { WorkerCrashedError } from "../errors.js";
import { type Dispatched, describeDeath, describeExit, inheritedOptions, type WorkerPool } from "./pool.js";

export interface TinypoolOptions {
  readonly runtime: "worker_threads" | "child_process";
  /** The entry: a file whose default export handles a task. */
  readonly entry: URL;
  readonly size: number;
  readonly workerData?: () => unknown;
  /** Told how many tasks wait for a worker, at every change. */
  readonly onWaiting?: (tasks: number) => void;
  /** Messages of a child process that are not replies. */
  readonly onMessage?: (message: unknown) => void;
}

type Member = Tinypool["threads"][number] & { channel?: unknown };
type Send = (message: unknown) => void;

/** The channel of one run. */
class Ticket {
  /** How its worker ended. */
  death: string | undefined;
  /** Sends a message to the child that has the task. */
  send: Send | undefined;
  readonly onMessage?: (send: Send) => void;
  readonly postMessage?: (message: unknown) => void;

  constructor(listener: ((message: unknown) => void) | undefined) {
    // Threads refuse a channel with handlers.
    if (!listener) return;
    this.onMessage = (send) => {
      this.send = send;
    };
    this.postMessage = listener;
  }
}

/** tinypool's queue, first in first out, that says who was queued and how many are. */
class Waiting {
  readonly #tasks: object[] = [];
  lastPushed: object | undefined;

  constructor(private readonly changed: (size: number) => void) {}

  get size(): number {
    return this.#tasks.length;
  }

  push(task: object): void {
    this.lastPushed = task;
    this.changed(this.#tasks.push(task));
  }

  shift(): object | null {
    const task = this.#tasks.shift() ?? null;
    this.changed(this.size);
    return task;
  }

  remove(task: object): boolean {
    const at = this.#tasks.indexOf(task);
    if (at < 0) return false;
    this.#tasks.splice(at, 1);
    this.changed(this.size);
    return true;
  }

  cancel(): void {
    this.#tasks.length = 0;
    this.changed(0);
  }
}

/** Workers that die before they are up, in a row, after which the pool gives up on what is queued. */
const MAX_STILLBORN = 8;

/** A task with what a process needs: a way to reach the very child that has it. */
export interface TinypoolDispatched<Reply> extends Dispatched<Reply> {
  readonly send: Send | undefined;
}

export class TinypoolPool<Task, Reply> implements WorkerPool<Task, Reply> {
  #pool: Tinypool | undefined;
  readonly #queue: Waiting;
  /** Members with the promises of their start and their end. */
  readonly #members = new Map<Member, { up: Promise<void>; gone: Promise<void> }>();
  /** How to reject what is queued. */
  readonly #queued = new Map<object, (error: Error) => void>();
  #stillborn = 0;

  constructor(private readonly options: TinypoolOptions) {
    this.#queue = new Waiting(options.onWaiting ?? (() => {}));
  }

  get size(): number {
    return this.options.size;
  }

  dispatch(task: Task): TinypoolDispatched<Reply> {
    const pool = this.#start();
    const ticket = new Ticket(
      this.options.runtime === "child_process" ? (this.options.onMessage ?? (() => {})) : undefined,
    );
    const holder = () => pool.threads.find((member: Member) => member.channel === ticket);
    this.#queue.lastPushed = undefined;
    const run = pool.run(task, { channel: ticket }) as Promise<Reply>;
    const entry = this.#queue.lastPushed as object | undefined;
    this.#hookMembers();
    let withdraw = () => false;
    const reply = new Promise<Reply | undefined>((resolve, reject) => {
      run.then(resolve, (error: unknown) => reject(this.#crash(ticket, error)));
      if (!entry) return;
      this.#queued.set(entry, reject);
      withdraw = () => {
        const removed = this.#queue.remove(entry);
        if (removed) resolve(undefined);
        return removed;
      };
    });
    if (entry)
      reply.then(
        () => this.#queued.delete(entry),
        () => this.#queued.delete(entry),
      );
    const { runtime } = this.options;
    return {
      reply,
      get send() {
        return ticket.send;
      },
      isRunning: () => holder() !== undefined,
      withdraw,
      kill() {
        const member = holder();
        if (runtime === "worker_threads") member?.terminate();
        else if (member) kill(member.threadId);
      },
    };
  }

  async ready(): Promise<void> {
    this.#start();
    await Promise.all([...this.#members.values()].map(({ up }) => up));
  }

  async destroy(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
    await Promise.all([...this.#members.values()].map(({ gone }) => gone));
  }

  /** Resolves when the worker with this process or thread id is dead; undefined if there is none. */
  gone(id: number): Promise<void> | undefined {
    for (const [member, { gone }] of this.#members) if (member.threadId === id) return gone;
    return undefined;
  }

  #start(): Tinypool {
    if (this.#pool) return this.#pool;
    const { runtime, entry, size, workerData } = this.options;
    this.#pool = new Tinypool({
      runtime,
      filename: entry.href,
      minThreads: size,
      maxThreads: size,
      taskQueue: this.#queue as never,
      ...inheritedOptions(runtime === "child_process"),
      ...(workerData && { workerData: workerData() }),
      // A child gets an empty environment unless told, and JSON turns a typed array into a plain object.
      ...(runtime === "child_process" && { env: process.env as Record<string, string>, serialization: "advanced" }),
    });
    // The death of an idle worker: nobody's task fails, and the pool makes a new one.
    this.#pool.on("error", () => {});
    this.#hookMembers();
    return this.#pool;
  }

  #hookMembers(): void {
    for (const member of this.#pool?.threads ?? []) if (!this.#members.has(member)) this.#hook(member);
  }

  #hook(member: Member): void {
    let up = false;
    let declareUp!: () => void;
    const started = new Promise<void>((resolve) => {
      declareUp = resolve;
    });
    member.once("message", () => {
      up = true;
      this.#stillborn = 0;
      declareUp();
    });
    const gone = new Promise<void>((resolve) => {
      member.once("exit", (code: number | null, signal?: string | null) => {
        const isThread = this.options.runtime === "worker_threads";
        const what = describeExit(
          isThread ? "the worker thread" : `the worker process ${member.threadId}`,
          code,
          signal,
        );
        if (member.channel instanceof Ticket) member.channel.death = what;
        this.#members.delete(member);
        if (!up) this.#stillborn++;
        if (this.#pool?.threads.includes(member)) member.emit("error", new WorkerCrashedError(what));
        declareUp();
        resolve();
        this.#heal();
      });
    });
    this.#members.set(member, { up: started, gone });
  }

  /** After a death: hooks the new member; makes one where tinypool does not (it gives up when one dies at start). */
  #heal(): void {
    const pool = this.#pool;
    if (!pool) return;
    if (this.#stillborn >= MAX_STILLBORN) {
      const error = new WorkerCrashedError(`${this.#stillborn} workers in a row ended before they were up`);
      this.#queue.cancel();
      for (const reject of [...this.#queued.values()]) reject(error);
      this.#stillborn = 0;
    } else if (pool.threads.length < this.size && this.#queue.size > 0) {
      // A run adds a worker where there are too few; the entry ignores it.
      pool.run(null).catch(() => {});
    }
    this.#hookMembers();
  }

  #crash(ticket: Ticket, error: unknown): Error {
    if (error instanceof WorkerCrashedError) return error;
    // A thread's error says more than its exit code (out of memory, a timer that threw); a child's is tinypool's own.
    const what = this.options.runtime === "worker_threads" ? undefined : ticket.death;
    return new WorkerCrashedError(what ?? describeDeath(error), { cause: error });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is dead already.
  }
}
