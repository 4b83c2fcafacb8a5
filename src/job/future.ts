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

/** Why a task ends early: the failure or the cancellation that came first. */
export interface Cause {
  readonly reason: unknown;
  readonly cancelled: boolean;
}

export class Task {
  cause: Cause | undefined;
  /** Jobs that the executor was given before this one. */
  number = 0;
  /** Errors after the first. */
  readonly further: Error[] = [];
  /** Whether a worker has begun on it. The future calls this when its `state` is read, so that other callers pay nothing. */
  isRunning: () => boolean = () => false;
  /** Items computed so far; called for progress alone. */
  itemsDone: () => number = () => 0;
  /** One, of most tasks. */
  #stoppers: (() => void)[] = [];

  /** Asks the work to stop. @returns whether this was the first cause */
  cancel(reason: unknown): boolean {
    return this.#stop({ reason, cancelled: true });
  }

  /** The work has failed: the rest of it is stopped. */
  fail(error: Error): void {
    if (!this.#stop({ reason: error, cancelled: false }) && error !== this.cause?.reason) this.further.push(error);
  }

  /** Calls `stopper` once when the task is to stop; at once if it already is. */
  onStop(stopper: () => void): void {
    if (this.cause) stopper();
    else this.#stoppers.push(stopper);
  }

  #stop(cause: Cause): boolean {
    if (this.cause) return false;
    this.cause = cause;
    for (const stopper of this.#stoppers.splice(0)) stopper();
    return true;
  }
}

/** The promise of one job. */
export class Future<T> extends Promise<T> {
  readonly #task: Task | undefined;
  #settled: FutureState | undefined;

  /** `then` and the like give plain promises: a Future is only what an executor returned. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @internal */
  constructor(start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void, task?: Task) {
    let resolve!: (value: T) => void;
    let reject!: (reason: unknown) => void;
    super((yes, no) => {
      resolve = yes;
      reject = no;
    });
    this.#task = task;
    start(
      (value) => {
        this.#settled ??= "fulfilled";
        resolve(value);
      },
      (reason) => {
        this.#settled ??= task?.cause?.cancelled ? "cancelled" : "rejected";
        // The caller that cancels knows: a future without listeners must not end the program.
        if (this.#settled === "cancelled") this.catch(() => {});
        reject(reason);
      },
    );
  }

  /** Where the job is: "pending" while queued, "running" once a worker has begun on it. */
  get state(): FutureState {
    return this.#settled ?? (this.#task?.isRunning() ? "running" : "pending");
  }

  /**
   * Asks the job to stop; the future rejects with `reason` (default: an AbortError) once no worker touches the job's
   * memory any more. @returns false when it has settled or been stopped already
   */
  cancel(reason: unknown = new DOMException("This operation was aborted", "AbortError")): boolean {
    return this.#settled === undefined && (this.#task?.cancel(reason) ?? false);
  }
}

/** Runs `work` as a task: its Future settles when `work` has, with the task's cause if there is one. */
export function asFuture<T>(signal: AbortSignal | undefined, work: (task: Task) => Promise<T>): Future<T> {
  const task = new Task();
  return new Future<T>((resolve, reject) => {
    const abort = () => task.cancel(signal?.reason);
    const withdraw = signal && !signal.aborted ? onAbort(signal, abort) : undefined;
    if (signal?.aborted) abort();
    // A task that is cancelled before it starts never starts.
    const done = task.cause ? Promise.resolve(undefined as T) : work(task);
    done
      .catch((error: unknown) => task.fail(error as Error))
      .then((value) => {
        withdraw?.();
        if (!task.cause) return resolve(value as T);
        const { reason } = task.cause;
        if (!task.cause.cancelled && reason instanceof AllcoresError && task.further.length > 0)
          Object.assign(reason, { suppressed: task.further });
        reject(reason);
      });
  }, task);
}
