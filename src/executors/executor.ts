/**
 * The base of all executors: the forms (submit, map, parallelFor, parallelReduce), each written once over `run`, and a
 * job's life:
 *
 *   run ─> prepareJob ─> execute (one method an executor) ─> outcome ─> the caller's form ─> Future
 *   └─ signal, future.cancel, progress, pending, shutdown: here, for every executor
 */
import { ShutdownError, UnsupportedError } from "../errors.js";
import { type AccumulatingJob, type Accumulation, identityOf } from "../job/accumulate.js";
import { watched } from "../job/checked.js";
import { asFuture, type Future, type Task } from "../job/future.js";
import { type AccArgs, type AnyFunction, checkKernel, isKernel, type Kernel, type RangeArgs } from "../job/handles.js";
import type { Job, JobResult } from "../job/job.js";
import { NO_OUTCOME, type Outcome } from "../job/partials.js";
import { type PreparedJob, prepareJob } from "../job/prepare.js";
import { type PreparedSteps, prepareSteps } from "../job/prepare-steps.js";
import type { Step } from "../job/steps.js";
import type { HeapArray } from "../memory/heap.js";
import { keepAlive } from "../pool/keep-alive.js";
import { checkRunOptions, PROGRESS_MS, type Progress, type RunOptions, type SubmitOptions } from "../run-options.js";
import { clearInterval, setInterval } from "../timers.js";
import {
  isAsyncIterable,
  isIterable,
  knownOptions,
  optionalSignal,
  optionsObject,
  show,
  wholeNumber,
} from "../validate.js";
import { runHere } from "../worker/run-here.js";
import { mapInOrder } from "./map.js";
import type {
  AccumulateOptions,
  CallArgs,
  Capabilities,
  ExecutorKind,
  ForArgs,
  MapOptions,
  RangeOptions,
  ReduceOptions,
} from "./options.js";

const ACCUMULATE_OPTIONS: readonly string[] = ["out", "combine", "identity", "grain", "signal", "onProgress"];

interface Releasable {
  release(): void;
}

/** What a form makes of a job, stage by stage. */
interface Stages<Prepared extends Releasable, Result, T> {
  /** Checks, and captures what the caller may change later. */
  readonly prepare: () => Prepared | Promise<Prepared>;
  /** What progress counts, in all. */
  readonly total: (prepared: Prepared) => number;
  readonly run: (prepared: Prepared) => Result | Promise<Result>;
  readonly finish: (result: Result) => T;
}

/** Built-in jobs that should take no longer run at once on the caller: 4 us against 50 through a worker. */
const INLINE_MS = 0.05;

/** Runs kernels: on the calling thread, or on workers. See each executor for when to prefer it. */
export abstract class Executor implements AsyncDisposable {
  abstract readonly kind: ExecutorKind;
  /** Kernels that run at the same time, at most. */
  abstract readonly concurrency: number;
  abstract readonly capabilities: Capabilities;
  readonly #pending = new Map<Task, Future<unknown>>();
  #closed: Promise<void> | undefined;
  /** Jobs that were given so far. */
  #given = 0;

  /** Jobs that have not settled. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Whether shutdown has begun. */
  get isShutdown(): boolean {
    return this.#closed !== undefined;
  }

  /**
   * Calls `kernel(...args)` once. Arguments and result are structured-cloned (a SharedArrayBuffer is shared, except with
   * processes).
   * @returns rejects with a KernelError when the kernel throws, a WorkerCrashedError when its worker dies, the signal's
   * reason when it is aborted
   */
  submit<F extends AnyFunction, Named extends object = never>(
    kernel: Kernel<F, Named>,
    ...[args, options]: CallArgs<F, SubmitOptions, Named>
  ): Future<Awaited<ReturnType<F>>> {
    return this.#launch({ kernel, args: args ?? [] }, options, ({ values }) => values[0] as Awaited<ReturnType<F>>);
  }

  /**
   * Calls `kernel(item)` for each item, some ahead of the consumer; yields the results in the items' order. Leaving the
   * loop early cancels what is in flight.
   */
  map<F extends AnyFunction>(
    kernel: Kernel<F>,
    iterable: Iterable<Parameters<F>[0]> | AsyncIterable<Parameters<F>[0]>,
    options: MapOptions = {},
  ): AsyncGenerator<Awaited<ReturnType<F>>, void, void> {
    checkKernel(kernel);
    optionsObject("options", options);
    optionalSignal("signal", options.signal);
    if (!isIterable(iterable) && !isAsyncIterable(iterable))
      throw new TypeError(`iterable must be iterable, got ${show(iterable)}`);
    const window = wholeNumber(
      "window",
      options.window ?? 2 * Math.max(1, this.concurrency),
      1,
      Number.MAX_SAFE_INTEGER,
    );
    const { signal } = options;
    const call = (item: unknown) => this.submit(kernel, [item] as unknown as Parameters<F>, { signal });
    return mapInOrder(call, iterable, window, signal);
  }

  /**
   * Calls `kernel(begin, end, ...args)` over [0, n) in parts. Typed arrays among the arguments must lie on the heap: the
   * kernel works on them in place, or in a process on copies whose parts are brought back.
   */
  parallelFor<F extends AnyFunction, Named extends object = never>(
    kernel: Kernel<F, Named>,
    n: number,
    ...[args, options]: ForArgs<F, RangeOptions, Named>
  ): Future<void> {
    const job = { kernel, n, args: args ?? [], partial: "none", ...grainOf(options) } as const;
    return this.#launch(job, options, () => undefined);
  }

  /**
   * Calls `kernel(begin, end, ...args, accumulator)` over [0, n) in parts. The accumulator is one of the chunk's, an array like
   * `out` filled with `identity`; the kernel adds to it, in one call a chunk or several. Neighbours are joined in pairs as they
   * finish, on the workers: a tree that n and the grain fix, so the same bits for any executor and number of workers.
   * @returns resolves with `out`; when it rejects, `out` may hold anything
   */
  parallelReduce<F extends AnyFunction, A extends HeapArray, Named extends object = never>(
    kernel: Kernel<F, Named>,
    n: number,
    args: AccArgs<F> | NoInfer<Named> | undefined,
    options: AccumulateOptions<A>,
  ): Future<A>;
  /**
   * Calls `kernel(begin, end, ...args)` once a chunk and joins the values with `combine`, as a left fold over the chunks
   * in order: the same result for any executor and number of workers.
   */
  parallelReduce<F extends AnyFunction, Named extends object = never>(
    kernel: Kernel<F, Named>,
    n: number,
    args: RangeArgs<F> | NoInfer<Named> | undefined,
    options: ReduceOptions<Awaited<ReturnType<F>>>,
  ): Future<Awaited<ReturnType<F>>>;
  parallelReduce<F extends AnyFunction>(
    kernel: Kernel<F>,
    n: number,
    args: RangeArgs<F> | AccArgs<F> | object | undefined,
    options: ReduceOptions<Awaited<ReturnType<F>>> | AccumulateOptions<HeapArray>,
  ): Future<unknown> {
    if (options && "out" in options) return this.#accumulate({ kernel, n, args: args ?? [] }, options);
    return this.#fold(kernel, n, args, options);
  }

  #fold<F extends AnyFunction>(
    kernel: Kernel<F>,
    n: number,
    args: object | undefined,
    options: ReduceOptions<Awaited<ReturnType<F>>>,
  ): Future<Awaited<ReturnType<F>>> {
    const job = { kernel, n, args: args ?? [], partial: "value", ...grainOf(options) } as const;
    // Read now: what the caller does with the options later is not seen.
    const { combine, initial } = options ?? {};
    return this.#launch(
      job,
      options,
      ({ values }) => (values as Awaited<ReturnType<F>>[]).reduce((a, b) => combine(a, b), initial),
      () => {
        optionsObject("options", options);
        if (typeof options.combine !== "function")
          throw new TypeError(
            `combine must be a function, got ${isKernel(options.combine) ? "a kernel" : show(options.combine)}; ` +
              '"sum", "min", "max" and kernels go with out',
          );
        if (!("initial" in options)) throw new TypeError("initial is missing: the value to start from");
      },
    );
  }

  #accumulate(
    { kernel, n, args }: { kernel: Kernel; n: number; args: object },
    options: AccumulateOptions<HeapArray>,
  ): Future<HeapArray> {
    const { out, combine, identity } = options;
    const accumulate: Accumulation = { out, combine, identity };
    const job: AccumulatingJob = { kernel, n, args, accumulate, ...grainOf(options) };
    const finish = () => {
      if (n === 0) (out as HeapArray<"float64">).fill(identityOf(accumulate) as number);
      return out;
    };
    return this.#launch(job, options, finish, () => knownOptions(options, ACCUMULATE_OPTIONS));
  }

  /**
   * Runs steps as one job: each begins when all before it are done, without a way back to the caller in between. The caller
   * waits for, cancels and watches all of them together. Progress counts steps, those of a list that repeats as often as it may.
   * @param steps made by `step` and `repeat`
   * @returns rejects as parallelFor, with the step's name in the message: `steps[2]`, or `steps[2].steps[0]` in a list that
   * repeats; with a RangeError when a step begins whose number of items is none; with an UnsupportedError on a cluster
   */
  runSteps(steps: readonly Step[], options?: RunOptions): Future<void> {
    const prepare = () => {
      if (options) knownOptions(options, ["signal", "onProgress"]);
      return prepareSteps(steps);
    };
    return this.#begin(options, (task) =>
      this.#perform(options, task, {
        prepare,
        total: ({ total }) => total,
        run: (prepared) => this.#walk(prepared, task),
        finish: () => {},
      }),
    );
  }

  /** Runs a job: what the other forms are made of. Resolves with undefined, the sum, or the values in chunk order. */
  run<const J extends Job>(job: J, options?: RunOptions): Future<JobResult<J>> {
    const { n, partial } = (job ?? {}) as Job;
    return this.#launch(job, options, ({ sum, values }) => {
      if (n === undefined) return values[0] as JobResult<J>;
      if (partial === "sum") return sum as JobResult<J>;
      return (partial === "value" ? values : undefined) as JobResult<J>;
    });
  }

  /**
   * Starts workers ahead of the jobs that would start them, 25-40 ms each.
   * @param workers how many, 1 or more, at most as many as the executor has; default: all
   * @returns resolves when so many are up, or the executor is shut down meanwhile; rejects with a WorkerCrashedError when they can't be started
   */
  async ready(workers = Math.max(1, this.concurrency)): Promise<void> {
    const count = wholeNumber("workers", workers, 1, Number.MAX_SAFE_INTEGER);
    if (this.#closed) throw closedError();
    await keepAlive(this.startWorkers(Math.min(count, Math.max(1, this.concurrency))));
  }

  /**
   * Takes no more jobs; waits for those under way (or cancels them, with `cancel: true`: they reject with a
   * ShutdownError); ends the workers. Resolves when no thread or process of the executor is left.
   */
  shutdown({ cancel = false }: { cancel?: boolean } = {}): Promise<void> {
    const running = [...this.#pending];
    this.#closed ??= Promise.allSettled(running.map(([, future]) => future)).then(() => keepAlive(this.endWorkers()));
    if (cancel) for (const [task] of running) task.cancel(closedError());
    return this.#closed;
  }

  /** `await using pool = new ThreadExecutor()`: waits for the jobs under way. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /**
   * Runs a prepared job; stops when the task says so. Resolves or rejects when no worker touches the job's memory any more.
   * @internal
   */
  protected abstract execute(job: PreparedJob, task: Task): Promise<Outcome>;
  /**
   * Runs the steps of a job, as `execute` runs a job.
   * @internal
   */
  protected async executeSteps(_steps: PreparedSteps, _task: Task): Promise<void> {
    throw new UnsupportedError(
      `an executor of kind "${this.kind}" runs no steps, whose arrays would cross the network in between: run each as a job`,
    );
  }

  /** @internal */
  protected abstract startWorkers(count: number): Promise<void>;
  /** @internal */
  protected abstract endWorkers(): Promise<void>;

  #launch<T>(
    job: Job | AccumulatingJob,
    options: RunOptions | undefined,
    finish: (outcome: Outcome) => T,
    check?: () => void,
  ): Future<T> {
    const prepare = () => {
      check?.();
      return prepareJob(job);
    };
    const total = ({ wire }: PreparedJob) => wire.range?.n ?? 1;
    return this.#begin(options, (task) =>
      this.#perform(options, task, {
        prepare,
        total,
        run: (prepared) => (task.cause ? NO_OUTCOME : this.#outcome(prepared, task)),
        finish,
      }),
    );
  }

  #begin<T>(options: RunOptions | undefined, perform: (task: Task) => Promise<T>): Future<T> {
    return asFuture<T>(validSignal(options), (task, future) => {
      task.number = this.#given++;
      this.#pending.set(task, future);
      return perform(task);
    });
  }

  async #perform<Prepared extends Releasable, Result, T>(
    options: RunOptions | undefined,
    task: Task,
    { prepare, total, run, finish }: Stages<Prepared, Result, T>,
  ): Promise<T> {
    let release: (() => void) | undefined;
    let stopReporting: (() => void) | undefined;
    try {
      if (this.#closed) throw closedError();
      if (options) checkRunOptions(options);
      const onProgress = options?.onProgress;
      const preparing = prepare();
      const prepared = preparing instanceof Promise ? await preparing : preparing;
      ({ release } = prepared);
      const all = total(prepared);
      stopReporting = onProgress && reportProgress(onProgress, task, all);
      const result = await run(prepared);
      // Of a stopped job there are only some values: its cause is what the future settles with.
      if (task.cause) return undefined as T;
      onProgress?.({ done: all, total: all });
      return task.cause ? (undefined as T) : finish(result);
    } finally {
      stopReporting?.();
      release?.();
      this.#pending.delete(task);
    }
  }

  async #walk(prepared: PreparedSteps, task: Task): Promise<void> {
    const { length } = prepared.steps;
    if (length > 0 && !task.cause)
      await watched({ label: `a job of ${length} steps` }, task, () => this.executeSteps(prepared, task));
  }

  #outcome(job: PreparedJob, task: Task): Promise<Outcome> | Outcome {
    const { chunks, cost = Infinity, wire } = job;
    if (chunks === 0) return NO_OUTCOME;
    const isSmall = cost <= INLINE_MS && wire.kernel.language === "wasm";
    return watched(wire.kernel, task, () => (isSmall ? runHere(job, task) : this.execute(job, task)));
  }
}

/** The signal of options that have not been checked yet. */
export function validSignal(options: SubmitOptions | undefined): AbortSignal | undefined {
  return options?.signal instanceof AbortSignal ? options.signal : undefined;
}

function grainOf(options: RangeOptions | undefined): { grain?: number } {
  return options?.grain === undefined ? {} : { grain: options.grain };
}

function closedError(): ShutdownError {
  return new ShutdownError("the executor has been shut down");
}

function reportProgress(onProgress: (progress: Progress) => void, task: Task, total: number): () => void {
  const timer = setInterval(() => {
    if (task.cause) return;
    try {
      onProgress({ done: Math.min(total, task.itemsDone()), total });
    } catch (error) {
      task.fail(error as Error);
    }
  }, PROGRESS_MS);
  timer.unref();
  return () => clearInterval(timer);
}
