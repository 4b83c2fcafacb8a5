/**
 * A meeting point of a number of parties, again and again.
 *
 *   words:  | STATE = (generation << 12 | arrived << 2 | RESETTING | BROKEN) << 4 | flags | BELL | PARTIES | -
 *           | RESET: a bit for each of 256 generations |
 *
 *   arriving ── the last party ──> generation + 1, arrived 0: all go on
 *   arriving ── time-out, abort(), a failed action ──> BROKEN: all throw, later parties too, until reset()
 *   arriving, BROKEN ── reset() ──> RESETTING ──> the bit RESET, generation + 1: all that wait throw, later ones meet anew
 *
 * A party that sees another generation than the one it arrived in has got through, unless the latter was reset; it may look
 * as late as 127 generations later. The barrier waits for no party to leave: a party may have been terminated. The next
 * party ends RESETTING, and so do reset() and abort().
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
  /** Run by the last party to arrive, in its thread, before all go on. If it throws, the barrier breaks. */
  readonly action?: (() => void) | undefined;
  /** Milliseconds that `wait` waits unless the call gives another time; default: for ever. */
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

  /** The party comes in, unless the last to arrive is at its action. */
  readonly arrive: Next = (state) => {
    if (state & BROKEN) throw broken();
    if (allAreHere(this.words, state)) return undefined;
    const fresh = state & RESETTING ? afterReset(this.words, state) : state;
    this.index = (fresh & ARRIVED) / ONE;
    this.generation = fresh & GENERATION;
    return fresh + ONE;
  };

  /** The party goes on, once all are here or the barrier is broken. */
  readonly depart: Next = (state) => {
    const isOver = (state & GENERATION) !== this.generation;
    this.wasBroken = isOver ? wasReset(this.words, this.generation) : (state & (BROKEN | RESETTING)) !== 0;
    return isOver || this.wasBroken ? state : undefined;
  };
}

function allAreHere(words: Words, state: number): boolean {
  return (state & (BROKEN | RESETTING)) === 0 && (state & ARRIVED) / ONE === words[PARTIES];
}

/** A new generation, in which no party has arrived. Clears the bit of one that is long over, for its next use. */
function renewed(words: Words, state: number): number {
  const [at, bit] = resetBit((state & GENERATION) + (REMEMBERED / 2) * NEXT_GENERATION);
  Atomics.and(words, at, ~bit);
  return (((state & GENERATION) + NEXT_GENERATION) & GENERATION) | (state & FLAGS);
}

/** The same, out of RESETTING: sets the bit by which waiting parties see the reset, whichever thread made it. */
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

  /** The barrier of another thread. The options are for this thread: its action runs when it is the last to arrive. */
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
   * @param timeoutMs default: the option `timeout`; when it is over, the barrier breaks
   * @returns 0 to parties - 1, a different number for each party, in the order of arrival
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

  /** Makes it new: all waiting parties throw a BrokenBarrierError, and later ones meet anew. */
  reset(): void {
    this.#word.change((state) => (state & (ARRIVED | BROKEN) ? (state & ~BROKEN) | RESETTING : undefined));
    this.#word.change((state) => (state & RESETTING ? afterReset(this.words, state) : undefined));
  }

  /** Breaks it: all waiting parties, and later ones, throw a BrokenBarrierError, until `reset`. */
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

  /** The last to arrive runs the action and lets all go on. */
  #complete(visit: Visit): number {
    const isComplete = (state: number) => (state & GENERATION) === visit.generation && allAreHere(this.words, state);
    try {
      this.#action?.();
    } catch (error) {
      this.#word.change((state) => (isComplete(state) ? state | BROKEN : undefined));
      throw error;
    }
    const went = this.#word.change((state) => (isComplete(state) ? renewed(this.words, state) : undefined));
    if (went === undefined) throw broken();
    return visit.index;
  }

  #outcome(visit: Visit): number {
    if (visit.wasBroken) throw broken();
    return visit.index;
  }

  /** Breaks the barrier when this party's time is over, but not once all have come: the last may be at its action. */
  #giveUp(visit: Visit, cause: unknown): void {
    const hasCome = visit.index >= 0;
    const before = this.#word.change((state) => {
      if (allAreHere(this.words, state) || (hasCome && (state & GENERATION) !== visit.generation)) return undefined;
      return state & RESETTING ? undefined : state | BROKEN;
    });
    if (before !== undefined || !hasCome) throw cause;
  }
}
