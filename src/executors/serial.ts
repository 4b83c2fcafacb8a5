/** Runs jobs on the calling thread, one slice at a time. */
import type { Task } from "../job/future.js";
import type { Outcome } from "../job/partials.js";
import type { PreparedJob } from "../job/prepare.js";
import type { PreparedSteps } from "../job/prepare-steps.js";
import { optionsObject, show } from "../validate.js";
import { runHere } from "../worker/run-here.js";
import { stepsHere } from "../worker/steps-here.js";
import { Executor } from "./executor.js";

/** How a SerialExecutor shares its thread. */
export interface SerialOptions {
  /** Whether the event loop gets a turn about every 10 ms (default true). */
  readonly yield?: boolean;
}

/** The event loop's turns, in ms of work between them. */
const YIELD_MS = 10;

/**
 * Runs kernels on the calling thread: no worker, no start-up, the baseline that the others are measured against. A slice
 * of a range kernel is about 5 ms; a single call (submit), an endless loop or `process.exit` in a JS kernel can't be cut.
 */
export class SerialExecutor extends Executor {
  readonly kind = "serial";
  readonly concurrency = 1;
  readonly capabilities = { parallel: false, sharedMemory: true } as const;
  readonly #yieldMs: number;

  constructor(options: SerialOptions = {}) {
    super();
    optionsObject("options", options);
    const { yield: yields = true } = options;
    if (typeof yields !== "boolean") throw new TypeError(`yield must be a boolean, got ${show(yields)}`);
    this.#yieldMs = yields ? YIELD_MS : Infinity;
  }

  /** @internal */
  protected override execute(job: PreparedJob, task: Task): Promise<Outcome> {
    return runHere(job, task, this.#yieldMs);
  }

  /** @internal */
  protected override executeSteps(steps: PreparedSteps, task: Task): Promise<void> {
    return stepsHere(steps, task, this.#yieldMs);
  }

  /** @internal */
  protected override async startWorkers(_count: number): Promise<void> {}

  /** @internal */
  protected override async endWorkers(): Promise<void> {}
}
