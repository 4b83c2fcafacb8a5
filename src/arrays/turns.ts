/**
 * Turns at something that many read and some change: in the order of the calls, readers beside each other, and a call that changes it
 * alone.
 */
import { orAbort } from "../abort.js";

export class Turns {
  #changed: Promise<unknown> = Promise.resolve();
  readonly #readers = new Set<Promise<unknown>>();
  #waiting = 0;

  /** Whether no one is at it, or waits. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /** Reads, when all changes asked for before are done. */
  read<R>(signal: AbortSignal | undefined, work: () => Promise<R>): Promise<R> {
    const done = this.#after(this.#changed, signal, work);
    const end: Promise<unknown> = settled(done).then(() => this.#readers.delete(end));
    this.#readers.add(end);
    return done;
  }

  /** Changes, when all readers and changes asked for before are done. */
  change<R>(signal: AbortSignal | undefined, work: () => Promise<R>): Promise<R> {
    const before = Promise.all([this.#changed, ...this.#readers]).then(() => {});
    const done = this.#after(before, signal, work);
    // One that was aborted while it waited must not let the next one pass those before.
    this.#changed = Promise.all([before, settled(done)]).then(() => {});
    return done;
  }

  async #after<R>(before: Promise<unknown>, signal: AbortSignal | undefined, work: () => Promise<R>): Promise<R> {
    this.#waiting++;
    try {
      await orAbort(before, signal);
      return await work();
    } finally {
      this.#waiting--;
    }
  }
}

const settled = (work: Promise<unknown>) => work.then(...([() => {}, () => {}] as const));
