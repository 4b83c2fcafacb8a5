/**
 * The threads of a cluster's worker: each computes one claim at a time, while the worker's own thread renews locks. Claims
 * that shared all threads by turns of 5 ms took 5 % longer.
 */
import { ThreadExecutor } from "../../executors/threads.js";
import { watched } from "../../job/checked.js";
import { asFuture, type Future, type Task } from "../../job/future.js";
import { NO_OUTCOME, type Outcome } from "../../job/partials.js";
import type { PreparedJob } from "../../job/prepare.js";
import { performance } from "../../timers.js";

class ClaimThread extends ThreadExecutor {
  constructor() {
    super({ workers: 1, callerRuns: false });
  }

  /** Runs a job that came prepared. */
  compute(job: PreparedJob, task: Task): Promise<Outcome> {
    return watched(job.wire.kernel, task, () => this.execute(job, task));
  }
}

/** What a claim comes to, and the ms that it took on its thread. */
export interface TimedOutcome extends Outcome {
  readonly ms: number;
}

export class ClaimThreads {
  readonly #threads: readonly ClaimThread[];
  readonly #free: ClaimThread[];
  /** Claims that wait for a thread, the first one first. */
  readonly #waiting: ((thread: ClaimThread) => void)[] = [];

  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => new ClaimThread());
    this.#free = [...this.#threads];
  }

  /** Resolves when all are up. */
  async ready(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.ready()));
  }

  /** Runs a job that came prepared, on the first thread that is free. */
  compute(job: PreparedJob): Future<TimedOutcome> {
    return asFuture(undefined, async (task) => {
      const thread = await this.#take();
      try {
        const started = performance.now();
        // A job that was stopped while it waited has a cause: this outcome is not looked at.
        const outcome = task.cause ? NO_OUTCOME : await thread.compute(job, task);
        return { ...outcome, ms: performance.now() - started };
      } finally {
        this.#giveBack(thread);
      }
    });
  }

  #take(): ClaimThread | Promise<ClaimThread> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(thread: ClaimThread): void {
    const next = this.#waiting.shift();
    if (next) next(thread);
    else this.#free.push(thread);
  }

  /** Cancels what is under way, and ends the threads. */
  async shutdown(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.shutdown({ cancel: true })));
  }
}
