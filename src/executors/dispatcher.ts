/**
 * The workers that are at one job, as its owner sees them: who has which task, and how they are stopped.
 *
 *   stop (cancel, failure) ─> tasks still in the queue are withdrawn; whoever is at work is told to return
 *   40 ms later            ─> workers still at it are ended; the job settles when they are dead
 */
import type { WorkerCrashedError } from "../errors.js";
import { failureOf, KernelFault, NOT_RECEIVED, rebuildFailure } from "../job/failure.js";
import type { Task } from "../job/future.js";
import type { WireKernel } from "../job/job.js";
import { type Dispatched, UnreadableReply, type WorkerPool } from "../pool/worker-pool.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { GRACE_MS } from "../worker/slicer.js";

export interface StopRules {
  /** Tells everybody at work to return. */
  requestStop(): void;
  /** A task that could not be withdrawn: it may not have begun. */
  preventStart?(slot: number): void;
  /** Whether a worker is still at work, and not merely about to reply. */
  isRunning?(slot: number): boolean;
  /** Whether a worker has begun on the task of a slot. */
  hasBegun(slot: number): boolean;
}

export class Dispatcher<Message, Reply> {
  readonly #running = new Map<number, Dispatched<Reply>>();
  #grace: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: WorkerPool<Message, Reply>,
    private readonly kernel: WireKernel,
    private readonly task: Task,
    private readonly rules: StopRules,
  ) {
    let isRunning = false;
    task.isRunning = () => {
      // What a worker has and has not begun would go to another if that worker died: not yet running.
      const held = [...this.#running].filter(([, dispatched]) => dispatched.isHeld());
      isRunning ||= held.length > 0 && held.every(([slot]) => rules.hasBegun(slot));
      return isRunning;
    };
    task.onStop(() => this.#stop());
  }

  /**
   * Gives a task to the pool, as the one of `slot`. Never rejects: a worker's death fails the job, and so does a reply
   * that can't be read.
   * @returns the reply, or undefined when there is none
   */
  async send(
    slot: number,
    message: Message,
    started?: (dispatched: Dispatched<Reply>) => void,
  ): Promise<Reply | undefined> {
    // The caller may have waited for something before it came here.
    if (this.task.cause) return undefined;
    try {
      const dispatched = this.pool.dispatch(message, () => this.rules.hasBegun(slot));
      started?.(dispatched);
      this.#running.set(slot, dispatched);
      const reply = await dispatched.reply;
      if (!(reply instanceof UnreadableReply)) return reply;
      const fault = new KernelFault(NOT_RECEIVED, reply.error);
      this.task.fail(rebuildFailure(failureOf(this.kernel, fault)));
      return undefined;
    } catch (error) {
      // Once the task was stopped, its workers may have been ended for that: no news.
      if (!this.task.cause) this.task.fail(error as WorkerCrashedError);
      return undefined;
    } finally {
      this.#running.delete(slot);
      if (this.#running.size === 0) clearTimeout(this.#grace);
    }
  }

  #stop(): void {
    this.rules.requestStop();
    for (const [slot, dispatched] of this.#running) if (!dispatched.withdraw()) this.rules.preventStart?.(slot);
    if (this.#running.size === 0) return;
    this.#grace = setTimeout(() => {
      for (const [slot, dispatched] of this.#running) if (this.rules.isRunning?.(slot) ?? true) dispatched.kill();
    }, GRACE_MS);
  }
}
