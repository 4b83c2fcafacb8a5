/**
 * A tinypool pool of child processes, as a WorkerPool that heals.
 *
 *   dispatch ──> tinypool.run ──> a free worker, or TinypoolQueue (which counts and withdraws tasks)
 *   a worker dies ──> its task rejects with a WorkerCrashedError (or goes to another, if it had not begun)
 *   tasks wait    ──> workers are started, a few at a time: signals are heard meanwhile
 *
 * Three tricks. `channel`: tinypool hangs a run's channel object on the worker that gets the task, so the pool finds that
 * worker by the ticket that it gave as the channel; the catch is that the field is not in tinypool's types. `emit("error")`
 * for each exit, with its reason, while tinypool still holds the process: destroying a removed one twice crashes.
 * `options`: tinypool reads them at every run, so `maxThreads` is what may be started at the moment.
 */
import { Tinypool } from "tinypool";
import { WorkerCrashedError } from "../errors.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { Starts } from "./starts.js";
import { type Member, makeRoomForPipes, TinypoolProcess, watchFork } from "./tinypool-process.js";
import { TinypoolQueue } from "./tinypool-queue.js";
import {
  type Dispatched,
  describeDeath,
  type HasBegun,
  inheritedOptions,
  MAX_TRIES,
  type Send,
  type UnreadableReply,
  type WorkerPool,
} from "./worker-pool.js";

export interface TinypoolOptions {
  /** The entry: a file whose default export handles a task. */
  readonly entry: URL;
  readonly size: number;
  /** Called with how many tasks wait for a worker, at every change. */
  readonly onWaiting?: (tasks: number) => void;
  /** Called with what a worker posts beside its replies, and with how to answer a process that has a task. */
  readonly onMessage: (message: unknown, send?: Send) => void;
}

/** How long a process may take to end after SIGTERM, in ms. */
const SIGTERM_MS = 1000;

/** The channel of one run. */
class Ticket {
  /** How its worker ended. */
  death: string | undefined;
  /** The pool was ending that worker because of another task when it got this one. */
  isMisled = false;
  /** Sends a message to the child that has the task. */
  send: Send | undefined;

  constructor(private readonly listener: TinypoolOptions["onMessage"]) {}

  /** tinypool's names: the run gives its `send`, and then what its process posts. */
  onMessage(send: Send): void {
    this.send = send;
  }

  postMessage(message: unknown): void {
    if (this.send) this.listener(message, this.send);
  }
}

interface Sent<Reply> {
  readonly run: Promise<Reply>;
  readonly ticket: Ticket;
  /** What stands for it in the queue. */
  readonly entry: object | undefined;
}

export class TinypoolProcesses<Task, Reply> implements WorkerPool<Task, Reply> {
  #pool: Tinypool | undefined;
  readonly #queue: TinypoolQueue;
  readonly #members = new Map<Member, TinypoolProcess>();
  /** How to reject what is queued. */
  readonly #queued = new Map<object, (error: Error) => void>();
  readonly #starts: Starts;
  /** Members that are being ended, for whose task: a reply of theirs may still come, and tinypool send them the next. */
  readonly #doomed = new WeakMap<Member, Ticket>();

  constructor(private readonly options: TinypoolOptions) {
    this.#starts = new Starts(options.size);
    this.#queue = new TinypoolQueue(options.onWaiting ?? (() => {}));
  }

  get size(): number {
    return this.options.size;
  }

  dispatch(task: Task, hasBegun: HasBegun): Dispatched<Reply> {
    let sent = this.#send(task);
    let tries = 1;
    /** The job is over: the task is not sent again. */
    let stopped = false;
    let resolve!: (reply: Reply | UnreadableReply | undefined) => void;
    let reject!: (error: Error) => void;
    const reply = new Promise<Reply | UnreadableReply | undefined>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    const follow = () => {
      const { run, ticket, entry } = sent;
      if (entry) this.#queued.set(entry, reject);
      const settled = () => entry && this.#queued.delete(entry);
      run.then(
        (value) => {
          settled();
          resolve(value);
        },
        async (error: unknown) => {
          await this.#deathOf(ticket);
          const isDead = ticket.death !== undefined && this.#pool !== undefined;
          const begun = hasBegun();
          // A task that a dying worker got has most probably not begun; it is no try of a task that ends workers itself.
          const neverBegan = ticket.isMisled ? begun !== true : isDead && tries < MAX_TRIES && begun === false;
          settled();
          if (neverBegan && stopped) return resolve(undefined);
          if (!neverBegan || !this.#pool) return reject(this.#crash(ticket, error));
          if (!ticket.isMisled) tries++;
          sent = this.#send(task);
          follow();
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
      isHeld: () => holder() !== undefined,
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
        this.#members.get(member)?.kill();
      },
    };
  }

  #send(task: Task): Sent<Reply> {
    const pool = this.#start();
    const ticket = new Ticket(this.options.onMessage);
    this.#queue.lastPushed = undefined;
    const run = this.#run(pool, task, { channel: ticket }) as Promise<Reply>;
    const entry = this.#queue.lastPushed as object | undefined;
    this.#hookMembers();
    return { run, ticket, entry };
  }

  threadIds(): number[] {
    return [];
  }

  ready(count: number): Promise<void> {
    this.#start();
    const ready = this.#starts.await(count);
    this.#grow();
    return ready;
  }

  async destroy(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    this.#starts.close();
    const members = [...this.#members.values()];
    // tinypool's limit is a timer of the program's, which test runners may have stopped.
    const limit = setTimeout(() => members.forEach((member) => void member.kill()), SIGTERM_MS);
    await pool?.destroy();
    clearTimeout(limit);
    await Promise.all([...this.#members.values()].map(({ gone }) => gone));
  }

  /** Resolves when the worker with this process id is dead; undefined if there is none. */
  gone(id: number): Promise<void> | undefined {
    for (const member of this.#members.values()) if (member.id === id) return member.gone;
    return undefined;
  }

  #start(): Tinypool {
    if (this.#pool) return this.#pool;
    const { entry, size } = this.options;
    makeRoomForPipes(size);
    this.#pool = new Tinypool({
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
    this.#pool.on("error", () => {});
    this.#allow(this.#starts.limit(0));
    const pool = this.#pool;
    // As many as there are: tinypool neither ends idle workers, by timers that test runners fake, nor replaces dead ones.
    Object.defineProperty(pool.options, "minThreads", { get: () => pool.threads.length });
    return pool;
  }

  #hookMembers(): void {
    for (const member of this.#pool?.threads ?? []) if (!this.#members.has(member)) this.#hook(member);
  }

  #hook(member: Member): void {
    const ended = (error: WorkerCrashedError) => {
      const { channel } = member;
      if (channel instanceof Ticket) {
        channel.death = error.message;
        channel.isMisled = (this.#doomed.get(member) ?? channel) !== channel;
      }
      this.#members.delete(member);
      if (this.#pool?.threads.includes(member)) member.emit("error", error);
      if (!this.#pool) return;
      if (life.isUp) this.#grow();
      else this.#failedStart(error);
    };
    const up = () => {
      this.#starts.succeeded();
      this.#grow();
    };
    const life = new TinypoolProcess(member, up, ended, this.options.onMessage);
    this.#members.set(member, life);
  }

  get #upCount(): number {
    let count = 0;
    for (const { isUp } of this.#members.values()) if (isUp) count++;
    return count;
  }

  /** Starts workers for what waits, as many as may start now; called again when one of them is up, or dead. */
  #grow(): void {
    const up = this.#upCount;
    const needed = this.#starts.needed(up, this.#queue.size);
    this.#allow(this.#starts.limit(up));
    for (let count = this.#pool?.threads.length ?? Infinity; count < needed; count++) this.#startOne();
    this.#hookMembers();
  }

  #startOne(): void {
    const pool = this.#pool as Tinypool;
    const start = () => this.#run(pool, null).catch((error: Error) => this.#failedStart(error));
    this.#queue.startWorker(() => void start());
  }

  /** tinypool's `run`, which may start a process. */
  #run(pool: Tinypool, task: unknown, options?: { channel: Ticket }): Promise<unknown> {
    const run = () => pool.run(task, options);
    return pool.threads.length < (pool.options.maxThreads as number) ? watchFork(run) : run();
  }

  /** Sets how many workers tinypool may start. */
  #allow(count: number): void {
    if (this.#pool) (this.#pool.options as { maxThreads: number }).maxThreads = count;
  }

  /** A start failed: the pool tries another, until too many have failed. Queued tasks then wait for the workers that are up. */
  #failedStart(error: Error): void {
    const final = this.#starts.failed(error);
    if (!final) this.#grow();
    else if (this.#upCount === 0) {
      this.#queue.cancel();
      for (const reject of [...this.#queued.values()]) reject(final);
    }
  }

  /** Resolves when the worker that had the task is dead, if it is out of the pool: errors come before the exit. */
  async #deathOf(ticket: Ticket): Promise<void> {
    for (const [member, { gone }] of this.#members)
      if (member.channel === ticket && !this.#pool?.threads.includes(member)) await gone;
  }

  #crash(ticket: Ticket, error: unknown): Error {
    if (error instanceof WorkerCrashedError) return error;
    return new WorkerCrashedError(ticket.death ?? describeDeath(error), { cause: error });
  }
}
