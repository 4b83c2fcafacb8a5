/**
 * Workers that serve one task at a time, as the threads of asyncio.to_thread do: a task takes an idle worker or starts one,
 * and gives it back when it is done.
 *
 *   dispatch ──> an idle worker | a new one (25-40 ms) | the queue, at the limit and while others start
 *   reply    ──> the next queued task | idle (for `keepIdleMs`)
 *   death    ──> its task rejects, or goes to another worker if it had not begun
 */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { WorkerCrashedError } from "../errors.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { Queue } from "./queue.js";
import { Starts } from "./starts.js";
import {
  type Dispatched,
  describeDeath,
  describeExit,
  type HasBegun,
  inheritedOptions,
  MAX_TRIES,
  notStarted,
  receive,
  UnreadableReply,
  type WorkerPool,
} from "./worker-pool.js";

export interface DedicatedOptions {
  readonly entry: URL;
  /** Workers at most. */
  readonly size: number;
  readonly workerData: () => object;
  readonly onWaiting?: (tasks: number) => void;
  /** Called with what a worker posts beside its replies. */
  readonly onMessage: (message: unknown) => void;
  /** How long an idle worker is kept; always, if undefined. */
  readonly keepIdleMs?: number | undefined;
}

/** The first message of an entry: it can take tasks. */
export const UP = "allcores: up";

interface Ticket<Task, Reply> {
  readonly task: Task;
  readonly hasBegun: HasBegun;
  tries: number;
  resolve(reply: Reply | UnreadableReply | undefined): void;
  reject(error: Error): void;
}

interface Member<Task, Reply> {
  readonly worker: Worker;
  /** A channel apart from the parent's: what a kernel posts to its parent must not pass for a reply. */
  readonly port: MessagePort;
  ticket: Ticket<Task, Reply> | undefined;
  isUp: boolean;
  /** The pool is ending it: its reply may still come, but the next task must go to another worker. */
  doomed: boolean;
  /** It has ended. */
  isOver: boolean;
  timer: NodeJS.Timeout | undefined;
  readonly gone: Promise<void>;
}

export class DedicatedWorkers<Task, Reply> implements WorkerPool<Task, Reply> {
  readonly #members = new Set<Member<Task, Reply>>();
  readonly #queue = new Queue<Ticket<Task, Reply>>();
  readonly #starts: Starts;
  #isClosed = false;

  constructor(private readonly options: DedicatedOptions) {
    this.#starts = new Starts(options.size);
  }

  get size(): number {
    return this.options.size;
  }

  dispatch(task: Task, hasBegun: HasBegun): Dispatched<Reply> {
    let ticket!: Ticket<Task, Reply>;
    const reply = new Promise<Reply | UnreadableReply | undefined>((resolve, reject) => {
      ticket = { task, hasBegun, tries: 0, resolve, reject };
    });
    this.#give(ticket);
    const holder = () => [...this.#members].find((candidate) => candidate.ticket === ticket);
    return {
      reply,
      isHeld: () => holder() !== undefined,
      withdraw: () => {
        ticket.tries = Infinity;
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

  ready(count: number): Promise<void> {
    const ready = this.#starts.await(count);
    this.#grow();
    return ready;
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    this.#starts.close();
    const all = [...this.#members];
    for (const { worker } of all) worker.terminate();
    await Promise.all(all.map(({ gone }) => gone));
  }

  #give(ticket: Ticket<Task, Reply>): void {
    const idle = this.#idle();
    if (idle) {
      this.#post(idle, ticket);
      return;
    }
    this.#queue.push(ticket);
    this.#tellWaiting();
    this.#grow();
  }

  #idle(): Member<Task, Reply> | undefined {
    for (const member of this.#members) if (member.isUp && !member.ticket && !member.doomed) return member;
    return undefined;
  }

  get #upCount(): number {
    return [...this.#members].filter(({ isUp }) => isUp).length;
  }

  /** Starts workers for what waits, as many as may start now; called again when one of them is up, or dead. */
  #grow(): void {
    const needed = this.#starts.needed(this.#upCount, this.#queue.size);
    while (!this.#isClosed && this.#members.size < needed && this.#spawn());
  }

  /** @returns whether a worker starts */
  #spawn(): boolean {
    const { port1: port, port2 } = new MessageChannel();
    let worker: Worker;
    try {
      worker = new Worker(this.options.entry, {
        workerData: { ...this.options.workerData(), port: port2 },
        transferList: [port2],
        ...inheritedOptions(false),
      });
    } catch (error) {
      port.close();
      this.#failedStart(notStarted("the worker thread", error));
      return false;
    }
    let failure: Error | undefined;
    const member: Member<Task, Reply> = {
      worker,
      port,
      ticket: undefined,
      isUp: false,
      doomed: false,
      isOver: false,
      timer: undefined,
      gone: new Promise((resolve) => {
        worker.once("exit", (code) => {
          member.isOver = true;
          const what = failure ? describeDeath(failure) : describeExit("the worker thread", code);
          this.#ended(member, new WorkerCrashedError(what, failure && { cause: failure }));
          resolve();
        });
      }),
    };
    port.on("message", (reply: Reply | typeof UP) => this.#hear(member, reply));
    port.on("messageerror", (error) => this.#hear(member, new UnreadableReply(error)));
    worker.on("message", this.options.onMessage);
    worker.on("error", (error) => {
      failure = error;
      this.#doom(member);
    });
    this.#members.add(member);
    return true;
  }

  #hear(member: Member<Task, Reply>, message: Reply | UnreadableReply | typeof UP): void {
    if (message === UP) {
      if (!member.isOver) this.#up(member);
    } else this.#finish(member, message);
  }

  #up(member: Member<Task, Reply>): void {
    member.isUp = true;
    this.#starts.succeeded();
    this.#next(member);
    this.#grow();
  }

  #ended(member: Member<Task, Reply>, error: WorkerCrashedError): void {
    // The reply may have come with the exit, which a late error caused.
    for (let next = receive<Reply>(member.port); next; next = receive(member.port)) this.#hear(member, next.value);
    const { ticket, isUp } = member;
    this.#members.delete(member);
    member.port.close();
    clearTimeout(member.timer);
    if (ticket) this.#retry(ticket, error);
    if (isUp) this.#grow();
    else this.#failedStart(error);
  }

  /** The worker that had the task is dead: the task goes to another if it had not begun. */
  #retry(ticket: Ticket<Task, Reply>, error: WorkerCrashedError): void {
    if (!this.#isClosed && ticket.tries < MAX_TRIES && ticket.hasBegun() === false) this.#give(ticket);
    else ticket.reject(error);
  }

  /** A start failed: the pool tries another, until too many have failed. Queued tasks then wait for the workers that are up. */
  #failedStart(error: WorkerCrashedError): void {
    const final = this.#isClosed ? undefined : this.#starts.failed(error);
    if (!final) this.#grow();
    if (!final || this.#upCount > 0) return;
    for (let ticket = this.#queue.shift(); ticket; ticket = this.#queue.shift()) ticket.reject(final);
    this.#tellWaiting();
  }

  #post(member: Member<Task, Reply>, ticket: Ticket<Task, Reply>): void {
    clearTimeout(member.timer);
    member.ticket = ticket;
    ticket.tries++;
    member.worker.ref();
    member.port.ref();
    member.port.postMessage(ticket.task);
  }

  #finish(member: Member<Task, Reply>, reply: Reply | UnreadableReply): void {
    const { ticket } = member;
    member.ticket = undefined;
    ticket?.resolve(reply);
    if (!member.doomed && !member.isOver) this.#next(member);
  }

  /** A worker that is up and has no task gets the next one, or rests. */
  #next(member: Member<Task, Reply>): void {
    const ticket = this.#queue.shift();
    if (ticket) {
      this.#tellWaiting();
      this.#post(member, ticket);
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

  /** A queued task starts a new worker when this one has ended: the process must live until then. */
  #doom(member: Member<Task, Reply>): void {
    member.doomed = true;
    member.worker.ref();
  }

  #tellWaiting(): void {
    this.options.onWaiting?.(this.#queue.size);
  }
}
