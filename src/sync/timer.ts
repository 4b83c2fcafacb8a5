/**
 * A call that is made once, after some time, unless a thread cancels it first.
 *
 *   words:  | STATE = (NEW, STARTED, FIRED, CANCELLED) << 4 | flags | BELL |
 *
 * FIRED and CANCELLED exclude each other: both are reached by one exchange.
 */
import { UnsupportedError } from "../errors.js";
import { finiteNumber, milliseconds, optionsObject, show } from "../validate.js";
import { type AsyncWaitOptions, after } from "./async-line.js";
import { checkHandle, type Placement, Shared, type SyncHandle } from "./shared.js";
import type { Next } from "./waiter.js";
import { SHIFT, Word } from "./word.js";

const NEW = 0;
const STARTED = 1;
const FIRED = 2;
const CANCELLED = 3;
const STATES = ["new", "started", "fired", "cancelled"] as const;

const OVER: Next = (state) => (state >> SHIFT >= FIRED ? state : undefined);

export class Timer extends Shared<"Timer"> {
  readonly #word: Word;
  readonly #ms: number;
  readonly #callback: (() => void) | undefined;

  /** @param callback called in this thread's event loop, `ms` milliseconds after `start` */
  constructor(ms: number | SyncHandle<"Timer">, callback?: () => void, where: Placement = {}) {
    if (typeof ms !== "object") {
      if (finiteNumber("ms", ms) < 0) throw new RangeError(`ms must be 0 or more, got ${ms}`);
      if (typeof callback !== "function") throw new TypeError(`callback must be a function, got ${show(callback)}`);
      optionsObject("options", where);
    }
    super("Timer", typeof ms === "object" ? ms : where);
    this.#word = new Word(this.words);
    this.#ms = ms as number;
    this.#callback = callback;
  }

  /** The timer of another thread, to be cancelled or waited for. */
  static from(handle: SyncHandle<"Timer">): Timer {
    return new Timer(checkHandle(handle, "Timer"));
  }

  get state(): (typeof STATES)[number] {
    return STATES[this.#word.value] as (typeof STATES)[number];
  }

  /**
   * Starts the time, by the program's clock, which fake timers of a test runner drive. The process stays alive until the
   * time is over or the timer is cancelled.
   */
  start(): void {
    const callback = this.#callback;
    if (!callback) throw new UnsupportedError("start: the thread that made the timer starts it");
    if (!this.#move(NEW, STARTED)) {
      if (this.state === "cancelled") return;
      throw new UnsupportedError("start: the timer has been started already");
    }
    const stopped = new AbortController();
    const fire = () => {
      if (!this.#move(STARTED, FIRED)) return;
      stopped.abort();
      callback();
    };
    const stopClock = after(this.#ms, fire, globalThis);
    // When another thread has cancelled the timer, the process need not wait for the time.
    this.#word.wait(OVER, { signal: stopped.signal }).then(stopClock, () => {});
  }

  /** Prevents the call. @returns false when it has been made, or the timer was cancelled before */
  cancel(): boolean {
    return this.#move(NEW, CANCELLED) || this.#move(STARTED, CANCELLED);
  }

  /**
   * Blocks this thread until the timer has fired or is cancelled (the call may still run). Not in the thread that made it,
   * whose event loop has to make the call.
   * @returns false when the time is over
   */
  wait(timeoutMs?: number): boolean {
    const timeout = milliseconds("timeoutMs", timeoutMs);
    if (this.#callback && timeout === Infinity && this.#word.value < FIRED)
      throw new UnsupportedError("wait: the thread that made the timer would wait for itself; use waitAsync");
    return this.#word.block(OVER, timeout);
  }

  /** Resolves when the timer has fired or is cancelled. */
  waitAsync(options: AsyncWaitOptions = {}): Promise<boolean> {
    return this.#word.wait(OVER, options);
  }

  #move(from: number, to: number): boolean {
    return this.#word.change((state) => (state >> SHIFT === from ? to << SHIFT : undefined)) !== undefined;
  }
}
