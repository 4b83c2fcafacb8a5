/**
 * The owner's side of a job on shared memory, for every pool of threads.
 *
 *   control block + scratch ─> one task a worker ─> replies: partial values, "yielded" (sent anew, at the queue's tail),
 *   "failed" ─> when the last one is back or its worker dead: outcome, memory freed
 *   stop (cancel, failure) ─> the stop word; tasks in the queue withdrawn; 40 ms later, workers still in a slice ended
 */
import { placeOf } from "../job/array-argument.js";
import { rebuildFailure } from "../job/failure.js";
import type { Task } from "../job/future.js";
import { joinPartials, type Outcome } from "../job/partials.js";
import type { PreparedJob } from "../job/prepare.js";
import type { WireKernel } from "../job/wire-job.js";
import { type ArenaClaim, Arenas, type ArenaTable, arenaTableHeader, arenaTableSize } from "../memory/arenas.js";
import { allocateInternal, freeInternal, sharedMemory, viewOf } from "../memory/heap.js";
import { wholeLines } from "../memory/layout.js";
import { ringFor } from "../pool/doorbell.js";
import { warnWhenStarved } from "../pool/starvation.js";
import type { WorkerPool } from "../pool/worker-pool.js";
import { agentTable } from "../sync/agents.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { ControlBlock, controlBytes } from "../worker/control-block.js";
import { hearLate } from "../worker/current-call.js";
import { refusePools } from "../worker/kernel-thread.js";
import { participate, type Share, type SharedReply, type SharedTask } from "../worker/shared-job.js";
import { Dispatcher } from "./dispatcher.js";
import { Executor } from "./executor.js";
import { Rates } from "./fan-out.js";

/** When the caller rings for workers that were deferred, in ms. */
const LATE_MS = 1;

/** What the threads of a pool get from their executor. */
export interface ThreadPoolOptions {
  readonly size: number;
  readonly workerData: () => object;
  /** Called with how many tasks wait for a worker, at every change. */
  readonly onWaiting: (tasks: number) => void;
  /** Called with what a worker posts beside its replies. */
  readonly onMessage: (message: unknown) => void;
}

export type MakePool = (options: ThreadPoolOptions) => WorkerPool<SharedTask, SharedReply>;

/** An executor whose workers share this thread's heap. */
export class SharedMemoryExecutor<Kind extends "threads" | "async" = "threads" | "async"> extends Executor {
  readonly kind: Kind;
  readonly concurrency: number;
  readonly capabilities = { parallel: true, sharedMemory: true } as const;
  readonly #makePool: MakePool;
  #pool: WorkerPool<SharedTask, SharedReply> | undefined;
  /** Pointer of the word that says how many tasks wait for a worker: participants read it between slices. */
  #waiting = 0;
  /** Arenas for kernels that allocate, by their size; made when such a kernel is first run. */
  readonly #arenas = new Map<number, ArenaTable>();
  #lastJob = 0;
  readonly #rates: Rates;

  /** @internal */
  constructor(kind: Kind, workers: number, makePool: MakePool, callerRuns = false) {
    super();
    refusePools();
    this.kind = kind;
    this.concurrency = workers;
    this.#makePool = makePool;
    this.#rates = new Rates(callerRuns);
  }

  #startPool(): WorkerPool<SharedTask, SharedReply> {
    if (this.#pool) return this.#pool;
    this.#waiting = allocateInternal(4, "a pool's shared word");
    const word = viewOf("int32", this.#waiting, 1);
    agentTable(); // the workers inherit the table, and enter themselves
    const warn = warnWhenStarved(() => this.#pool);
    this.#pool = this.#makePool({
      size: this.concurrency,
      workerData: () => ({ memory: sharedMemory() }),
      onWaiting: (tasks) => {
        Atomics.store(word, 0, tasks);
        warn(tasks);
      },
      onMessage: hearLate,
    });
    return this.#pool;
  }

  /** @internal */
  protected override async startWorkers(count: number): Promise<void> {
    await this.#startPool().ready(count);
  }

  /** @internal */
  protected override async endWorkers(): Promise<void> {
    await this.#pool?.destroy();
    if (this.#waiting > 0) freeInternal(this.#waiting);
    this.#waiting = 0;
    for (const { pointer } of this.#arenas.values()) freeInternal(pointer);
    this.#arenas.clear();
  }

  /** Where the participants of one more job may allocate. */
  #claimOf(kernel: WireKernel, workers: number): ArenaClaim | undefined {
    if (kernel.language === "js" || !kernel.compiled || kernel.compiled.arena === 0) return undefined;
    const { label, compiled } = kernel;
    const { count, size } = arenaTableSize(workers, compiled.arena);
    const made = this.#arenas.get(compiled.arena);
    const what =
      `${label}: ${count} arenas of ${compiled.arena} bytes, since a kernel of its file allocates (one for each of ` +
      `${workers} workers and ${count - workers} more; a smaller { arena } or fewer workers need less)`;
    const pointer = made?.pointer ?? allocateInternal(size, what, false);
    if (!made) new Uint8Array(sharedMemory().buffer, pointer, arenaTableHeader(count)).fill(0);
    const table = made ?? { pointer, count, bytes: compiled.arena };
    this.#arenas.set(compiled.arena, table);
    this.#lastJob = (this.#lastJob % (2 ** 31 - 1)) + 1;
    return { table, job: this.#lastJob };
  }

  /** @internal */
  protected override async execute(job: PreparedJob, task: Task): Promise<Outcome> {
    const pool = this.#startPool();
    const arenas = this.#claimOf(job.wire.kernel, pool.size);
    const workers = Math.min(pool.size, job.chunks);
    const { deferredFrom, share } = this.#rates.plan(job, workers);
    /** The caller's thread has the last one, if it takes part. */
    const slots = share ? workers + 1 : workers;
    const { scratch, kernel } = job.wire;
    const blockBytes = controlBytes(slots);
    const stride = scratch > 0 ? wholeLines(scratch) : 0;
    const block = allocateInternal(blockBytes + slots * stride, `${kernel.label}: control block and scratch`);
    const control = new ControlBlock(sharedMemory().buffer, block, slots, job.chunks);
    task.itemsDone = () => control.done;
    const dispatcher = new Dispatcher(pool, kernel, task, {
      requestStop: () => control.stop(),
      hasBegun: (slot) => control.hasBegun(slot),
      preventStart: (slot) => control.preventStart(slot),
      isRunning: (slot) => control.isRunning(slot),
    });
    const placed = { ...job.wire, arrays: job.wire.arrays.map(placeOf) };
    const common = { job: placed, control: block, slots, chunks: job.chunks, waiting: this.#waiting, arenas };
    const replies: SharedReply[] = [];

    /** What the last participant that was deferred is rung by. */
    let next = 0;
    const given = ({ deferred }: { readonly deferred?: number | undefined }) => {
      next = deferred ?? next;
    };
    const partOf = (slot: number): SharedTask => {
      return { ...common, slot, next, scratch: stride > 0 ? block + blockBytes + slot * stride : 0 };
    };
    /** @returns whether the participant has more to do */
    const hear = (reply: SharedReply) => {
      replies.push(reply);
      if (reply.failure && !reply.isLate) task.fail(rebuildFailure(reply.failure));
      return reply.state === "yielded";
    };
    /** One worker's part, from its first dispatch until it has nothing more to do. */
    const participant = async (slot: number, first = partOf(slot), remainder?: SharedTask["remainder"]) => {
      let defer = slot >= deferredFrom && !remainder;
      for (let left = remainder; !task.cause; control.readmit(slot)) {
        const sent = dispatcher.send(slot, { ...first, remainder: left }, { defer, given });
        defer = false;
        const reply = await sent;
        if (!reply || !hear(reply)) break;
        left = reply.remainder;
      }
      if (!control.left) dispatcher.takeBackDeferred();
    };
    /** The part of the caller's thread; a worker goes on with what it leaves of a claim. */
    const callersPart = async (limit: Share) => {
      const part = { ...partOf(workers), next: 0 };
      const reply = await participate(part, limit);
      if (control.left) ringFor(next);
      if (hear(reply) && reply.remainder) {
        control.readmit(workers);
        await participant(workers, part, reply.remainder);
      } else if (!control.left) dispatcher.takeBackDeferred();
    };

    // The first worker may be in a long call, where it does not ring.
    const late =
      deferredFrom < workers && !share ? setTimeout(() => control.left && ringFor(next), LATE_MS) : undefined;
    try {
      // The last one first: each rings for the one behind it.
      const parts = Array.from({ length: workers }, (_, i) => participant(workers - 1 - i));
      await Promise.all(share ? [...parts, callersPart(share)] : parts);
      this.#rates.learn(kernel, replies);
      for (const { failure, isLate } of replies) if (failure && isLate) task.fail(rebuildFailure(failure));
      return joinPartials(replies);
    } finally {
      clearTimeout(late);
      if (arenas) new Arenas(arenas.table).takeBack(arenas.job);
      freeInternal(block);
    }
  }
}
