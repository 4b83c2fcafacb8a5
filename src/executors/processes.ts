/**
 * A tinypool pool of child processes, each with a heap of its own.
 *
 *   job ─> exchange file (job, snapshots) ─> one dispatch a claim of 25-50 ms ─> parts read from the file into the heap
 *   last claim back ─> every child that took part checks what it changed elsewhere, and forgets the job
 */
import { UnsupportedError } from "../errors.js";
import { deserialize } from "../job/clone.js";
import { itsPart, nameOf } from "../job/element-ranges.js";
import { failureOf, KernelFault, NOT_RECEIVED, rebuildFailure } from "../job/failure.js";
import type { Task } from "../job/future.js";
import { type PreparedJob, refuseShared, type WireArray, type WireJob, type WireKernel } from "../job/job.js";
import { packageFile } from "../locate.js";
import { type WorkerOptions, workerCount } from "../pool/cores.js";
import { refusePools } from "../pool/kernel-thread.js";
import { type TinypoolDispatched, TinypoolPool } from "../pool/tinypool.js";
import type { Dispatched } from "../pool/worker-pool.js";
import { hearLate, LEAVE } from "../worker/current-call.js";
import type { ProcessReply, ProcessTask, Verdict } from "../worker/process-job.js";
import type { Outcome } from "../worker/run-here.js";
import { type ChunkValues, joinChunks, type Range } from "../worker/slicer.js";
import { Dispatcher } from "./dispatcher.js";
import { Executor } from "./executor.js";
import { type BegunPlace, giveBackBegun, hasBegun, takeBegun } from "./process/begun.js";
import { type Claim, Claims } from "./process/claims.js";
import { JobContent, serializeJob } from "./process/content.js";
import { Verdicts } from "./process/verdicts.js";

/**
 * Runs kernels in child processes, which share no memory: a kernel that crashes, leaks or exits takes only its process
 * along, and memory goes back to the system with it. Arrays are copied in and their parts back (`input`, `out` and
 * `inout` say which way), so prefer ThreadExecutor where that isolation is not needed.
 */
export class ProcessExecutor extends Executor {
  readonly kind = "processes";
  readonly concurrency: number;
  readonly capabilities = { parallel: true, sharedMemory: false } as const;
  readonly #pool: TinypoolPool<ProcessTask, ProcessReply>;
  /** The children of each job under way, by its id. */
  readonly #children = new Map<number, Verdicts>();
  #lastJob = 0;

  constructor(options: WorkerOptions = {}) {
    super();
    refusePools();
    this.concurrency = workerCount(options);
    this.#pool = new TinypoolPool<ProcessTask, ProcessReply>({
      runtime: "child_process",
      entry: packageFile("worker/entry/process.js"),
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
    const packed = serializeJob(job, []);
    const begun = await takeBegun();
    const message = { kind: "call", begun, job: packed } as const;
    const rules = { requestStop() {}, hasBegun: () => hasBegun(begun) };
    const reply = await new Dispatcher(this.#pool, kernel, task, rules).send(0, message);
    giveBackBegun(begun);
    if (reply?.failure) throw rebuildFailure({ ...reply.failure, kernel: kernel.label });
    return { sum: 0n, values: reply?.values ? received(kernel, reply.values) : [] };
  }

  async #runRange(job: PreparedJob, range: Range, task: Task): Promise<Outcome> {
    const id = ++this.#lastJob;
    const { grain } = range;
    const content = await JobContent.make(job, range);
    const children = new Verdicts();
    this.#children.set(id, children);
    const { kernel } = job.wire;
    const begun = new Map<number, BegunPlace | undefined>();
    const dispatcher = new Dispatcher(this.#pool, kernel, task, {
      requestStop: () => content.cancel(),
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
      const message = { kind: "claim", begun: place, id, source: content.source, first, last } as const;
      let dispatched: Dispatched<ProcessReply> | undefined;
      const reply = await dispatcher.send(slot, message, (given) => {
        dispatched = given;
      });
      giveBackBegun(place);
      if (!reply) return;
      children.returned(reply.pid, (end) => (dispatched as TinypoolDispatched<ProcessReply>).send?.(end));
      if (reply.failure) task.fail(rebuildFailure({ ...reply.failure, kernel: kernel.label }));
      if (task.cause) return;
      claims.comesBack(claim, Math.ceil(reply.end / grain), reply.ms);
      sum += reply.sum;
      if (reply.values) chunks.push({ first, values: received(kernel, reply.values) });
      await content.readParts([first * grain, reply.end], reply);
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
      await content.close();
    }
  }
}

/** What came back from a process: it may have been more than this one's stack can read. */
function received(kernel: WireKernel, values: Uint8Array): unknown[] {
  try {
    return deserialize(values) as unknown[];
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
