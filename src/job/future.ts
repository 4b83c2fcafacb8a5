/**
 * A Future is the promise of one job; a Task is the same job as the executor sees it.
 *
 *   caller: future.cancel(reason) or signal ─┐
 *   executor: task.fail(error) ──────────────┴─> the first one is the task's cause and stops the work; when no worker can
 *                                                touch the job's memory any more, the future settles with that cause
 */
import { onAbort } from "../abort.js";
import { AllcoresError } from "../errors.js";

/** Where a job is: queued, with a worker, or settled in one of three ways. */
export type FutureState = "pending" | "running" | "fulfilled" | "rejected" | "cancelled";

type Settled = Exclude<FutureState, "pending" | "running">;

/** Why a task ends early: the failure or the cancellation that came first. */
export interface Cause {
  readonly reason: unknown;
  readonly cancelled: boolean;
}

const no = () => false;
const none = () => 0;

export class Task {
  cause: Cause | undefined;
  /** Jobs that the executor was given before this one. */
  number = 0;
  /** What the job came to; undefined while it goes on. */
  settled: Settled | undefined;
  /** Errors after the first. */
  further: Error[] | undefined;
  /** Whether a worker has begun on it. The future calls this when its `state` is read, so that other callers pay nothing. */
  isRunning: () => boolean = no;
  /** Items computed so far; called for progress alone. */
  itemsDone: () => number = none;
  #stoppers: (() => void)[] | undefined;

  /** Asks the work to stop. @returns whether this was the first cause */
  cancel(reason: unknown): boolean {
    return this.#stop({ reason, cancelled: true });
  }

  /** The work has failed: the rest of it is stopped. */
  fail(error: Error): void {
    if (!this.#stop({ reason: error, cancelled: false }) && error !== this.cause?.reason)
      this.further = [...(this.further ?? []), error];
  }

  /** Calls `stopper` once when the task is to stop; at once if it already is. */
  onStop(stopper: () => void): void {
    if (this.cause) stopper();
    else if (this.#stoppers) this.#stoppers.push(stopper);
    else this.#stoppers = [stopper];
  }

  #stop(cause: Cause): boolean {
    if (this.cause) return false;
    this.cause = cause;
    for (const stopper of this.#stoppers ?? []) stopper();
    return true;
  }
}

type Resolve<T> = (value: T) => void;
type Reject = (reason: unknown) => void;

/** The promise of one job. */
export class Future<T> extends Promise<T> {
  readonly #task: Task;

  /** `then` and the like give plain promises: a Future is only what an executor returned. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @internal */
  constructor(start: (resolve: Resolve<T>, reject: Reject) => void, task?: Task) {
    const own = task ?? new Task();
    super(task ? start : noting(start, own));
    this.#task = own;
  }

  /** Where the job is: "pending" while queued, "running" once a worker has begun on it. */
  get state(): FutureState {
    return this.#task.settled ?? (this.#task.isRunning() ? "running" : "pending");
  }

  /**
   * Asks the job to stop; the future rejects with `reason` (default: an AbortError) once no worker touches the job's
   * memory any more. @returns false when it has settled or been stopped already
   */
  cancel(reason: unknown = new DOMException("This operation was aborted", "AbortError")): boolean {
    return this.#task.settled === undefined && this.#task.cancel(reason);
  }
}

/** For futures of no job, as `Future.resolve` makes them. */
function noting<T>(start: (resolve: Resolve<T>, reject: Reject) => void, task: Task): typeof start {
  return (resolve, reject) =>
    start(
      (value) => {
        task.settled ??= "fulfilled";
        resolve(value);
      },
      (reason) => {
        task.settled ??= "rejected";
        reject(reason);
      },
    );
}

/** Runs `work` as a task: its Future settles when `work` has, with the task's cause if there is one. */
export function asFuture<T>(
  signal: AbortSignal | undefined,
  work: (task: Task, future: Future<T>) => Promise<T>,
): Future<T> {
  const task = new Task();
  let resolve!: Resolve<T>;
  let reject!: Reject;
  const future = new Future<T>((yes, no) => {
    resolve = yes;
    reject = no;
  }, task);
  const end = (value?: T) => {
    withdraw?.();
    const { cause } = task;
    task.settled = cause ? (cause.cancelled ? "cancelled" : "rejected") : "fulfilled";
    if (!cause) return resolve(value as T);
    // The caller that cancels knows: a future without listeners must not end the program.
    if (cause.cancelled) future.catch(() => {});
    else if (cause.reason instanceof AllcoresError && task.further)
      Object.assign(cause.reason, { suppressed: task.further });
    reject(cause.reason);
  };
  const withdraw = signal && stopWith(signal, task);
  // A task that is cancelled before it starts never starts, and settles no sooner than others.
  const done = task.cause ? Promise.resolve(undefined as T) : work(task, future);
  done.then(end, (error: Error) => {
    task.fail(error);
    end();
  });
  return future;
}

/** @returns how to let go of the signal */
function stopWith(signal: AbortSignal, task: Task): (() => void) | undefined {
  const abort = () => task.cancel(signal.reason);
  if (!signal.aborted) return onAbort(signal, abort);
  abort();
  return undefined;
}
