/**
 * Plain calls on shared memory, as their owner runs them: one task and one reply each. What a range needs beside would take
 * longer than many a call.
 */
import { placeOf } from "../job/array-argument.js";
import { rebuildFailure } from "../job/failure.js";
import type { Task } from "../job/future.js";
import { joinPartials, NO_OUTCOME, type Outcome } from "../job/partials.js";
import type { PreparedJob } from "../job/prepare.js";
import { kernelKey, type WireKernel } from "../job/wire-job.js";
import type { ArenaClaim } from "../memory/arenas.js";
import { allocateInternal, freeInternal } from "../memory/heap.js";
import type { WorkerPool } from "../pool/worker-pool.js";
import { ControlBlock, controlBytes } from "../worker/control-block.js";
import type { SharedReply, SharedTask } from "../worker/shared-job.js";
import { Dispatcher } from "./dispatcher.js";

/** Calls that take longer, or are not known, are all the same: one that was interrupted is forgotten after some others. */
const LONG_MS = 1;

/** Control blocks that are kept for later calls, 128 bytes each: to allocate, clear and free one takes 3 us. */
const KEPT_BLOCKS = 1024;

/** What a job gets of its executor. */
export interface PoolShare {
  readonly pool: WorkerPool<SharedTask, SharedReply>;
  /** Pointer of the pool's word: how many tasks wait for a worker. */
  readonly waiting: number;
  readonly arenas: ArenaClaim | undefined;
  /** Of a kernel of another module that joins accumulators. */
  readonly joinArenas?: ArenaClaim | undefined;
}

export class SharedCalls {
  /** How long calls take, in ms, by kernel. */
  readonly #costs = new Map<string, { ms: number }>();
  readonly #blocks: ControlBlock[] = [];

  async run({ wire }: PreparedJob, task: Task, { pool, waiting, arenas }: PoolShare): Promise<Outcome> {
    const { kernel, arrays } = wire;
    const cost = this.#costOf(kernel);
    const control = this.#takeBlock(kernel);
    let scratch = 0;
    try {
      if (wire.scratch > 0) scratch = allocateInternal(wire.scratch, `${kernel.label}: scratch`);
      const job = arrays.length > 0 ? { ...wire, arrays: arrays.map(placeOf) } : wire;
      const place = { control: control.pointer, slots: 1, slot: 0, chunks: 1, scratch, waiting, next: 0 };
      const sent = new Dispatcher(pool, kernel, task, control).send(0, { job, ...place, arenas }, { cost });
      const reply = await sent;
      if (!reply) return NO_OUTCOME;
      if (reply.failure) task.fail(rebuildFailure(reply.failure));
      else if (reply.chunks.length > 0) cost.ms += (Math.min(reply.ms, LONG_MS) - cost.ms) / 4;
      return joinPartials([reply]);
    } finally {
      this.#giveBack(control);
      if (scratch > 0) freeInternal(scratch);
    }
  }

  close(): void {
    for (const { pointer } of this.#blocks.splice(0)) freeInternal(pointer);
  }

  #costOf(kernel: WireKernel): { ms: number } {
    const key = kernelKey(kernel);
    const known = this.#costs.get(key);
    if (known) return known;
    const cost = { ms: LONG_MS };
    this.#costs.set(key, cost);
    return cost;
  }

  #takeBlock({ label }: WireKernel): ControlBlock {
    const kept = this.#blocks.pop();
    if (!kept) return new ControlBlock(allocateInternal(controlBytes(1), `${label}: control block`), 1, 1);
    kept.renew();
    return kept;
  }

  /** The worker is back or dead. */
  #giveBack(control: ControlBlock): void {
    if (this.#blocks.length < KEPT_BLOCKS) this.#blocks.push(control);
    else freeInternal(control.pointer);
  }
}
