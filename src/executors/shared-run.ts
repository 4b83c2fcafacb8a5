/**
 * One range on shared memory, or the steps of a job, as the owner runs them.
 *
 *   control block + scratch ─> one task a worker ─> replies: partial values, "yielded" (sent anew, at the queue's tail),
 *   "failed" ─> when the last one is back or its worker dead: outcome, memory freed
 *   stop (cancel, failure) ─> the stop word; tasks in the queue withdrawn; 40 ms later, workers still in a slice ended
 */

import { byteLength, placeOf } from "../job/array-argument.js";
import { rebuildFailure, type WireFailure } from "../job/failure.js";
import type { Task } from "../job/future.js";
import { joinPartials, type Outcome } from "../job/partials.js";
import type { PreparedJob } from "../job/prepare.js";
import type { WireKernel } from "../job/wire-job.js";
import { allocateInternal, freeInternal } from "../memory/heap.js";
import { wholeLines } from "../memory/layout.js";
import { ringFor } from "../pool/doorbell.js";
import { clearTimeout, performance, setTimeout } from "../timers.js";
import { ControlBlock, controlBytes } from "../worker/control-block.js";
import { allocateTree, JoinTree, type TreePlace } from "../worker/join-tree.js";
import type { SharedReply, SharedTask } from "../worker/shared-job.js";
import { takePart } from "../worker/take-part.js";
import { SHARE_SLICE_MS } from "./caller-share.js";
import { Dispatcher } from "./dispatcher.js";
import type { CallersPart, FanOut } from "./fan-out.js";
import type { PoolShare } from "./shared-calls.js";
import type { LaidSteps } from "./shared-steps.js";

/** When the caller rings for workers that were deferred, in ms: the first one may be in a long call, where it does not. */
const LATE_MS = 1;

/** What a range gets of its executor. */
export interface RunOptions extends FanOut, PoolShare {
  /** Workers that take part, at most. */
  readonly workers: number;
  /** Of a job of steps. */
  readonly steps?: LaidSteps | undefined;
}

export class SharedRun {
  /** Of all workers, in the order in which they came. */
  readonly replies: SharedReply[] = [];
  readonly #block: number;
  readonly #control: ControlBlock;
  readonly #dispatcher: Dispatcher<SharedTask, SharedReply>;
  readonly #common: Omit<SharedTask, "slot" | "scratch" | "next">;
  readonly #tree: TreePlace | undefined;
  /** What has ended the job that is no failure of a kernel. */
  readonly #fault: () => Error | undefined;
  /** Where the scratch memory of the first slot begins, and its bytes a slot. */
  readonly #scratch: number;
  readonly #stride: number;
  /** The doorbell of the lowest slot that is deferred so far; 0: none is. */
  #next = 0;

  constructor(
    private readonly job: PreparedJob,
    private readonly task: Task,
    private readonly options: RunOptions,
  ) {
    const { pool, workers, waiting, arenas, joinArenas, steps } = options;
    const { kernel, scratch, arrays } = job.wire;
    const blockBytes = steps?.bytes(workers) ?? controlBytes(workers);
    this.#stride = scratch > 0 ? wholeLines(scratch) : 0;
    this.#block = allocateInternal(blockBytes + workers * this.#stride, `${kernel.label}: control block and scratch`);
    this.#scratch = this.#block + blockBytes;
    const laid = steps?.lay(this.#block, workers);
    const control = laid?.control ?? new ControlBlock(this.#block, workers, job.chunks);
    this.#control = control;
    this.#fault = () => laid && steps?.faultOf(laid.control);
    task.itemsDone = () => control.done;
    this.#dispatcher = new Dispatcher(pool, kernel, task, control);
    const placed = { ...job.wire, arrays: arrays.map(placeOf) };
    const tree = this.#allocateTree(job, workers);
    this.#tree = tree;
    const common = { job: placed, control: this.#block, slots: workers, chunks: job.chunks, waiting, arenas };
    this.#common = { ...common, ...(tree && { joinArenas, tree }), ...(laid && { steps: laid.task }) };
  }

  #allocateTree({ wire: { kernel, range, accumulation }, chunks: count }: PreparedJob, slots: number) {
    if (!range || !accumulation) return undefined;
    const { chunks } = accumulation;
    const first = (range.from ?? 0) / range.grain;
    const bytes = byteLength(accumulation);
    try {
      return allocateTree({ slots, first, last: first + count, chunks, bytes }, kernel.label);
    } catch (error) {
      freeInternal(this.#block);
      throw error;
    }
  }

  async outcome(): Promise<Outcome> {
    const { workers, caller } = this.options;
    let late: NodeJS.Timeout | undefined;
    try {
      if (!this.#control.left)
        await null; // steps without items
      else if (caller) await this.#withCaller(caller, workers - 1);
      else if (workers === 1) await this.#workersPart(0);
      else {
        // The last one first: each gets the doorbell of the one behind it.
        const parts = Array.from({ length: workers }, (_, i) => this.#workersPart(workers - 1 - i));
        if (this.#next !== 0) late = setTimeout(() => this.#ring(), LATE_MS);
        await Promise.all(parts);
      }
      for (const reply of this.replies)
        if (reply.failure && reply.isLate) this.task.fail(this.#errorOf(reply, reply.failure));
      const fault = this.#fault();
      if (fault) this.task.fail(fault);
      // What a part of the chunks came to, for others to join.
      if (this.#tree && this.job.wire.accumulation?.out === 0 && !this.task.cause)
        return { sum: 0n, values: [new JoinTree(this.#tree).nodes()] };
      return joinPartials(this.replies);
    } finally {
      clearTimeout(late);
      freeInternal(this.#block);
      if (this.#tree) freeInternal(this.#tree.pointer);
    }
  }

  /** The caller's thread has the last slot, until a worker goes on there with what it leaves. */
  async #withCaller(caller: CallersPart, last: number): Promise<void> {
    const others = () => Array.from({ length: last }, (_, slot) => this.#workersPart(slot));
    const early = caller.isFirst ? [] : others();
    const reply = await this.#callersPart(caller, last);
    const goesOn = this.#hear(reply) && !this.task.cause;
    const late = goesOn && caller.isFirst && this.#control.left ? others() : [];
    if (goesOn) {
      this.#control.readmit(last);
      late.push(this.#workersPart(last, reply.remainder));
    }
    await Promise.all([...early, ...late]);
  }

  async #callersPart({ turn, rate, isFirst, judge }: CallersPart, slot: number): Promise<SharedReply> {
    const longest = new Map<WireKernel, number>();
    const { kernel: own } = this.#common.job;
    const onSlice = (ms: number, kernel = own) => {
      longest.set(kernel, Math.max(longest.get(kernel) ?? 0, ms));
    };
    const started = performance.now();
    const participants = isFirst ? 1 : slot + 1;
    const share = { rate, ms: turn.ms, claimMs: SHARE_SLICE_MS, participants, onSlice };
    const reply = await takePart(this.#partOf(slot), share);
    turn.giveBack(performance.now() - started);
    for (const [kernel, ms] of longest) judge(ms, kernel);
    return reply;
  }

  #partOf(slot: number): SharedTask {
    const scratch = this.#stride > 0 ? this.#scratch + slot * this.#stride : 0;
    return { ...this.#common, slot, next: this.#next, scratch };
  }

  /** One worker's part, from its first dispatch until it has nothing more to do. */
  async #workersPart(slot: number, left?: SharedTask["remainder"]): Promise<void> {
    const part = this.#partOf(slot);
    let remainder = left;
    let defer = slot >= this.options.atOnce;
    for (; !this.task.cause; this.#control.readmit(slot)) {
      const sent = this.#dispatcher.send(slot, { ...part, remainder }, { defer, given: this.#given });
      defer = false;
      const reply = await sent;
      if (!reply || !this.#hear(reply)) break;
      remainder = reply.remainder;
    }
    // Where no work is left, workers that were not rung for are free.
    if (!this.#control.left) this.#dispatcher.takeBackDeferred();
  }

  #given = ({ deferred }: { readonly deferred?: number | undefined }): void => {
    this.#next = deferred ?? this.#next;
  };

  /** @returns whether the participant has more to do */
  #hear(reply: SharedReply): boolean {
    this.replies.push(reply);
    if (reply.failure && !reply.isLate) this.task.fail(this.#errorOf(reply, reply.failure));
    return reply.state === "yielded";
  }

  #errorOf(reply: SharedReply, failure: WireFailure): Error {
    return rebuildFailure(this.options.steps?.named(failure, reply) ?? failure);
  }

  /** Rings for the first worker that is deferred, which rings for the next one. */
  #ring(): void {
    if (this.#next !== 0 && this.#control.left) ringFor(this.#next);
  }
}
