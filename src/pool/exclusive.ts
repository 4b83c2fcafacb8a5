/**
 * Workers that serve one task at a time, whatever they are: a task takes an idle worker or has one started, and gives it
 * back when it is done. A source starts the workers, and knows the way to them.
 *
 *   dispatch ──> an idle worker | a new one (25-40 ms) | the queue, at the limit and while others start
 *   reply    ──> the next queued task | idle (for `keepIdleMs`)
 *   death    ──> its task rejects, or goes to another worker if it had not begun
 *   refusal  ──> the pool is broken: tasks that wait reject, and so do all later ones
 */
import type { WorkerCrashedError } from "../errors.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { Queue } from "./queue.js";
import { Starts } from "./starts.js";
import { type Dispatched, type HasBegun, MAX_TRIES, type UnreadableReply, type WorkerPool } from "./worker-pool.js";

/** What becomes of a worker. */
export interface WorkerEvents<Reply> {
  /** It can take tasks. */
  up(): void;
  /** It can't be made ready to take tasks, and no other worker could. */
  refused?(error: Error): void;
  reply(reply: Reply | UnreadableReply): void;
  /** It is about to end: its reply may still come, but the next task must go to another worker. */
  doom(): void;
  /** It is dead, and its last reply has come. */
  ended(error: WorkerCrashedError): void;
}

/** The way to one worker. */
export interface WorkerLine<Task> {
  readonly threadId: number;
  /** It keeps the process alive from now on. */
  post(task: Task): void;
  /** Gives it a task that another thread will ring for. @returns what `ringFor` rings; undefined if it can't be deferred */
  defer?(task: Task): number | undefined;
  /** @returns false when a deferred task has been rung for */
  takeBack?(): boolean;
  /** It has no task: it does not keep the process alive. */
  rest(): void;
  /** It keeps the process alive until it is dead. */
  keep(): void;
  end(): void;
}

export interface WorkerSource<Task, Reply> {
  /** @throws WorkerCrashedError when the system has no room for one more */
  start(events: WorkerEvents<Reply>): WorkerLine<Task>;
  /** Ends all workers; resolves when they are dead. */
  destroy(): Promise<void>;
}

export interface ExclusiveOptions<Task, Reply> {
  readonly source: WorkerSource<Task, Reply>;
  /** Workers at most. */
  readonly size: number;
  /** Called with how many tasks wait for a worker, at every change. */
  readonly onWaiting: (tasks: number) => void;
  /** How long an idle worker is kept; always, if undefined. */
  readonly keepIdleMs?: number | undefined;
}

interface Ticket<Task, Reply> {
  readonly task: Task;
  readonly hasBegun: HasBegun;
  tries: number;
  /** The worker that has it. */
  holder: Member<Task, Reply> | undefined;
  resolve(reply: Reply | UnreadableReply | undefined): void;
  reject(error: Error): void;
}

interface Member<Task, Reply> {
  readonly line: WorkerLine<Task>;
  ticket: Ticket<Task, Reply> | undefined;
  isUp: boolean;
  /** It is about to end. */
  isDoomed: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class ExclusiveWorkers<Task, Reply> implements WorkerPool<Task, Reply> {
  readonly #members = new Set<Member<Task, Reply>>();
  /** Workers that are up and have no task; the last one to rest is the first to work, since its caches are warm. */
  readonly #idle: Member<Task, Reply>[] = [];
  /** Workers whose task may not have begun until another thread rings for it. */
  readonly #deferred = new Set<Member<Task, Reply>>();
  readonly #queue = new Queue<Ticket<Task, Reply>>();
  readonly #starts: Starts;
  #upCount = 0;
  #isClosed = false;
  /** Why no worker can take a task. */
  #broken: Error | undefined;

  constructor(private readonly options: ExclusiveOptions<Task, Reply>) {
    this.#starts = new Starts(options.size);
  }

  get size(): number {
    return this.options.size;
  }

  dispatch(task: Task, hasBegun: HasBegun, defer = false): Dispatched<Reply> {
    let ticket!: Ticket<Task, Reply>;
    const reply = new Promise<Reply | UnreadableReply | undefined>((resolve, reject) => {
      ticket = { task, hasBegun, tries: 0, holder: undefined, resolve, reject };
    });
    if (this.#broken) ticket.reject(this.#broken);
    const deferred = this.#broken ? undefined : this.#give(ticket, defer);
    return {
      reply,
      deferred,
      isHeld: () => ticket.holder !== undefined,
      takeBack: () => this.#takeBack(ticket),
      withdraw: () => {
        ticket.tries = Infinity;
        return this.#takeBack(ticket);
      },
      kill: () => {
        if (ticket.holder) this.#end(ticket.holder);
      },
    };
  }

  threadIds(): number[] {
    return [...this.#members].map(({ line }) => line.threadId);
  }

  async ready(count: number): Promise<void> {
    if (this.#broken) throw this.#broken;
    const ready = this.#starts.await(count);
    this.#grow();
    await ready;
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    this.#starts.close();
    await this.options.source.destroy();
  }

  /** @returns what `ringFor` rings, if it was deferred */
  #give(ticket: Ticket<Task, Reply>, defer = false): number | undefined {
    const idle = this.#idle.pop() ?? this.#reclaim();
    if (idle) return this.#post(idle, ticket, defer);
    this.#queue.push(ticket);
    this.#tellWaiting();
    this.#grow();
    return undefined;
  }

  /** @returns whether no worker has it */
  #takeBack(ticket: Ticket<Task, Reply>): boolean {
    const { holder } = ticket;
    if (holder) {
      if (!holder.line.takeBack?.()) return false;
      this.#finish(holder, undefined);
      return true;
    }
    if (!this.#queue.remove(ticket)) return false;
    this.#tellWaiting();
    ticket.resolve(undefined);
    return true;
  }

  /** A worker whose task is deferred: that task queues in place of the one that comes now. */
  #reclaim(): Member<Task, Reply> | undefined {
    for (const member of this.#deferred) {
      const { ticket } = member;
      this.#deferred.delete(member);
      if (!ticket || !member.line.takeBack?.()) continue;
      member.ticket = undefined;
      ticket.holder = undefined;
      ticket.tries--;
      this.#queue.push(ticket);
      this.#tellWaiting();
      this.#grow();
      return member;
    }
    return undefined;
  }

  /** Starts workers for what waits, as many as may start now; called again when one of them is up, or dead. */
  #grow(): void {
    const needed = this.#starts.needed(this.#upCount, this.#queue.size);
    while (!this.#isClosed && !this.#broken && this.#members.size < needed && this.#start());
  }

  /** @returns whether a worker starts */
  #start(): boolean {
    const events: WorkerEvents<Reply> = {
      up: () => this.#up(member),
      refused: (error) => this.#break(member, error),
      reply: (reply) => this.#finish(member, reply),
      doom: () => this.#doom(member),
      ended: (error) => this.#ended(member, error),
    };
    let line: WorkerLine<Task>;
    try {
      line = this.options.source.start(events);
    } catch (error) {
      this.#failedStart(error as WorkerCrashedError);
      return false;
    }
    const member: Member<Task, Reply> = { line, ticket: undefined, isUp: false, isDoomed: false, timer: undefined };
    this.#members.add(member);
    return true;
  }

  #up(member: Member<Task, Reply>): void {
    member.isUp = true;
    this.#upCount++;
    this.#starts.succeeded();
    this.#next(member);
    this.#grow();
  }

  #break(member: Member<Task, Reply>, error: Error): void {
    this.#end(member);
    if (this.#broken || this.#isClosed) return;
    this.#broken = error;
    this.#starts.giveUp(error);
    this.#rejectQueue(error);
  }

  #ended(member: Member<Task, Reply>, error: WorkerCrashedError): void {
    const { ticket, isUp } = member;
    this.#members.delete(member);
    this.#retire(member);
    if (isUp) this.#upCount--;
    if (ticket) this.#retry(ticket, error);
    if (isUp) this.#grow();
    else this.#failedStart(error);
  }

  /** The worker that had the task is dead: the task goes to another if it had not begun. */
  #retry(ticket: Ticket<Task, Reply>, error: WorkerCrashedError): void {
    ticket.holder = undefined;
    if (!this.#isClosed && !this.#broken && ticket.tries < MAX_TRIES && ticket.hasBegun() === false) this.#give(ticket);
    else ticket.reject(error);
  }

  /** A start failed: the pool tries another, until too many have failed. Queued tasks then wait for the workers that are up. */
  #failedStart(error: WorkerCrashedError): void {
    const final = this.#isClosed || this.#broken ? undefined : this.#starts.failed(error);
    if (!final) this.#grow();
    if (final && this.#upCount === 0) this.#rejectQueue(final);
  }

  #rejectQueue(error: Error): void {
    for (let ticket = this.#queue.shift(); ticket; ticket = this.#queue.shift()) ticket.reject(error);
    this.#tellWaiting();
  }

  #post(member: Member<Task, Reply>, ticket: Ticket<Task, Reply>, defer = false): number | undefined {
    clearTimeout(member.timer);
    member.ticket = ticket;
    ticket.holder = member;
    ticket.tries++;
    try {
      if (defer && member.line.defer) {
        const doorbell = member.line.defer(ticket.task);
        if (doorbell !== undefined) this.#deferred.add(member);
        return doorbell;
      }
      member.line.post(ticket.task);
    } catch (error) {
      // Too deep for this call's stack, for instance: the worker has not got it.
      member.ticket = undefined;
      ticket.holder = undefined;
      ticket.reject(error as Error);
      if (!member.isDoomed) this.#next(member);
    }
    return undefined;
  }

  #finish(member: Member<Task, Reply>, reply: Reply | UnreadableReply | undefined): void {
    const { ticket } = member;
    if (!ticket) return;
    this.#deferred.delete(member);
    member.ticket = undefined;
    ticket.holder = undefined;
    ticket.resolve(reply);
    if (!member.isDoomed) this.#next(member);
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
    this.#idle.push(member);
    member.line.rest();
    const { keepIdleMs } = this.options;
    if (keepIdleMs === undefined) return;
    member.timer = setTimeout(() => this.#end(member), keepIdleMs);
    member.timer.unref();
  }

  #end(member: Member<Task, Reply>): void {
    this.#doom(member);
    member.line.end();
  }

  /** A queued task starts a new worker when this one has ended: the process must live until then. */
  #doom(member: Member<Task, Reply>): void {
    member.isDoomed = true;
    this.#retire(member);
    member.line.keep();
  }

  /** The worker gets no task any more. */
  #retire(member: Member<Task, Reply>): void {
    this.#deferred.delete(member);
    clearTimeout(member.timer);
    const at = this.#idle.indexOf(member);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  #tellWaiting(): void {
    this.options.onWaiting(this.#queue.size);
  }
}
