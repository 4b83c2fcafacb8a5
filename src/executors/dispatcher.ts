/**
 * Gives the tasks of one job to a pool, and stops them.
 *
 *   stop (cancel, failure) ─> tasks still in the queue are withdrawn; the others are asked to stop
 *   40 ms later            ─> workers that still run one are ended; the job settles when they are dead
 */
import type { WorkerCrashedError } from "../errors.js";
import { failureOf, KernelFault, NOT_RECEIVED, rebuildFailure } from "../job/failure.js";
import type { Task } from "../job/future.js";
import type { WireKernel } from "../job/wire-job.js";
import { type Dispatched, type DispatchOptions, UnreadableReply, type WorkerPool } from "../pool/worker-pool.js";
import { clearTimeout, setTimeout } from "../timers.js";

/** How long a worker may take to return from a stopped job before it is ended, in ms. */
export const GRACE_MS = 40;

/** What an executor knows of the tasks that it has given away, each in a slot of its job: a control block knows it all. */
export interface SlotRules {
  /** Asks all tasks to stop. */
  stop(): void;
  /** For a task that could not be withdrawn: if no worker has begun on it, none will. */
  preventStart?(slot: number): void;
  /** Whether a worker still runs the task, and is not merely about to reply. */
  isRunning?(slot: number): boolean;
  /** Whether a worker has begun on the task; undefined: not known. */
  hasBegun(slot: number): boolean | undefined;
  /** A worker's death, with what the job knows of it. */
  readonly explain?: ((error: WorkerCrashedError) => WorkerCrashedError) | undefined;
}

export interface SendOptions<Reply> extends DispatchOptions {
  /** Called with the task once the pool has it. */
  readonly given?: (dispatched: Dispatched<Reply>) => void;
}

export class Dispatcher<Message, Reply> {
  /** By slot, the tasks that are under way. */
  readonly #underWay: (Dispatched<Reply> | undefined)[] = [];
  #count = 0;
  /** Slots whose task need not begin. */
  #deferred: Set<number> | undefined;
  #grace: NodeJS.Timeout | undefined;
  /** Once it was, it stays so. */
  #wasRunning = false;

  constructor(
    private readonly pool: WorkerPool<Message, Reply>,
    private readonly kernel: WireKernel,
    private readonly task: Task,
    private readonly rules: SlotRules,
  ) {
    task.isRunning = () => this.#isRunning();
    task.onStop(() => this.#stop());
  }

  #isRunning(): boolean {
    if (this.#wasRunning) return true;
    let isHeld = false;
    for (const [slot, dispatched] of this.#underWay.entries()) {
      if (!dispatched?.isHeld()) continue;
      const hasBegun = this.rules.hasBegun(slot) !== false;
      // A task on which its worker has not begun would go to another worker if that one died: it is not yet running.
      if (!hasBegun && !this.#deferred?.has(slot)) return false;
      isHeld ||= hasBegun;
    }
    this.#wasRunning = isHeld;
    return isHeld;
  }

  /**
   * Gives a task to the pool, as the one of `slot`. Never rejects: a worker's death fails the job, and so does a reply
   * that can't be read.
   * @returns the reply, or undefined when there is none
   */
  async send(slot: number, message: Message, options: SendOptions<Reply> = {}): Promise<Reply | undefined> {
    // The job may have been stopped while its executor waited for something else.
    if (this.task.cause) return undefined;
    const dispatched = this.pool.dispatch(message, () => this.rules.hasBegun(slot), options);
    options.given?.(dispatched);
    if (options.defer) this.#deferred = new Set(this.#deferred).add(slot);
    else this.#deferred?.delete(slot);
    this.#underWay[slot] = dispatched;
    this.#count++;
    try {
      const reply = await dispatched.reply;
      if (!(reply instanceof UnreadableReply)) return reply;
      const fault = new KernelFault(NOT_RECEIVED, reply.error);
      this.task.fail(rebuildFailure(failureOf(this.kernel, fault)));
      return undefined;
    } catch (error) {
      // The workers of a stopped job may have been ended because of the stop: their deaths are no failures.
      const crash = error as WorkerCrashedError;
      if (!this.task.cause) this.task.fail(this.rules.explain?.(crash) ?? crash);
      return undefined;
    } finally {
      this.#underWay[slot] = undefined;
      if (--this.#count === 0) clearTimeout(this.#grace);
    }
  }

  /** No work is left for tasks that are deferred. */
  takeBackDeferred(): void {
    for (const slot of this.#deferred ?? []) this.#underWay[slot]?.takeBack?.();
  }

  #stop(): void {
    this.rules.stop();
    for (const [slot, dispatched] of this.#underWay.entries())
      if (dispatched && !dispatched.withdraw()) this.rules.preventStart?.(slot);
    if (this.#count === 0) return;
    this.#grace = setTimeout(() => {
      for (const [slot, dispatched] of this.#underWay.entries())
        if (dispatched && (this.rules.isRunning?.(slot) ?? true)) dispatched.kill();
    }, GRACE_MS);
  }
}
