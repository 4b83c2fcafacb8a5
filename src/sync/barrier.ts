/**
 * A meeting point of a number of parties, again and again.
 *
 *   words:  | STATE = (generation << 12 | arrived << 2 | RESETTING | BROKEN) << 4 | flags | BELL | PARTIES | -
 *           | RESET: a bit for each of 256 generations |
 *
 *   arriving ── the last party ──> generation + 1, none arrived: all go on
 *   arriving ── time-out, abort(), a failed action ──> BROKEN: all throw, later parties too, until reset()
 *   arriving, BROKEN ── reset() ──> RESETTING ──> the bit RESET, generation + 1: waiters throw, later parties meet anew
 *
 * A party that sees a later generation than it arrived in has got through, unless that one was reset; it may look as late
 * as 127 generations later. No party waits for another to leave, which may have been terminated. The next party to come
 * ends RESETTING.
 */
import { BrokenBarrierError } from "../errors.js";
import { performance } from "../timers.js";
import { milliseconds, optionalFunction, optionsObject, wholeNumber } from "../validate.js";
import { type AsyncWaitOptions, checkWaitOptions } from "./async-line.js";
import { checkHandle, type Placement, Shared, type SyncHandle, type Words } from "./shared.js";
import type { Next } from "./waiter.js";
import { FLAGS, Word } from "./word.js";

const PARTIES = 2;
const BROKEN = 1 << 4;
const RESETTING = 1 << 5;
const ONE = 1 << 6;
const ARRIVED = 1023 << 6;
const GENERATION = 32767 << 16;
const NEXT_GENERATION = 1 << 16;
const RESET = 4;
const REMEMBERED = 256;

/** How a barrier's parties meet. */
export interface BarrierOptions extends Placement {
  /** Run by the last to arrive, in its thread, before all go on. If it throws, the barrier breaks. */
  readonly action?: (() => void) | undefined;
  /** Milliseconds that `wait` waits unless it says otherwise; default: for ever. */
  readonly timeout?: number | undefined;
}

/** One party's way through. */
class Visit {
  index = -1;
  generation = -1;
  wasBroken = false;

  constructor(private readonly words: Words) {}

  get isLast(): boolean {
    return this.index === (this.words[PARTIES] as number) - 1;
  }

  /** Comes in, unless the last to arrive is at its action. */
  readonly arrive: Next = (state) => {
    if (state & BROKEN) throw broken();
    if (allAreHere(this.words, state)) return undefined;
    const fresh = state & RESETTING ? afterReset(this.words, state) : state;
    this.index = (fresh & ARRIVED) / ONE;
    this.generation = fresh & GENERATION;
    return fresh + ONE;
  };

  /** Goes on, once all are here or the barrier is broken. */
  readonly depart: Next = (state) => {
    const isOver = (state & GENERATION) !== this.generation;
    this.wasBroken = isOver ? wasReset(this.words, this.generation) : (state & (BROKEN | RESETTING)) !== 0;
    return isOver || this.wasBroken ? state : undefined;
  };
}

function allAreHere(words: Words, state: number): boolean {
  return (state & (BROKEN | RESETTING)) === 0 && (state & ARRIVED) / ONE === words[PARTIES];
}

/** A new generation, in which no party has arrived. It clears the bit of an old one, for a later generation. */
function renewed(words: Words, state: number): number {
  const [at, bit] = resetBit((state & GENERATION) + (REMEMBERED / 2) * NEXT_GENERATION);
  Atomics.and(words, at, ~bit);
  return (((state & GENERATION) + NEXT_GENERATION) & GENERATION) | (state & FLAGS);
}

/** The same, out of RESETTING: any party may do it, and the waiters see it. */
function afterReset(words: Words, state: number): number {
  const [at, bit] = resetBit(state & GENERATION);
  Atomics.or(words, at, bit);
  return renewed(words, state);
}

function wasReset(words: Words, generation: number): boolean {
  const [at, bit] = resetBit(generation);
  return (Atomics.load(words, at) & bit) !== 0;
}

function resetBit(generation: number): readonly [at: number, bit: number] {
  const number = Math.floor(generation / NEXT_GENERATION) % REMEMBERED;
  return [RESET + (number >> 5), 1 << number];
}

function broken(): BrokenBarrierError {
  return new BrokenBarrierError("the barrier was broken or reset");
}

export class Barrier extends Shared<"Barrier"> {
  readonly #word: Word;
  readonly #action: (() => void) | undefined;
  readonly #timeout: number;

  /** @param parties threads that meet, 1 to 1023 */
  constructor(parties: number | SyncHandle<"Barrier">, options: BarrierOptions = {}) {
    if (typeof parties !== "object") wholeNumber("parties", parties, 1, ARRIVED / ONE);
    optionsObject("options", options);
    optionalFunction("action", options.action);
    const timeout = milliseconds("timeout", options.timeout);
    super("Barrier", typeof parties === "object" ? parties : options);
    if (this.isNew) this.words[PARTIES] = parties as number;
    this.#word = new Word(this.words);
    this.#action = options.action;
    this.#timeout = timeout;
  }

  /** The barrier of another thread. The options are this thread's: an action is run by the last to arrive only. */
  static from(handle: SyncHandle<"Barrier">, options?: Omit<BarrierOptions, "on">): Barrier {
    return new Barrier(checkHandle(handle, "Barrier"), options);
  }

  get parties(): number {
    return this.words[PARTIES] as number;
  }

  /** Parties that have arrived and wait. */
  get waiting(): number {
    const { state } = this.#word;
    return state & (BROKEN | RESETTING) ? 0 : (state & ARRIVED) / ONE;
  }

  get broken(): boolean {
    return (this.#word.state & BROKEN) !== 0;
  }

  /**
   * Blocks this thread until all parties have arrived.
   * @param timeoutMs default: the barrier's; when it is over, the barrier breaks
   * @returns 0 to parties - 1, another number for each party, in the order of arrival
   * @throws BrokenBarrierError when the barrier is or gets broken, or is reset
   */
  wait(timeoutMs?: number): number {
    const deadline = this.#deadline(milliseconds("timeoutMs", timeoutMs ?? this.#timeout));
    const visit = new Visit(this.words);
    if (!this.#word.block(visit.arrive, deadline.left)) this.#giveUp(visit, broken());
    if (visit.isLast) return this.#complete(visit);
    if (!this.#word.block(visit.depart, deadline.left)) {
      this.#giveUp(visit, broken());
      this.#word.block(visit.depart, Infinity);
    }
    return this.#outcome(visit);
  }

  /** The same without blocking. An aborted wait breaks the barrier, and rejects with the signal's reason. */
  async waitAsync(options: AsyncWaitOptions = {}): Promise<number> {
    const timeout = checkWaitOptions(options);
    const deadline = this.#deadline(options.timeout === undefined ? this.#timeout : timeout);
    const { signal } = options;
    const visit = new Visit(this.words);
    const pass = async (next: Next) => {
      try {
        if (await this.#word.wait(next, { signal, timeout: deadline.left })) return true;
      } catch (error) {
        if (!signal?.aborted || error !== signal.reason) throw error;
      }
      return false;
    };
    const cause = () => (signal?.aborted ? signal.reason : broken());
    if (!(await pass(visit.arrive))) this.#giveUp(visit, cause());
    if (visit.isLast) return this.#complete(visit);
    if (!(await pass(visit.depart))) {
      this.#giveUp(visit, cause());
      await this.#word.wait(visit.depart, {});
    }
    return this.#outcome(visit);
  }

  /** Makes it new: waiters throw a BrokenBarrierError, and later parties meet anew. */
  reset(): void {
    this.#word.change((state) => (state & (ARRIVED | BROKEN) ? (state & ~BROKEN) | RESETTING : undefined));
    this.#word.change((state) => (state & RESETTING ? afterReset(this.words, state) : undefined));
  }

  /** Breaks it: waiters and later parties throw a BrokenBarrierError, until `reset`. */
  abort(): void {
    this.#word.change((state) => (state & RESETTING ? afterReset(this.words, state) : state) | BROKEN);
  }

  #deadline(timeout: number): { readonly left: number } {
    const end = performance.now() + timeout;
    return {
      get left() {
        return timeout === 0 ? 0 : Math.max(0, end - performance.now());
      },
    };
  }

  /** The last to arrive lets all go on. */
  #complete(visit: Visit): number {
    const isOwn = (state: number) => (state & GENERATION) === visit.generation && allAreHere(this.words, state);
    try {
      this.#action?.();
    } catch (error) {
      this.#word.change((state) => (isOwn(state) ? state | BROKEN : undefined));
      throw error;
    }
    const went = this.#word.change((state) => (isOwn(state) ? renewed(this.words, state) : undefined));
    if (went === undefined) throw broken();
    return visit.index;
  }

  #outcome(visit: Visit): number {
    if (visit.wasBroken) throw broken();
    return visit.index;
  }

  /** This party's time is over, and breaks the barrier; not once all have come, when the last may run the action. */
  #giveUp(visit: Visit, cause: unknown): void {
    const hasCome = visit.index >= 0;
    const before = this.#word.change((state) => {
      if (allAreHere(this.words, state) || (hasCome && (state & GENERATION) !== visit.generation)) return undefined;
      return state & RESETTING ? undefined : state | BROKEN;
    });
    if (before !== undefined || !hasCome) throw cause;
  }
}
