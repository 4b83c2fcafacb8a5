/**
 * A tinypool pool of child processes, each with a heap of its own.
 *
 *   job ─> exchange file (job, snapshots) ─> one dispatch a claim of 25-50 ms ─> parts read from the file into the heap
 *   last claim back ─> every child that took part checks what it changed elsewhere, and forgets the job
 */
import { UnsupportedError } from "../errors.js";
import { packageFile } from "../locate.js";
import { type BegunPlace, giveBackBegun, hasBegun, takeBegun } from "./begun.js";
import type { ChildReply, ChildTask, Verdict } from "./child.js";
import { Children } from "./children.js";
import { type Claim, Claims } from "./claims.js";
import { itsPart, nameOf } from "./cover.js";
import { Crew } from "./crew.js";
import { hearLate, LEAVE } from "./current.js";
import { Executor } from "./executor.js";
import { failureOf, KernelFault, NOT_RECEIVED, rebuildFailure } from "./failure.js";
import type { Task } from "./future.js";
import { type PreparedJob, refuseShared, type WireArray, type WireJob, type WireKernel } from "./job.js";
import { refusePools } from "./kernel-thread.js";
import type { Outcome } from "./local.js";
import { unpack } from "./pack.js";
import { Parcel, packJob } from "./parcel.js";
import type { Dispatched } from "./pool.js";
import { type ChunkValues, joinChunks, type Range } from "./slicer.js";
import { type TinypoolDispatched, TinypoolPool } from "./tinypool.js";
import { type WorkerOptions, workerCount } from "./workers.js";

/**
 * Runs kernels in child processes, which share no memory: a kernel that crashes, leaks or exits takes only its process
 * along, and memory goes back to the system with it. Arrays are copied in and their parts back (`input`, `out` and
 * `inout` say which way), so prefer ThreadExecutor where that isolation is not needed.
 */
export class ProcessExecutor extends Executor {
  readonly kind = "processes";
  readonly concurrency: number;
  readonly capabilities = { parallel: true, sharedMemory: false } as const;
  readonly #pool: TinypoolPool<ChildTask, ChildReply>;
  /** The children of each job under way, by its id. */
  readonly #children = new Map<number, Children>();
  #lastJob = 0;

  constructor(options: WorkerOptions = {}) {
    super();
    refusePools();
    this.concurrency = workerCount(options);
    this.#pool = new TinypoolPool<ChildTask, ChildReply>({
      runtime: "child_process",
      entry: packageFile("executors/entry/process.js"),
      size: this.concurrency,
      onMessage: (message, send) => {
        const verdict = message as Verdict | null | undefined;
        if (hearLate(message)) send(LEAVE);
        else if (verdict?.allcores === "verdict") this.#children.get(verdict.id)?.hear(verdict);
      },
    });
  }

  /** @internal */
  protected override startWorkers(count: number): Promise<void> {
    return this.#pool.ready(count);
  }

  /** @internal */
  protected override endWorkers(): Promise<void> {
    return this.#pool.destroy();
  }

  /** @internal */
  protected override async execute(job: PreparedJob, task: Task): Promise<Outcome> {
    refuseShared(job);
    return job.wire.range ? this.#runRange(job, job.wire.range, task) : this.#runCall(job, task);
  }

  async #runCall(job: PreparedJob, task: Task): Promise<Outcome> {
    const { kernel } = job.wire;
    const packed = packJob(job, []);
    const begun = await takeBegun();
    const message = { kind: "call", begun, job: packed } as const;
    const rules = { tell() {}, hasBegun: () => hasBegun(begun) };
    const reply = await new Crew(this.#pool, kernel, task, rules).turn(0, message);
    giveBackBegun(begun);
    if (reply?.failure) throw rebuildFailure({ ...reply.failure, kernel: kernel.label });
    return { sum: 0n, values: reply?.values ? received(kernel, reply.values) : [] };
  }

  async #runRange(job: PreparedJob, range: Range, task: Task): Promise<Outcome> {
    const id = ++this.#lastJob;
    const { grain } = range;
    const parcel = await Parcel.make(job, range);
    const children = new Children();
    this.#children.set(id, children);
    const { kernel } = job.wire;
    const begun = new Map<number, BegunPlace | undefined>();
    const crew = new Crew(this.#pool, kernel, task, {
      tell: () => parcel.cancel(),
      hasBegun: (slot) => hasBegun(begun.get(slot)),
    });
    const chunks: ChunkValues[] = [];
    let sum = 0n;
    let done = 0;
    task.itemsDone = () => done;
    const claims = new Claims(job.chunks, this.concurrency, job.cost);
    const underWay = new Set<Promise<void>>();

    const work = async (slot: number, claim: Claim) => {
      const [first, last] = claim;
      const place = await takeBegun();
      begun.set(slot, place);
      const message = { kind: "claim", begun: place, id, source: parcel.source, first, last } as const;
      let dispatched: Dispatched<ChildReply> | undefined;
      const reply = await crew.turn(slot, message, (given) => {
        dispatched = given;
      });
      giveBackBegun(place);
      if (!reply) return;
      children.returned(reply.pid, (end) => (dispatched as TinypoolDispatched<ChildReply>).send?.(end));
      if (reply.failure) task.fail(rebuildFailure({ ...reply.failure, kernel: kernel.label }));
      if (task.cause) return;
      claims.comesBack(claim, Math.ceil(reply.end / grain), reply.ms);
      sum += reply.sum;
      if (reply.values) chunks.push({ first, values: received(kernel, reply.values) });
      await parcel.takeParts([first * grain, reply.end], reply);
      done += reply.end - first * grain;
    };

    const lane = async (slot: number) => {
      while (!task.cause) {
        const claim = claims.take();
        if (claim) {
          const working = work(slot, claim).catch((error: Error) => task.fail(error));
          underWay.add(working);
          await working.then(() => underWay.delete(working));
        } else if (underWay.size > 0)
          await Promise.race(underWay); // what comes back unfinished is free again
        else return;
      }
    };

    try {
      const lanes = Array.from({ length: Math.min(this.concurrency, job.chunks) }, (_, slot) => lane(slot));
      await Promise.all(lanes);
      const check = !task.cause && job.wire.arrays.some(({ cover }) => cover === undefined);
      const changed = await children.end(id, check, task, (pid) => this.#pool.gone(pid));
      if (changed !== undefined) throw lostChange(job.wire, changed);
      return { sum, values: joinChunks(chunks) };
    } finally {
      this.#children.delete(id);
      await parcel.close();
    }
  }
}

/** What came back from a process: it may have been more than this one's stack can read. */
function received(kernel: WireKernel, values: Uint8Array): unknown[] {
  try {
    return unpack(values) as unknown[];
  } catch (cause) {
    throw rebuildFailure(failureOf(kernel, new KernelFault(NOT_RECEIVED, cause)));
  }
}

function lostChange({ kernel, arrays, range }: WireJob, index: number): UnsupportedError {
  const array = arrays.find((one) => one.index === index) as WireArray;
  return new UnsupportedError(
    `${kernel.label}: ${nameOf(array)} was changed outside of the part that belongs to the kernel's items ` +
      `(${itsPart(array, (range as Range).n)}). Each process has its own copy, so the change would be lost: write only ` +
      "the items' own part, return a value (parallelReduce), or use threads",
  );
}
