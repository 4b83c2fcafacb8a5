/**
 * The promises of one thread that wait for one word, first come first served.
 *
 *   wait ──> first in line: tries; else the ASYNC flag is set and the line is armed: one Atomics.waitAsync on BELL
 *   BELL ──> all event loops wake up; the first in each line tries (or all, where all may go on)
 *   abort or time-out ──> the promise leaves the line; what was armed stays so for the next (arm.ts)
 *
 * Atomics.waitAsync keeps no process alive: the timer that looks does.
 */
import { onAbort } from "../abort.js";
import { clearTimeout, performance, setTimeout } from "../timers.js";
import { milliseconds, optionalSignal, optionsObject } from "../validate.js";
import { armBell } from "./arm.js";
import { LOOK, STARVING_MS } from "./look.js";
import type { AwaitedWord, Next, Waiter } from "./waiter.js";

/** How long a promise waits. */
export interface AsyncWaitOptions {
  /** Milliseconds after which it resolves with false; default: never. */
  readonly timeout?: number | undefined;
  /** Aborted: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Called at the moment when it happens: the callbacks of the promise's `then` come later. */
export interface Callbacks {
  /** The promise goes on. */
  readonly went?: () => void;
  /** The wait was aborted, or its time is over. */
  readonly gaveUp?: () => void;
}

interface Entry {
  readonly next: Next;
  readonly waiter: Waiter;
  readonly since: number;
  readonly callbacks: Callbacks;
  settle(): void;
  resolve(went: boolean): void;
  reject(error: unknown): void;
}

const realTimers = { setTimeout, clearTimeout };

/** The longest time that setTimeout takes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Checks the options of an async form. @returns the time-out in ms */
export function checkWaitOptions(options: AsyncWaitOptions): number {
  optionsObject("options", options);
  optionalSignal("signal", options.signal);
  return milliseconds("timeout", options.timeout);
}

/**
 * `setTimeout` that also takes longer times.
 * @param timeout Infinity: never
 * @param timers globalThis for times that the program sets, so that fake timers of its tests drive them; waits use the
 * real ones
 * @returns a function that stops the clock
 * @internal
 */
export function after(
  timeout: number,
  callback: () => void,
  timers: { readonly setTimeout: typeof setTimeout; readonly clearTimeout: typeof clearTimeout } = realTimers,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const run = (left: number) => {
    const further = left - MAX_TIMEOUT_MS;
    timer = further > 0 ? timers.setTimeout(run, MAX_TIMEOUT_MS, further) : timers.setTimeout(callback, left);
  };
  if (timeout !== Infinity) run(timeout);
  return () => timers.clearTimeout(timer);
}

export class AsyncLine {
  readonly #line = new Set<Entry>();
  #disarm: (() => void) | undefined;
  #looking: NodeJS.Timeout | undefined;

  constructor(
    private readonly word: AwaitedWord,
    private readonly together: boolean,
  ) {}

  async wait(next: Next, options: AsyncWaitOptions, callbacks: Callbacks = {}): Promise<boolean> {
    const timeout = checkWaitOptions(options);
    const { signal } = options;
    signal?.throwIfAborted();
    // A promise that comes when others wait goes to the end of the line, unless it does not wait at all.
    const newcomer = this.#newcomer(next, timeout);
    const mayTry = this.together || this.#line.size === 0;
    if (timeout === 0 ? this.word.attemptLast(newcomer) : mayTry && this.word.attempt(newcomer)) {
      callbacks.went?.();
      return true;
    }
    if (timeout === 0) return false;
    return new Promise((resolve, reject) => {
      const withdraw = signal && onAbort(signal, () => this.#leave(entry, () => reject(signal.reason)));
      const stopClock = after(timeout, () => this.#expire(entry));
      const settle = () => {
        this.#line.delete(entry);
        withdraw?.();
        stopClock();
      };
      const waiter = { isAsync: true, waited: false, starving: false, impatient: false };
      const entry: Entry = { next, waiter, since: performance.now(), callbacks, settle, resolve, reject };
      this.#line.add(entry);
      if (this.#looking === undefined) this.#lookIn(LOOK.ms);
      if (this.#line.size === 1) this.#pump();
      else if (this.together) this.#try(entry); // the armed bell serves the whole line
    });
  }

  /** A try that does not overtake waiters whose turn it is, unless the caller won't wait. */
  #newcomer(next: Next, timeout: number): Next {
    return (state, waiter) => next(state, { ...waiter, isAsync: true, impatient: timeout === 0 });
  }

  #leave(entry: Entry, settle: () => void): void {
    if (!this.#line.has(entry)) return;
    const [first] = this.#line;
    entry.settle();
    entry.callbacks.gaveUp?.();
    settle();
    if (first === entry) this.#pump();
  }

  /** The entry's time is over. It looks before it gives up: its time may have been shorter than that to the next look. */
  #expire(entry: Entry): void {
    const [first] = this.#line;
    this.word.look();
    entry.waiter.impatient = true;
    if (!this.#try(entry)) this.#leave(entry, () => entry.resolve(false));
    else if (first === entry) this.#pump();
  }

  #lookIn(ms: number): void {
    this.#looking = setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    this.#lookIn(this.word.look());
    for (const { waiter } of this.#line) waiter.impatient = true;
    this.#pump();
  }

  #woken(): void {
    const now = performance.now();
    for (const { waiter, since } of this.#line) {
      waiter.waited = true;
      waiter.starving = now - since >= STARVING_MS;
    }
  }

  /** Lets those entries go on that can, and arms the bell for the others. */
  #pump(): void {
    for (;;) {
      const bell = Atomics.load(this.word.words, this.word.at + 1);
      this.#advance();
      if (this.#line.size === 0) this.#rest();
      if (this.#line.size === 0 || this.#disarm) return;
      this.#disarm = armBell(this.word.words, this.word.at + 1, bell, this.#ring);
      if (this.#disarm) return;
    }
  }

  readonly #ring = () => {
    this.#disarm = undefined;
    this.#woken();
    this.#pump();
  };

  #advance(): void {
    for (const entry of this.#line) if (!this.#try(entry) && !this.together) return;
  }

  /** @returns whether the entry waits no longer */
  #try(entry: Entry): boolean {
    try {
      if (!this.word.advance(entry.next, entry.waiter)) return false;
      entry.callbacks.went?.();
      entry.settle();
      entry.resolve(true);
    } catch (error) {
      entry.settle();
      entry.reject(error);
    } finally {
      entry.waiter.impatient = false;
    }
    return true;
  }

  #rest(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    if (this.#looking === undefined) return;
    clearTimeout(this.#looking);
    this.#looking = undefined;
    this.word.lineIsEmpty();
  }
}
