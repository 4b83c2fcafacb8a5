/**
 * Workers that serve one task at a time, whatever they are: a task takes an idle worker or has one started, and gives it
 * back when it is done. A source starts the workers, and knows the way to them.
 *
 *   dispatch ──> an idle worker | a new one (25-40 ms) | the queue, at the limit and while others start
 *   reply    ──> the next queued task, and short ones ahead | idle (for `keepIdleMs`)
 *   death    ──> its task rejects, or goes to another worker if it had not begun
 *   refusal  ──> the pool is broken: tasks that wait reject, and so do all later ones
 *
 * A worker is woken for 0.4 ms of short tasks: for each alone it would sleep longer than it works. Those on which it has
 * not begun go back to the head of the queue when it stays with one for 2 ms.
 */
import type { WorkerCrashedError } from "../errors.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { giveAhead, hold, type Member, Ticket } from "./members.js";
import { Queue } from "./queue.js";
import { Starts } from "./starts.js";
import type { WorkerEvents, WorkerLine, WorkerSource } from "./worker-line.js";
import {
  type Dispatched,
  type DispatchOptions,
  type HasBegun,
  MAX_TRIES,
  type TaskCost,
  type UnreadableReply,
  type WorkerPool,
} from "./worker-pool.js";

/** How long a worker may stay with one task before those that it has ahead go to others, in ms. */
const STALL_MS = 2;
const LONG: TaskCost = { ms: Infinity };

export interface ExclusiveOptions<Task, Reply> {
  readonly source: WorkerSource<Task, Reply>;
  /** Workers at most. */
  readonly size: number;
  /** Called with how many tasks wait for a worker, at every change. */
  readonly onWaiting: (tasks: number) => void;
  /** How long an idle worker is kept; always, if undefined. */
  readonly keepIdleMs?: number | undefined;
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
  /** Runs while workers have tasks ahead. */
  #stall: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** Why no worker can take a task. */
  #broken: Error | undefined;

  constructor(private readonly options: ExclusiveOptions<Task, Reply>) {
    this.#starts = new Starts(options.size);
  }

  get size(): number {
    return this.options.size;
  }

  dispatch(task: Task, hasBegun: HasBegun, { defer, cost = LONG }: DispatchOptions = {}): Dispatched<Reply> {
    const ticket = new Ticket<Task, Reply>(task, hasBegun, cost, this);
    if (this.#broken) ticket.reject(this.#broken);
    else ticket.deferred = this.#give(ticket, defer);
    return ticket;
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
    clearTimeout(this.#stall);
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

  /**
   * For tickets. @returns whether no worker has it
   * @internal
   */
  takeBack(ticket: Ticket<Task, Reply>): boolean {
    const { holder } = ticket;
    if (holder) {
      if (!this.#release(holder, ticket)) return false;
      ticket.resolve(undefined);
      if (!holder.isDoomed && holder.tickets.length === 0) this.#next(holder);
      return true;
    }
    if (!this.#queue.remove(ticket)) return false;
    this.#tellWaiting();
    ticket.resolve(undefined);
    return true;
  }

  /** The worker gives back a task on which it has not begun. @returns false when it has */
  #release(member: Member<Task, Reply>, ticket: Ticket<Task, Reply>): boolean {
    if (!member.line.takeBack?.(ticket.task)) return false;
    this.#deferred.delete(member);
    member.tickets.splice(member.tickets.indexOf(ticket), 1);
    ticket.holder = undefined;
    return true;
  }

  /** A worker whose task is deferred: that task queues in place of the one that comes now. */
  #reclaim(): Member<Task, Reply> | undefined {
    for (const member of this.#deferred) {
      const [ticket] = member.tickets;
      this.#deferred.delete(member);
      if (!ticket || !this.#release(member, ticket)) continue;
      ticket.tries--;
      this.#queue.push(ticket);
      this.#tellWaiting();
      this.#grow();
      return member;
    }
    return undefined;
  }

  /** Looks whether a worker stays with one task: what it has ahead goes to others. */
  #watch(): void {
    this.#stall ??= setTimeout(() => {
      this.#stall = undefined;
      for (const member of this.#members) {
        if (member.tickets.length <= 1) continue;
        member.line.look?.();
        if (member.replies === member.seen) this.#unload(member);
        member.seen = member.replies;
        this.#watch();
      }
    }, STALL_MS).unref();
  }

  #unload(member: Member<Task, Reply>): void {
    const ahead = member.tickets.slice(1).filter((ticket) => this.#release(member, ticket));
    for (const ticket of ahead) ticket.tries--;
    this.#putBack(ahead);
  }

  /** Tasks that a worker had, and none has begun on, are the next ones. */
  #putBack(tickets: readonly Ticket<Task, Reply>[]): void {
    if (tickets.length === 0) return;
    this.#queue.unshift(tickets);
    for (let idle = this.#idle.pop(); idle; idle = this.#queue.size > 0 ? this.#idle.pop() : undefined)
      this.#next(idle);
    this.#tellWaiting();
    this.#grow();
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
    const member: Member<Task, Reply> = {
      line,
      tickets: [],
      replies: 0,
      seen: 0,
      isUp: false,
      isDoomed: false,
      timer: undefined,
    };
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
    this.end(member);
    if (this.#broken || this.#isClosed) return;
    this.#broken = error;
    this.#starts.giveUp(error);
    this.#rejectQueue(error);
  }

  #ended(member: Member<Task, Reply>, error: WorkerCrashedError): void {
    const { isUp } = member;
    this.#members.delete(member);
    this.#retire(member);
    if (isUp) this.#upCount--;
    const [first, ...ahead] = member.tickets.splice(0);
    // The first one's try was one of theirs, too, if it was no try of theirs at all.
    for (const ticket of ahead) ticket.tries--;
    if (first && this.#mayRetry(first, error)) this.#give(first);
    this.#putBack(ahead.filter((ticket) => this.#mayRetry(ticket, error)));
    // Others may stay with a task for ever that waits for one of those that they have ahead.
    for (const other of this.#members) if (other.tickets.length > 1) this.#unload(other);
    if (isUp) this.#grow();
    else this.#failedStart(error);
  }

  /** The worker that had the task is dead: the task goes to another if it had not begun. */
  #mayRetry(ticket: Ticket<Task, Reply>, error: WorkerCrashedError): boolean {
    ticket.holder = undefined;
    const may = !this.#isClosed && !this.#broken && ticket.tries < MAX_TRIES && ticket.hasBegun() === false;
    if (!may) ticket.reject(error);
    return may;
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
    hold(member, ticket);
    try {
      if (defer && member.line.defer) {
        const doorbell = member.line.defer(ticket.task);
        if (doorbell !== undefined) this.#deferred.add(member);
        return doorbell;
      }
      member.line.post(ticket.task);
    } catch (error) {
      // Too deep for this call's stack, for instance: the worker has not got it.
      member.tickets.pop();
      ticket.holder = undefined;
      ticket.reject(error as Error);
      if (!member.isDoomed) this.#next(member);
    }
    return undefined;
  }

  #finish(member: Member<Task, Reply>, reply: Reply | UnreadableReply | undefined): void {
    const ticket = member.tickets.shift();
    if (!ticket) return;
    this.#deferred.delete(member);
    member.replies++;
    ticket.holder = undefined;
    ticket.resolve(reply);
    if (!member.isDoomed) this.#next(member);
  }

  /** A worker that is up gets the next task if it has none, and perhaps more; without any it rests. */
  #next(member: Member<Task, Reply>): void {
    if (member.tickets.length === 0) {
      const ticket = this.#queue.shift();
      if (!ticket) {
        this.#rest(member);
        return;
      }
      this.#tellWaiting();
      this.#post(member, ticket);
    }
    if (this.#queue.size === 0 || this.#upCount < this.size) return;
    giveAhead(member, this.#queue, Math.ceil(this.#queue.size / this.size));
    this.#tellWaiting();
    if (member.tickets.length > 1) this.#watch();
  }

  /** An idle worker does not keep the process alive. */
  #rest(member: Member<Task, Reply>): void {
    this.#idle.push(member);
    member.line.rest();
    const { keepIdleMs } = this.options;
    if (keepIdleMs === undefined) return;
    member.timer = setTimeout(() => this.end(member), keepIdleMs);
    member.timer.unref();
  }

  /**
   * For tickets, too.
   * @internal
   */
  end(member: Member<Task, Reply>): void {
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
