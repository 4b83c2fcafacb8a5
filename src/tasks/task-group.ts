/**
 * Structured concurrency on the event loop, with asyncio's rules: tasks belong to a scope, which is left when all of them
 * are over.
 *
 *   createTask ──> running ──┬─> returned
 *                            ├─> threw: the group stops: every other task's signal is aborted
 *                            └─> rejected with its signal's reason after that (or an error made of it: isStopped):
 *                                cancelled, no failure
 *   join (or the end of `await using`) ──> all are over ──> the failures together in an AggregateError
 */
import { setMaxListeners } from "node:events";
import { onAbort } from "../abort.js";
import { UnsupportedError } from "../errors.js";
import { optionalSignal, optionsObject, show } from "../validate.js";

/** How a group is stopped from outside. */
export interface TaskGroupOptions {
  /** Aborted: all tasks are cancelled, and `join` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The reason with which the tasks of a group are aborted when one of them has failed. */
function stopping(): DOMException {
  return new DOMException("another task of the group has failed", "AbortError");
}

/**
 * Whether an error says only that its task was stopped: it is the reason, an error with that cause (of Node's APIs or of
 * `createTask`), or several of these at once, as `await using` and Promise.any put them together.
 */
function isStopped(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  if (error === signal.reason) return true;
  if (!(error instanceof Error)) return false;
  if (error.name === "AbortError" || error instanceof UnsupportedError) return error.cause === signal.reason;
  if (error instanceof AggregateError)
    return error.errors.length > 0 && error.errors.every((one) => isStopped(one, signal));
  if (error.name !== "SuppressedError") return false; // by its name: Node 20 has no such class
  const { error: last, suppressed } = error as Error & { error?: unknown; suppressed?: unknown };
  return isStopped(last, signal) && isStopped(suppressed, signal);
}

function together(failures: readonly unknown[]): AggregateError {
  return new AggregateError(failures, `${failures.length} tasks of the group failed`);
}

/**
 * Tasks that end together. `await using group = new TaskGroup()` waits for all at the end of the scope, `join` does at any
 * other place. When the scope itself throws, `await using` does not see it: the tasks go on to their ends.
 * `TaskGroup.run` cancels them.
 */
export class TaskGroup implements AsyncDisposable {
  readonly #controller = new AbortController();
  readonly #failures: unknown[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #withdraw: (() => void) | undefined;
  /** The reason of a cancellation from outside. */
  #cancelled: { readonly reason: unknown } | undefined;
  #running = 0;
  #allEnded: (() => void) | undefined;
  #joined: Promise<void> | undefined;
  #isOver = false;

  constructor(options: TaskGroupOptions = {}) {
    optionsObject("options", options);
    optionalSignal("signal", options.signal);
    setMaxListeners(0, this.signal); // as many as there are tasks
    this.#signal = options.signal;
    const stop = () => this.cancel(this.#signal?.reason);
    if (this.#signal?.aborted) stop();
    else this.#withdraw = this.#signal && onAbort(this.#signal, stop);
  }

  /**
   * A group for as long as one function runs, which is stopped and fails as its tasks do.
   * @param body `group.signal` says that it should end
   * @returns what the body returned, when all tasks are over
   * @throws as `join`: what the body throws is one of the failures
   */
  static async run<T>(body: (group: TaskGroup) => Promise<T> | T, options?: TaskGroupOptions): Promise<T> {
    if (typeof body !== "function") throw new TypeError(`body must be a function, got ${show(body)}`);
    const group = new TaskGroup(options);
    let result: T;
    try {
      group.signal.throwIfAborted();
      result = await body(group);
    } catch (error) {
      if (group.#isOver) throw await group.#withLate(error);
      group.#fail(error);
      await group.join();
      throw error; // not reached: the group was stopped at the latest by this
    }
    await group.join();
    return result;
  }

  /** Aborted as soon as a task has failed or the group is cancelled: for work that is not a separate task. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Tasks that are not over. */
  get pending(): number {
    return this.#running;
  }

  /**
   * Starts a task at once, also from within another one, until the group is over.
   * @param work gets the signal that says that it should end; a task that has been cancelled ends by rejecting with the
   * signal's reason
   * @returns what the task returns. The caller need not look at it: `join` reports a failure too
   * @throws UnsupportedError when the group is over, or being stopped: `cause` is why, and a task that fails by it counts
   * as stopped
   */
  createTask<T>(work: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
    if (typeof work !== "function") throw new TypeError(`work must be a function, got ${show(work)}`);
    if (this.#isOver) throw new UnsupportedError("createTask: the group is over");
    if (this.signal.aborted)
      throw new UnsupportedError("createTask: the group is being stopped", { cause: this.signal.reason });
    this.#running++; // the task may join the group at once
    const task = (async () => work(this.signal))();
    task.catch((error: unknown) => this.#fail(error)).then(() => this.#ended());
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
   * as separate AggregateErrors); else the reason for which the group was cancelled from outside
   */
  join(): Promise<void> {
    this.#joined ??= this.#end();
    return this.#joined;
  }

  /** `await using group = new TaskGroup()`: joins; only waits when `join` has been called, which reports failures. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#joined?.catch(() => {}) ?? this.join();
  }

  async #end(): Promise<void> {
    while (this.#running > 0)
      await new Promise<void>((resolve) => {
        this.#allEnded = resolve;
      });
    this.#isOver = true;
    this.#withdraw?.();
    if (this.#failures.length > 0) throw together(this.#failures);
    if (this.#cancelled) throw this.#cancelled.reason;
  }

  /** What `run` rejects with when its body, which has joined the group, throws after that. */
  async #withLate(error: unknown): Promise<unknown> {
    const reported = await this.join().catch((reason: unknown) => reason);
    if (error === reported || isStopped(error, this.signal)) return reported;
    return this.#failures.length > 0 ? together([...this.#failures, error]) : error;
  }

  #ended(): void {
    if (--this.#running === 0) this.#allEnded?.();
  }

  #fail(error: unknown): void {
    if (isStopped(error, this.signal)) return;
    this.#failures.push(error);
    if (!this.signal.aborted) this.#controller.abort(stopping());
  }
}
