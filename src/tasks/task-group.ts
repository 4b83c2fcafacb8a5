/**
 * Structured concurrency on the event loop, with asyncio's rules: tasks belong to a scope, which is left when all of them
 * are over.
 *
 *   createTask ──> running ──┬─> returned
 *                            ├─> threw: the group stops: every other task's signal is aborted
 *                            └─> rejected with its signal's reason after that: cancelled, no failure
 *   join (or the end of `await using`) ──> all are over ──> the failures together in an AggregateError
 */
import { onAbort } from "../abort.js";
import { optionalSignal, optionsObject, show } from "../validate.js";

/** How a group is stopped from outside. */
export interface TaskGroupOptions {
  /** Aborted: all tasks are cancelled, and `join` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Why the tasks of a group are aborted when one of them has failed. */
function stopping(): DOMException {
  return new DOMException("another task of the group has failed", "AbortError");
}

/**
 * Tasks that end together. `await using group = new TaskGroup()` waits for all at the end of the scope; `join` does at
 * any other place.
 */
export class TaskGroup implements AsyncDisposable {
  readonly #controller = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #withdraw: (() => void) | undefined;
  /** Cancelled from outside: with what. */
  #cancelled: { readonly reason: unknown } | undefined;
  #joined: Promise<void> | undefined;
  #isOver = false;

  constructor(options: TaskGroupOptions = {}) {
    optionsObject("options", options);
    optionalSignal("signal", options.signal);
    this.#signal = options.signal;
    const stop = () => this.cancel(this.#signal?.reason);
    if (this.#signal?.aborted) stop();
    else this.#withdraw = this.#signal && onAbort(this.#signal, stop);
  }

  /** Aborted as soon as a task has failed or the group is cancelled: for work that is not a task of its own. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Tasks that are not over. */
  get pending(): number {
    return this.#running.size;
  }

  /**
   * Starts a task at once, also from within another one, until the group is over.
   * @param work gets the signal that says that it should end; a task that has been cancelled ends by rejecting with the
   * signal's reason
   * @returns what the task returns. Nobody need look at it: `join` reports a failure too
   * @throws Error when the group is over or being stopped
   */
  createTask<T>(work: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
    if (typeof work !== "function") throw new TypeError(`work must be a function, got ${show(work)}`);
    if (this.#isOver) throw new Error("createTask: the group is over");
    if (this.signal.aborted) throw new Error("createTask: the group is being stopped");
    const task = (async () => work(this.signal))();
    const watched: Promise<void> = task.then(
      () => {},
      (error: unknown) => this.#fail(error),
    );
    const over = watched.finally(() => this.#running.delete(over));
    this.#running.add(over);
    return task;
  }

  /** Cancels all tasks: `join` rejects with the reason (default: an AbortError), once they are over. */
  cancel(reason: unknown = new DOMException("The group was cancelled", "AbortError")): void {
    if (this.#isOver) return;
    if (this.#failures.length === 0) this.#cancelled ??= { reason };
    this.#controller.abort(reason);
  }

  /**
   * Waits for all tasks, also those that are started meanwhile.
   * @throws AggregateError with all failures, in the order in which they came, if there is any (those of groups within come
   * as AggregateErrors of their own); else the reason for which the group was cancelled from outside
   */
  join(): Promise<void> {
    this.#joined ??= this.#end();
    return this.#joined;
  }

  /** `await using group = new TaskGroup()`: joins. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.join();
  }

  async #end(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#isOver = true;
    this.#withdraw?.();
    if (this.#failures.length > 0)
      throw new AggregateError(this.#failures, `${this.#failures.length} tasks of the group failed`);
    if (this.#cancelled) throw this.#cancelled.reason;
  }

  #fail(error: unknown): void {
    // What was stopped, and says so.
    if (this.signal.aborted && error === this.signal.reason) return;
    this.#failures.push(error);
    if (!this.signal.aborted) this.#controller.abort(stopping());
  }
}
