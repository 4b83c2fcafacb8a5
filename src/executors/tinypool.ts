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
import type { ChildProcess } from "node:child_process";
import { Tinypool } from "tinypool";
import { WorkerCrashedError } from "../errors.js";
import { type Dispatched, describeDeath, describeExit, inheritedOptions, type WorkerPool } from "./pool.js";
import { Queue } from "./queue.js";

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

type Member = Tinypool["threads"][number] & { channel?: unknown; process?: ChildProcess };
type Send = (message: unknown) => void;

/** The channel of one run. */
class Ticket {
  /** How its worker ended. */
  death: string | undefined;
  /** The worker was being ended for another's sake when it got the task: it never began. */
  unserved = false;
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
  readonly #tasks = new Queue<object>();
  lastPushed: object | undefined;

  constructor(private readonly changed: (size: number) => void) {}

  get size(): number {
    return this.#tasks.size;
  }

  push(task: object): void {
    this.lastPushed = task;
    this.#tasks.push(task);
    this.changed(this.size);
  }

  shift(): object | null {
    const task = this.#tasks.shift() ?? null;
    this.changed(this.size);
    return task;
  }

  remove(task: object): boolean {
    const removed = this.#tasks.remove(task);
    if (removed) this.changed(this.size);
    return removed;
  }

  cancel(): void {
    this.#tasks.clear();
    this.changed(0);
  }
}

/** Workers that die before they are up, in a row, after which the pool gives up on what is queued. */
const MAX_STILLBORN = 8;

/** A task with what a process needs: a way to reach the very child that has it. */
export interface TinypoolDispatched<Reply> extends Dispatched<Reply> {
  readonly send: Send | undefined;
}

/**
 * tinypool pipes each child's output into this process's, and asks for one listener more each time. Node pipes those of
 * threads too, and asks for none: from eleven of both on, Node would warn of a leak.
 */
function makeRoomForPipes(children: number): void {
  for (const stream of [process.stdout, process.stderr]) {
    const needed = stream.listenerCount("error") + children;
    const allowed = stream.getMaxListeners();
    if (allowed !== 0 && allowed < needed) stream.setMaxListeners(needed);
  }
}

export class TinypoolPool<Task, Reply> implements WorkerPool<Task, Reply> {
  #pool: Tinypool | undefined;
  readonly #queue: Waiting;
  /** Members with the promises of their start and their end. */
  readonly #members = new Map<Member, { up: Promise<void>; gone: Promise<void> }>();
  /** How to reject what is queued. */
  readonly #queued = new Map<object, (error: Error) => void>();
  /** Members that are being ended, for whose task: a reply of theirs may still come, and tinypool send them the next. */
  readonly #doomed = new WeakMap<Member, Ticket>();
  #stillborn = 0;

  constructor(private readonly options: TinypoolOptions) {
    this.#queue = new Waiting(options.onWaiting ?? (() => {}));
  }

  get size(): number {
    return this.options.size;
  }

  dispatch(task: Task): TinypoolDispatched<Reply> {
    let sent = this.#send(task);
    /** Nobody wants it any more: it is not sent again. */
    let stopped = false;
    let resolve!: (reply: Reply | undefined) => void;
    let reject!: (error: Error) => void;
    const reply = new Promise<Reply | undefined>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    const follow = () => {
      const { run, ticket, entry } = sent;
      if (entry) this.#queued.set(entry, reject);
      const settled = (settle: () => void) => {
        if (entry) this.#queued.delete(entry);
        settle();
      };
      run.then(
        (value) => settled(() => resolve(value)),
        async (error: unknown) => {
          await this.#deathOf(ticket);
          settled(() => {
            if (ticket.unserved && stopped) return resolve(undefined);
            if (!ticket.unserved || !this.#pool) return reject(this.#crash(ticket, error));
            sent = this.#send(task);
            follow();
          });
        },
      );
    };
    follow();
    const holder = () => this.#pool?.threads.find((member: Member) => member.channel === sent.ticket);
    return {
      reply,
      get send() {
        return sent.ticket.send;
      },
      isRunning: () => holder() !== undefined,
      withdraw: () => {
        stopped = true;
        const { entry } = sent;
        if (!entry || !this.#queue.remove(entry)) return false;
        this.#queued.delete(entry);
        resolve(undefined);
        return true;
      },
      kill: () => {
        const member = holder();
        if (!member) return;
        this.#doomed.set(member, sent.ticket);
        if (this.options.runtime === "worker_threads") member.terminate();
        else kill(member.threadId);
      },
    };
  }

  #send(task: Task): { run: Promise<Reply>; ticket: Ticket; entry: object | undefined } {
    const pool = this.#start();
    const { runtime, onMessage } = this.options;
    const ticket = new Ticket(runtime === "child_process" ? (onMessage ?? (() => {})) : undefined);
    this.#queue.lastPushed = undefined;
    const run = pool.run(task, { channel: ticket }) as Promise<Reply>;
    const entry = this.#queue.lastPushed as object | undefined;
    this.#hookMembers();
    return { run, ticket, entry };
  }

  threadIds(): number[] {
    if (this.options.runtime !== "worker_threads") return [];
    return [...this.#members.keys()].map(({ threadId }) => threadId);
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
    if (runtime === "child_process") makeRoomForPipes(size);
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
        const { channel } = member;
        if (channel instanceof Ticket) {
          channel.death = what;
          channel.unserved = (this.#doomed.get(member) ?? channel) !== channel;
        }
        this.#members.delete(member);
        if (!up) this.#stillborn++;
        if (this.#pool?.threads.includes(member)) member.emit("error", new WorkerCrashedError(what));
        declareUp();
        resolve();
        this.#heal();
      });
    });
    // tinypool keeps the pipe open: a kernel that reads stdin would wait for ever.
    member.process?.stdin?.destroy();
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

  /** Resolves when the worker that had the task is dead, if it is out of the pool: errors come before the exit. */
  async #deathOf(ticket: Ticket): Promise<void> {
    for (const [member, { gone }] of this.#members)
      if (member.channel === ticket && !this.#pool?.threads.includes(member)) await gone;
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
