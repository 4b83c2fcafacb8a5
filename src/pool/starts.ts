/**
 * How many workers a pool should have: as many as tasks wait for a worker (or `ready` asks for). The pool starts them a few
 * at a time, since a thousand starts would hold up the event loop, and gives up when several in a row died before they
 * were up.
 */
import { WorkerCrashedError } from "../errors.js";
import { allowedCores } from "./cores.js";

/** After so many workers in a row that ended before they were up, the pool gives up. */
const MAX_STILLBORN = 8;

/** A call of `ready`. */
interface Awaiting {
  readonly count: number;
  resolve(): void;
  reject(error: Error): void;
}

export class Starts {
  readonly #awaiting = new Set<Awaiting>();
  /** Asked once: it reads files, for 60 us, and each task that queues wants to know. */
  readonly #atOnce = Math.max(2, allowedCores());
  #stillborn = 0;

  /** @param size workers at most */
  constructor(private readonly size: number) {}

  /** Resolves when `count` workers are up. */
  await(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#awaiting.add({ count: Math.min(count, this.size), resolve, reject });
    });
  }

  /** The limit of workers while `up` are up: as many as cores, and two at least, start at once. */
  limit(up: number): number {
    return Math.min(this.size, up + this.#atOnce);
  }

  /** The number of workers to have, while `up` are up and `queued` tasks wait. */
  needed(up: number, queued: number): number {
    let wanted = up + queued;
    for (const awaiting of [...this.#awaiting])
      if (awaiting.count <= up) {
        this.#awaiting.delete(awaiting);
        awaiting.resolve();
      } else wanted = Math.max(wanted, awaiting.count);
    return Math.min(this.limit(up), wanted);
  }

  /** A worker is up. */
  succeeded(): void {
    this.#stillborn = 0;
  }

  /** A worker could not be started, or died before it was up. @returns the error to give up with, if it is time for that */
  failed(reason: Error): WorkerCrashedError | undefined {
    if (++this.#stillborn < MAX_STILLBORN) return undefined;
    const error = new WorkerCrashedError(
      `${this.#stillborn} workers in a row ended before they were up: ${reason.message}`,
      { cause: reason.cause },
    );
    this.#stillborn = 0;
    this.giveUp(error);
    return error;
  }

  /** Calls of `ready` reject: no more workers will be up. */
  giveUp(error: Error): void {
    for (const { reject } of this.#awaiting) reject(error);
    this.#awaiting.clear();
  }

  /** The pool is shut down: calls of `ready` resolve. */
  close(): void {
    for (const { resolve } of this.#awaiting) resolve();
    this.#awaiting.clear();
  }
}
