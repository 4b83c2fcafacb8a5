/** What a pool of exclusive workers knows of each, and which tasks of its queue a busy one is given ahead. */
import type { Queue } from "./queue.js";
import type { WorkerLine } from "./worker-line.js";
import type { Dispatched, HasBegun, Send, TaskCost, UnreadableReply } from "./worker-pool.js";

/** What a worker is given at most: tasks, and how long they should take in all, in ms. */
const AHEAD = 32;
const AHEAD_MS = 0.4;

/** A task that was given to the pool, and how its giver stops it. One object: thousands may wait. */
export class Ticket<Task, Reply> implements Dispatched<Reply> {
  readonly reply: Promise<Reply | UnreadableReply | undefined>;
  resolve!: (reply: Reply | UnreadableReply | undefined) => void;
  reject!: (error: Error) => void;
  tries = 0;
  /** The worker that has it. */
  holder: Member<Task, Reply> | undefined;
  deferred: number | undefined;
  /** How to send messages to the last worker that had it. */
  send: Send | undefined;

  constructor(
    readonly task: Task,
    readonly hasBegun: HasBegun,
    readonly cost: TaskCost,
    private readonly pool: TicketPool<Task, Reply>,
  ) {
    this.reply = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  isHeld(): boolean {
    return this.holder !== undefined;
  }

  takeBack(): boolean {
    return this.pool.takeBack(this);
  }

  withdraw(): boolean {
    this.tries = Infinity;
    return this.pool.takeBack(this);
  }

  kill(): void {
    if (this.holder) this.pool.end(this.holder);
  }
}

/** What a ticket asks of its pool. */
interface TicketPool<Task, Reply> {
  /** @returns whether no worker has it */
  takeBack(ticket: Ticket<Task, Reply>): boolean;
  end(member: Member<Task, Reply>): void;
}

export interface Member<Task, Reply> {
  readonly line: WorkerLine<Task>;
  /** What it has, in the order in which it was given; it works on the first one. */
  readonly tickets: Ticket<Task, Reply>[];
  /** Replies so far, and how many there were at the last look whether it stays with one task. */
  replies: number;
  seen: number;
  isUp: boolean;
  /** It is about to end. */
  isDoomed: boolean;
  /** @internal its type is Node's, which declarations of the package do without */
  timer: NodeJS.Timeout | undefined;
}

/** The worker has the task. */
export function hold<Task, Reply>(member: Member<Task, Reply>, ticket: Ticket<Task, Reply>): void {
  member.tickets.push(ticket);
  ticket.holder = member;
  ticket.send = member.line.send;
  ticket.tries++;
}

/**
 * Gives a worker short tasks from the head of the queue, once half of what it had is done.
 * @param share how many, at most
 */
export function giveAhead<Task, Reply>(
  member: Member<Task, Reply>,
  queue: Queue<Ticket<Task, Reply>>,
  share: number,
): void {
  const { line, tickets } = member;
  let ms = 0;
  for (const { cost } of tickets) ms += cost.ms;
  if (tickets.length > AHEAD / 2 || ms > AHEAD_MS / 2) return;
  const most = Math.min(AHEAD, tickets.length + share);
  while (tickets.length < most) {
    const next = queue.peek();
    if (!next || ms + next.cost.ms > AHEAD_MS || !line.add?.(next.task)) return;
    ms += next.cost.ms;
    queue.shift();
    hold(member, next);
  }
}
