/**
 * A worker's part in a job on shared memory: one message in, claims from the control block until none is left, one reply.
 *
 *   enter ─> claim ─> slice ─┬─> next slice or claim ─> "done"
 *                            ├─> stopped              ─> "done" (the owner knows why)
 *                            ├─> others wait, 5 ms in ─> "again" (with the rest of the claim)
 *                            └─> the kernel threw     ─> "failed", and everybody stops
 */
import type { ArenaClaim } from "../memory/arenas.js";
import { sharedMemory, viewOf } from "../memory/heap.js";
import { type BoundKernel, bindKernel, sendableResult } from "./bind.js";
import { ControlBlock } from "./control.js";
import { enterJob } from "./current.js";
import { failureOf, type WireFailure } from "./failure.js";
import type { WireJob } from "./job.js";
import { type ChunkValues, SLICE_MS, Slicer } from "./slicer.js";

/** What the owner sends to a participant. */
export interface Participation {
  readonly job: WireJob;
  /** Pointer of the control block, its number of slots, and this participant's. */
  readonly control: number;
  readonly slots: number;
  readonly slot: number;
  readonly chunks: number;
  readonly scratch: number;
  /** Where kernels of this job may allocate. */
  readonly arenas?: ArenaClaim | undefined;
  /** Pointer of the pool's word: how many tasks wait for a worker. */
  readonly waiting: number;
  /** Items left over when this participant gave way. */
  readonly rest?: readonly [begin: number, end: number] | undefined;
}

/** What a participant replies. Partial values come in every reply, for the time since the last one. */
export interface Reply {
  readonly state: "done" | "again" | "failed";
  readonly sum: bigint;
  readonly chunks: readonly ChunkValues[];
  readonly rest?: readonly [begin: number, end: number] | undefined;
  readonly failure?: WireFailure;
  /** Others failed before, and stopped the job: this failure may come from that. */
  readonly isLate?: boolean;
}

const NOTHING: Reply = { state: "done", sum: 0n, chunks: [] };

/** Takes part in a job. Never throws: failures are replies. */
export async function participate(task: Participation): Promise<Reply> {
  const control = new ControlBlock(sharedMemory().buffer, task.control, task.slots, task.chunks);
  if (!control.enter(task.slot)) return NOTHING;
  enterJob(() => control.stopped);
  try {
    if (control.stopped) return NOTHING;
    return await (task.job.range ? runRange(task, control) : runCall(task, control));
  } finally {
    control.exit(task.slot);
  }
}

async function runCall({ job, scratch, arenas }: Participation, control: ControlBlock): Promise<Reply> {
  let bound: BoundKernel | undefined;
  try {
    bound = await bindKernel(job, { scratch, arenas, giveUp: () => control.stopped });
    const values = [await sendableResult(bound.call())];
    control.addDone(1);
    return { state: "done", sum: 0n, chunks: [{ first: 0, values }] };
  } catch (thrown) {
    return { ...NOTHING, state: "failed", failure: failureOf(job.kernel, thrown) };
  } finally {
    bound?.release();
  }
}

async function runRange(task: Participation, control: ControlBlock): Promise<Reply> {
  const { job, scratch, arenas } = task;
  const range = job.range as NonNullable<WireJob["range"]>;
  const waiting = viewOf("int32", task.waiting, 1);
  let slicer: Slicer | undefined;
  let bound: BoundKernel | undefined;
  try {
    bound = await bindKernel(job, { scratch, arenas, giveUp: () => control.stopped });
    const { call, lastUse } = bound;
    // Only values cross to the owner one by one; the rest is folded or dropped here.
    const sent = range.partial === "value" ? (begin: number, end: number) => sendableResult(call(begin, end)) : call;
    slicer = new Slicer(sent, range, lastUse);
    if (task.rest) slicer.resume(...task.rest);
    const started = performance.now();
    while (!control.stopped) {
      if (slicer.begin === slicer.end) {
        const claim = control.claim(slicer.chunksIn(SLICE_MS));
        if (!claim) break;
        slicer.claim(...claim);
      }
      const step = slicer.step();
      control.addDone(typeof step === "number" ? step : await step);
      const rest = slicer.begin < slicer.end ? ([slicer.begin, slicer.end] as const) : undefined;
      const mayGiveWay = Atomics.load(waiting, 0) > 0 && performance.now() - started >= SLICE_MS;
      if (mayGiveWay && (rest || control.left)) return { state: "again", sum: slicer.sum, chunks: slicer.chunks, rest };
    }
    return { state: "done", sum: slicer.sum, chunks: slicer.chunks };
  } catch (thrown) {
    const isLate = !control.stop();
    return { ...NOTHING, state: "failed", failure: failureOf(job.kernel, thrown, slicer?.slice), isLate };
  } finally {
    bound?.release();
  }
}
