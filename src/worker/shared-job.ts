/**
 * A worker's part in a job on shared memory: one task in, claims from the control block until none is left, one reply.
 *
 *   enter ─> claim ─> slice ─┬─> next slice or claim ──> "done"
 *                            ├─> stopped               ──> "done" (the owner knows why)
 *                            ├─> tasks wait, 5 ms in   ──> "yielded" (with the remainder of the claim)
 *                            └─> the kernel threw      ──> "failed", and the job stops
 */
import type { MessagePort } from "node:worker_threads";
import { alone } from "../job/clone.js";
import { type FailedKernel, failureOf, KernelFault, NOT_SENT, type WireFailure } from "../job/failure.js";
import { NO_PARTIALS, type Partials, partialsOfCall } from "../job/partials.js";
import type { Range } from "../job/range.js";
import type { PlacedJob, WireKernel } from "../job/wire-job.js";
import type { ArenaClaim } from "../memory/arenas.js";
import { viewOf } from "../memory/heap.js";
import { ringFor } from "../pool/doorbell.js";
import { performance } from "../timers.js";
import { bindRange, watchedKernel } from "./accumulating.js";
import type { BoundKernel } from "./bind.js";
import { ControlBlock } from "./control-block.js";
import { asCall } from "./current-call.js";
import type { TreePlace } from "./join-tree.js";
import { callOnce } from "./plain-call.js";
import { postMoving } from "./post.js";
import { sendable } from "./result.js";
import { SLICE_MS, Slicer } from "./slicer.js";
import type { StepsTask } from "./step-table.js";

/** What the owner sends to a participant. */
export interface SharedTask {
  readonly job: PlacedJob;
  /** Pointer of the control block, its number of slots, and this participant's. */
  readonly control: number;
  readonly slots: number;
  readonly slot: number;
  readonly chunks: number;
  readonly scratch: number;
  /** Where kernels of this job may allocate, and a kernel of another module that joins their accumulators. */
  readonly arenas?: ArenaClaim | undefined;
  readonly joinArenas?: ArenaClaim | undefined;
  /** Where its accumulators lie. */
  readonly tree?: TreePlace | undefined;
  /** Pointer of the pool's word: how many tasks wait for a worker. */
  readonly waiting: number;
  /** The doorbell of the next participant, to be rung for while work is left; 0: there is none. */
  readonly next: number;
  /** Items that this participant left of a claim when it yielded. */
  readonly remainder?: readonly [begin: number, end: number] | undefined;
  /** Of a job of steps, whose `job` stands for it where a kernel is named. */
  readonly steps?: StepsTask | undefined;
}

/** What a participant replies. */
export interface SharedReply extends Partials {
  readonly state: "done" | "yielded" | "failed";
  readonly remainder?: readonly [begin: number, end: number] | undefined;
  /** Items of a range that it has done; 0 of a call. */
  readonly items: number;
  /** The time of its calls of the kernel, in ms. */
  readonly ms: number;
  /** Another participant failed before, and stopped the job: this failure may come from that. */
  readonly isLate?: boolean;
  /** Of a job of steps: items and ms of each of its kernels, and which step has failed. */
  readonly work?: readonly number[];
  readonly step?: number | undefined;
}

const NOTHING: SharedReply = { state: "done", ...NO_PARTIALS, items: 0, ms: 0 };

/** How long a participant works alone before it rings for the next one, in ms: to be woken costs that one as much. */
export const ALONE_MS = 0.05;

/** What limits a participant that is no worker but the caller's thread. */
export interface Share {
  /** Items per ms, as measured before. */
  readonly rate: number;
  /** The time that it may take, and that each of its claims should take, in ms. */
  readonly ms: number;
  readonly claimMs: number;
  /** How many participants there are while it lasts, at most. */
  readonly participants: number;
  /** Called with what a slice took, in ms. @param kernel that of the job, if it has only one */
  readonly onSlice: (ms: number, kernel?: WireKernel) => void;
}

/** A failure stops the job for the other participants. */
function failed(control: ControlBlock, failure: WireFailure): SharedReply {
  return { ...NOTHING, state: "failed", failure, isLate: !control.stop() };
}

/** Takes part in a job. Never throws: failures are replies. */
export async function participate(task: SharedTask, share?: Share): Promise<SharedReply> {
  const control = new ControlBlock(task.control, task.slots, task.chunks);
  if (!control.enter(task.slot)) return NOTHING;
  const { kernel, range } = task.job;
  try {
    if (control.stopped) return NOTHING;
    const work = () => (range ? runRange(task, range, control, share) : runCall(task, control));
    const { result, left } = await asCall(watchedKernel(task.job), () => control.stopped, work);
    return result.failure || !left ? result : failed(control, failureOf(kernel, left));
  } finally {
    control.exit(task.slot);
  }
}

async function runCall({ job, scratch, arenas }: SharedTask, control: ControlBlock): Promise<SharedReply> {
  try {
    const started = performance.now();
    const value = await callOnce(job, { scratch, arenas, giveUp: () => control.stopped }, sendable);
    const ms = performance.now() - started;
    return { state: "done", ...partialsOfCall(value), items: 0, ms };
  } catch (thrown) {
    return failed(control, failureOf(job.kernel, thrown));
  }
}

async function runRange(task: SharedTask, range: Range, control: ControlBlock, share?: Share): Promise<SharedReply> {
  const { job, scratch, arenas, joinArenas, tree } = task;
  const waiting = viewOf("int32", task.waiting, 1);
  let slicer: Slicer | undefined;
  let bound: BoundKernel | undefined;
  try {
    const surroundings = { scratch, arenas, joinArenas, giveUp: () => control.stopped };
    bound = await bindRange(job, surroundings, tree, task.slot);
    slicer = Slicer.of(bound, range, sendable);
    if (task.remainder) slicer.resume(...task.remainder);
    if (share) slicer.rate = share.rate;
    let { next } = task;
    const started = performance.now();
    const alone = task.slot === 0 ? started + ALONE_MS : 0;
    while (!control.stopped) {
      if (slicer.begin === slicer.end) {
        const wanted = slicer.chunksIn(share?.claimMs ?? SLICE_MS);
        const claim = tree ? control.claimAligned(wanted) : control.claim(wanted, share?.participants);
        if (!claim) break;
        slicer.claim(...claim);
      }
      const before = slicer.ms;
      const step = slicer.step();
      control.addDone(typeof step === "number" ? step : await step);
      share?.onSlice(slicer.ms - before);
      const remainder = slicer.begin < slicer.end ? ([slicer.begin, slicer.end] as const) : undefined;
      if (next !== 0 && slicer.ended >= alone && control.left) {
        ringFor(next);
        next = 0;
      }
      const hasTurn = share
        ? slicer.ended - started < share.ms
        : Atomics.load(waiting, 0) === 0 || slicer.ended - started < SLICE_MS;
      if (!hasTurn && (remainder || control.left)) return { ...partsOf(slicer), state: "yielded", remainder };
    }
    return { ...partsOf(slicer), state: "done" };
  } catch (thrown) {
    return failed(control, failureOf(job.kernel, thrown, slicer?.slice));
  } finally {
    bound?.release();
  }
}

function partsOf({ sum, chunks, items, ms }: Slicer): Omit<SharedReply, "state"> {
  return { sum, chunks, items, ms };
}

/**
 * Posts a reply; what was marked by `transfer` moves. Posts the failure when the reply can't be sent.
 * @internal
 */
export function postReply(port: MessagePort, reply: SharedReply, kernel: FailedKernel): void {
  try {
    postMoving(port, reply, ({ chunks, ...rest }) => ({
      ...rest,
      chunks: chunks.map(({ first, values }) => ({ first, values: values.map((value) => alone(value)) })),
    }));
  } catch (error) {
    port.postMessage({ ...NOTHING, state: "failed", failure: failureOf(kernel, new KernelFault(NOT_SENT, error)) });
  }
}

/** The kernel of a task that could not be read. */
export const UNREAD: FailedKernel = { label: "the call" };

/** The reply to a task that could not be read. */
export function unreadable(error: unknown): SharedReply {
  const fault = new KernelFault("could not read its arguments", error);
  return { ...NOTHING, state: "failed", failure: failureOf(UNREAD, fault) };
}
