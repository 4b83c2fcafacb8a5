/**
 * A meeting point of a number of parties, again and again.
 *
 *   words:  | STATE = (generation << 12 | arrived << 2 | RESETTING | BROKEN) << 4 | flags | BELL | PARTIES |
 *
 *   arriving ── the last party ──> generation + 1, nobody arrived: all go on
 *   arriving ── time-out, abort(), a failed action ──> BROKEN: all throw, also who comes later, until reset()
 *   arriving ── reset() ──> RESETTING: all who wait throw and count themselves off; the last one out makes it new
 *
 * The generation is counted on when everybody has arrived or left, so who sees another one than its own has got through,
 * however late it looks: there are 32,768. A party that is terminated while it waits still counts as arrived: reset().
 */
import { BrokenBarrierError } from "../errors.js";
import { milliseconds, optionalFunction, optionsObject, wholeNumber } from "../validate.js";
import { type AsyncWaitOptions, checkWaitOptions } from "./async-line.js";
import { checkHandle, type Placement, Shared, type SyncHandle } from "./shared.js";
import { FLAGS, type Next, Word } from "./word.js";

const PARTIES = 2;
const BROKEN = 1 << 4;
const RESETTING = 1 << 5;
const ONE = 1 << 6;
const ARRIVED = 1023 << 6;
const GENERATION = 32767 << 16;
const NEXT_GENERATION = 1 << 16;

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

  constructor(private readonly parties: number) {}

  get isLast(): boolean {
    return this.index === this.parties - 1;
  }

  /** Comes in, if the last generation is gone: the last to arrive may be at its action, or others leave after a reset. */
  readonly arrive: Next = (state) => {
    if (state & BROKEN) throw broken();
    const arrived = (state & ARRIVED) / ONE;
    if (state & RESETTING || arrived === this.parties) return undefined;
    this.index = arrived;
    this.generation = state & GENERATION;
    return state + ONE;
  };

  /** Goes on, once all are here or the barrier is broken. */
  readonly depart: Next = (state) => {
    if ((state & GENERATION) !== this.generation) return state;
    if ((state & (BROKEN | RESETTING)) === 0) return undefined;
    this.wasBroken = true;
    return less(state);
  };
}

/** A new generation, in which nobody has arrived. */
function renewed(state: number): number {
  return (((state & GENERATION) + NEXT_GENERATION) & GENERATION) | (state & FLAGS);
}

/** One less of those who arrived: the last one out of a reset makes the barrier new. */
function less(state: number): number {
  const rest = state - ONE;
  return rest & RESETTING && (rest & ARRIVED) === 0 ? renewed(rest) : rest;
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

  /** The barrier of another thread. The options are this thread's own: an action is run by the last to arrive only. */
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
   * @param timeoutMs default: the barrier's own; when it is over, the barrier breaks
   * @returns 0 to parties - 1, another number for each party, in the order of arrival
   * @throws BrokenBarrierError when the barrier is or gets broken, or is reset
   */
  wait(timeoutMs?: number): number {
    const deadline = this.#deadline(milliseconds("timeoutMs", timeoutMs ?? this.#timeout));
    const visit = new Visit(this.parties);
    if (!this.#word.block(visit.arrive, deadline.left)) return this.#giveUp(visit, broken());
    if (visit.isLast) return this.#complete(visit);
    if (!this.#word.block(visit.depart, deadline.left)) return this.#giveUp(visit, broken());
    return this.#outcome(visit);
  }

  /** The same without blocking. An aborted wait breaks the barrier, and rejects with the signal's reason. */
  async waitAsync(options: AsyncWaitOptions = {}): Promise<number> {
    const timeout = checkWaitOptions(options);
    const deadline = this.#deadline(options.timeout === undefined ? this.#timeout : timeout);
    const { signal } = options;
    const visit = new Visit(this.parties);
    const pass = async (next: Next) => {
      try {
        if (await this.#word.wait(next, { signal, timeout: deadline.left })) return true;
      } catch (error) {
        if (!signal?.aborted || error !== signal.reason) throw error;
      }
      return false;
    };
    const cause = () => (signal?.aborted ? signal.reason : broken());
    if (!(await pass(visit.arrive))) return this.#giveUp(visit, cause());
    if (visit.isLast) return this.#complete(visit);
    if (!(await pass(visit.depart))) return this.#giveUp(visit, cause());
    return this.#outcome(visit);
  }

  /** Makes it new: all who wait throw a BrokenBarrierError, and who comes later meets anew. */
  reset(): void {
    this.#word.change((state) => (state & ARRIVED ? (state & ~BROKEN) | RESETTING : state & ~(BROKEN | RESETTING)));
  }

  /** Breaks it: all who wait, and who comes later, throw a BrokenBarrierError, until `reset`. */
  abort(): void {
    this.#word.change((state) => (state | BROKEN) & ~RESETTING);
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
    try {
      this.#action?.();
    } catch (error) {
      this.#word.change((state) => less(state & RESETTING ? state : state | BROKEN));
      throw error;
    }
    const next = (state: number) => (state & (BROKEN | RESETTING) ? less(state) : renewed(state));
    if ((this.#word.change(next) as number) & (BROKEN | RESETTING)) throw broken();
    return visit.index;
  }

  #outcome(visit: Visit): number {
    if (!visit.wasBroken) return visit.index;
    this.#word.change((state) => state); // the next generation may wait for the last one to leave
    throw broken();
  }

  /** This party's time is over: so is everybody's. @returns its number, if all had come by then */
  #giveUp(visit: Visit, cause: unknown): number {
    const before = this.#word.change((state) => {
      if (visit.index < 0) return (state | BROKEN) & ~RESETTING;
      if ((state & GENERATION) !== visit.generation) return undefined;
      return less(state & RESETTING ? state : state | BROKEN);
    });
    if (before === undefined) return visit.index;
    throw cause;
  }
}
