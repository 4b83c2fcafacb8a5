/**
 * The room of a queue, claimed for an item that takes several cells: else small items that fit would pass it for ever.
 *
 *   words:  | TICKET of the put that has the claim, 0: none | CELLS it needs | AGENT: its thread | TICKETS: the last one |
 *
 *   a put finds too few cells ──> draws a ticket, claims ── there are enough ──> it goes in, all others are woken
 *   an older ticket takes the claim over            └── it gives up, or its thread has ended ──> the claim is over
 *
 * Of several large items the oldest goes next as soon as its thread has looked once: order is no promise, but no put starves.
 * While there is a claim all other puts wait behind it, and are not woken before there is room for it. It is made with the
 * queue's lock held, but it is a courtesy that correctness does not need, so it is not logged: a put that has slept through
 * a whole look passes a claim that could be met and is not (its event loop may be blocked), and ends that of a dead thread.
 */
import { agentId, isAlive } from "./agents.js";
import type { Words } from "./shared.js";
import type { Waiter } from "./waiter.js";

const CELLS = 1;
const AGENT = 2;
const TICKETS = 3;
const NONE = 0;

export class Claim {
  constructor(
    private readonly words: Words,
    private readonly at: number,
    private readonly agents: Int32Array<SharedArrayBuffer>,
  ) {}

  get isThere(): boolean {
    return this.#ticket !== NONE;
  }

  /** Whether `room` is enough for the put that has the claim. */
  isMet(room: number): boolean {
    return room >= Atomics.load(this.words, this.at + CELLS);
  }

  /** Whether a put has to wait for another put's claim. @param ticket the put's, or 0 */
  isBefore(ticket: number, room: number, { isAsync, impatient }: Waiter): boolean {
    const first = this.#ticket;
    if (first === NONE || first === ticket || (ticket !== NONE && isOlder(ticket, first))) return false;
    const agent = Atomics.load(this.words, this.at + AGENT);
    // The claim of a promise of this thread, which goes on only when this blocking put is over.
    if (agent === agentId && !isAsync) return false;
    if (!impatient) return true;
    if (isAlive(this.agents, agent)) return !this.isMet(room);
    this.end(first);
    return false;
  }

  /** Claims the room for a put that found too few cells. @returns the put's ticket */
  make(ticket: number, cells: number): number {
    const mine = ticket || this.#draw();
    const first = this.#ticket;
    if (first !== NONE && first !== mine && isOlder(first, mine)) return mine;
    Atomics.store(this.words, this.at + CELLS, cells);
    Atomics.store(this.words, this.at + AGENT, agentId);
    Atomics.store(this.words, this.at, mine);
    return mine;
  }

  /** The put has gone in or given up. @returns whether it had the claim: then others wait behind it */
  end(ticket: number): boolean {
    return ticket !== NONE && Atomics.compareExchange(this.words, this.at, ticket, NONE) === ticket;
  }

  get #ticket(): number {
    return Atomics.load(this.words, this.at);
  }

  #draw(): number {
    const next = (Atomics.load(this.words, this.at + TICKETS) + 1) | 0 || 1;
    Atomics.store(this.words, this.at + TICKETS, next);
    return next;
  }
}

/** Tickets wrap around. */
function isOlder(ticket: number, other: number): boolean {
  return ((ticket - other) | 0) < 0;
}
