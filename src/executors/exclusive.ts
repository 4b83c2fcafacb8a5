/**
 * Workers that one task has to itself, as asyncio.to_thread has a thread: taken from the idle ones or started, given
 * back when the task is done.
 *
 *   dispatch ──> an idle worker | a new one (25-40 ms) | our queue, at the limit
 *   reply    ──> the next queued task | idle (for `keepIdleMs`)
 */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { WorkerCrashedError } from "../errors.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { type Dispatched, describeDeath, describeExit, inheritedOptions, type WorkerPool } from "./pool.js";
import { Queue } from "./queue.js";

export interface ExclusiveOptions {
  readonly entry: URL;
  /** Workers at most. */
  readonly size: number;
  readonly workerData: () => object;
  readonly onWaiting?: (tasks: number) => void;
  /** How long an idle worker is kept; always, if undefined. */
  readonly keepIdleMs?: number;
}

interface Ticket<Task, Reply> {
  readonly task: Task;
  resolve(reply: Reply | undefined): void;
  reject(error: Error): void;
}

interface Member<Task, Reply> {
  readonly worker: Worker;
  /** A channel of our own: what a kernel posts to its parent must not pass for a reply. */
  readonly port: MessagePort;
  ticket: Ticket<Task, Reply> | undefined;
  /** It is being ended: a reply of it may still come, but the next task must not go to it. */
  doomed: boolean;
  timer: NodeJS.Timeout | undefined;
  readonly up: Promise<void>;
  readonly gone: Promise<void>;
}

export class ExclusiveWorkers<Task, Reply> implements WorkerPool<Task, Reply> {
  readonly #members = new Set<Member<Task, Reply>>();
  readonly #queue = new Queue<Ticket<Task, Reply>>();

  constructor(private readonly options: ExclusiveOptions) {}

  get size(): number {
    return this.options.size;
  }

  dispatch(task: Task): Dispatched<Reply> {
    let ticket!: Ticket<Task, Reply>;
    const reply = new Promise<Reply | undefined>((resolve, reject) => {
      ticket = { task, resolve, reject };
    });
    const member = this.#idle() ?? (this.#members.size < this.size ? this.#spawn() : undefined);
    if (member) this.#post(member, ticket);
    else {
      this.#queue.push(ticket);
      this.#tellWaiting();
    }
    const holder = () => [...this.#members].find((candidate) => candidate.ticket === ticket);
    return {
      reply,
      isRunning: () => holder() !== undefined,
      withdraw: () => {
        if (!this.#queue.remove(ticket)) return false;
        this.#tellWaiting();
        ticket.resolve(undefined);
        return true;
      },
      kill: () => {
        const member = holder();
        if (member) this.#end(member);
      },
    };
  }

  threadIds(): number[] {
    return [...this.#members].map(({ worker }) => worker.threadId);
  }

  async ready(): Promise<void> {
    while (this.#members.size < this.size) this.#spawn();
    await Promise.all([...this.#members].map(({ up }) => up));
  }

  async destroy(): Promise<void> {
    const all = [...this.#members];
    for (const { worker } of all) worker.terminate();
    await Promise.all(all.map(({ gone }) => gone));
  }

  #idle(): Member<Task, Reply> | undefined {
    for (const member of this.#members) if (!member.ticket && !member.doomed) return member;
    return undefined;
  }

  #spawn(): Member<Task, Reply> {
    const { port1: port, port2 } = new MessageChannel();
    const worker = new Worker(this.options.entry, {
      workerData: { ...this.options.workerData(), port: port2 },
      transferList: [port2],
      ...inheritedOptions(false),
    });
    let failure: Error | undefined;
    const member: Member<Task, Reply> = {
      worker,
      port,
      ticket: undefined,
      doomed: false,
      timer: undefined,
      up: new Promise((resolve) => {
        worker.once("online", resolve);
        worker.once("exit", () => resolve());
      }),
      gone: new Promise((resolve) => {
        worker.once("exit", (code) => {
          this.#members.delete(member);
          port.close();
          clearTimeout(member.timer);
          const what = failure ? describeDeath(failure) : describeExit("the worker thread", code);
          member.ticket?.reject(new WorkerCrashedError(what, failure && { cause: failure }));
          resolve();
          const next = this.#queue.shift();
          this.#tellWaiting();
          if (next) this.#post(this.#spawn(), next);
        });
      }),
    };
    port.on("message", (reply: Reply) => this.#finish(member, reply));
    worker.on("error", (error) => {
      failure = error;
      this.#doom(member);
    });
    // After the listeners: adding one for messages takes a reference again.
    worker.unref();
    port.unref();
    this.#members.add(member);
    return member;
  }

  #post(member: Member<Task, Reply>, ticket: Ticket<Task, Reply>): void {
    clearTimeout(member.timer);
    member.ticket = ticket;
    member.worker.ref();
    member.port.ref();
    member.port.postMessage(ticket.task);
  }

  #finish(member: Member<Task, Reply>, reply: Reply): void {
    const { ticket } = member;
    member.ticket = undefined;
    ticket?.resolve(reply);
    if (member.doomed) return;
    const next = this.#queue.shift();
    if (next) {
      this.#tellWaiting();
      this.#post(member, next);
    } else this.#rest(member);
  }

  /** An idle worker does not keep the process alive. */
  #rest(member: Member<Task, Reply>): void {
    member.worker.unref();
    member.port.unref();
    const { keepIdleMs } = this.options;
    if (keepIdleMs === undefined) return;
    member.timer = setTimeout(() => this.#end(member), keepIdleMs);
    member.timer.unref();
  }

  #end(member: Member<Task, Reply>): void {
    this.#doom(member);
    member.worker.terminate();
  }

  /** Its end makes room for a queued task, which must find the process alive. */
  #doom(member: Member<Task, Reply>): void {
    member.doomed = true;
    member.worker.ref();
  }

  #tellWaiting(): void {
    this.options.onWaiting?.(this.#queue.size);
  }
}
