/** A pool of interpreters, as Python's InterpreterPoolExecutor. */
import { BrokenPoolError, UnsupportedError, type WorkerCrashedError } from "../errors.js";
import { type CallerOptions, mayCallerRun } from "../executors/caller-share.js";
import { type MakePool, SharedMemoryExecutor } from "../executors/shared-memory.js";
import { captureArguments, listLabels } from "../job/arguments.js";
import { placeOf } from "../job/array-argument.js";
import { rebuildFailure, type WireFailure } from "../job/failure.js";
import { type AnyFunction, checkKernel, type Kernel } from "../job/handles.js";
import { wireJsKernel } from "../job/prepare.js";
import type { PlacedJob } from "../job/wire-job.js";
import { packageFile } from "../locate.js";
import { type WorkerOptions, workerCount } from "../pool/cores.js";
import { DedicatedThreads } from "../pool/dedicated.js";
import { ExclusiveWorkers } from "../pool/exclusive.js";
import { knownOptions, show } from "../validate.js";
import type { SharedReply, SharedTask } from "../worker/shared-job.js";

/** How many workers, and what each does first. `callerRuns` is false by default: no initializer runs on the caller's thread. */
export interface InterpreterExecutorOptions extends WorkerOptions, CallerOptions {
  /** A JS kernel that each worker calls before its first task. If it fails or ends its worker, the pool is broken. */
  readonly initializer?: Kernel | undefined;
  /** Captured when the executor is made, as the arguments of `submit`. */
  readonly initializerArgs?: readonly unknown[] | undefined;
}

const OPTIONS = ["workers", "callerRuns", "initializer", "initializerArgs"];

interface Initializer {
  readonly job: PlacedJob;
  /** Unpins its arrays. */
  release(): void;
}

const initialized =
  (initializer: PlacedJob | undefined): MakePool =>
  ({ size, onWaiting, workerData, onMessage }) => {
    const source = new DedicatedThreads<SharedTask, SharedReply>({
      entry: packageFile("interpreters/entry/executor.js"),
      workerData: () => ({ ...workerData(), initializer }),
      onMessage,
      refusal: (message) => rebuildFailure(message as WireFailure, BrokenPoolError),
      refusalOfEnd: initializer && ((crash) => endedBy(initializer, crash)),
    });
    return new ExclusiveWorkers({ source, size, onWaiting });
  };

function endedBy({ kernel: { label } }: PlacedJob, crash: WorkerCrashedError): BrokenPoolError {
  return new BrokenPoolError(`the initializer ${label} did not return: ${crash.message}`, { cause: crash });
}

/**
 * Prefer it to an AsyncExecutor where calls build upon what earlier ones have left: each worker keeps its globals from call
 * to call, and `initializer` prepares them. Which worker a call gets is not said.
 *
 * An error of a task is a KernelError, as on other executors. An initializer that fails, or ends its worker, breaks the
 * pool: what waits and every later call reject with a BrokenPoolError. A worker that dies is replaced, and the new one
 * initialized.
 */
export class InterpreterExecutor extends SharedMemoryExecutor<"interpreters"> {
  readonly #release: () => void;

  constructor(options: InterpreterExecutorOptions = {}) {
    const workers = workerCount(options);
    knownOptions(options, OPTIONS);
    const { initializer: kernel, initializerArgs: args = [], callerRuns = false } = options;
    const hasShare = mayCallerRun({ callerRuns });
    if (!Array.isArray(args)) throw new TypeError(`initializerArgs must be an array of arguments, got ${show(args)}`);
    const initializer = kernel === undefined ? undefined : captured(kernel, args);
    super("interpreters", workers, initialized(initializer?.job), hasShare);
    this.#release = initializer?.release ?? (() => {});
  }

  /** @internal */
  protected override async endWorkers(): Promise<void> {
    await super.endWorkers();
    this.#release();
  }
}

function captured(kernel: Kernel<AnyFunction>, args: readonly unknown[]): Initializer {
  checkKernel(kernel, "initializer");
  if (kernel.language !== "js") throw new UnsupportedError("initializer must be a JS kernel, made by jsKernel");
  const releases: (() => void)[] = [];
  const release = () => {
    for (const one of releases.splice(0)) one();
  };
  try {
    const { values, arrays } = captureArguments({ kernel }, args, undefined, releases, listLabels("initializerArgs"));
    const job = { kernel: wireJsKernel(kernel), range: undefined, values, arrays: arrays.map(placeOf), scratch: 0 };
    return { job, release };
  } catch (error) {
    release();
    throw error;
  }
}
