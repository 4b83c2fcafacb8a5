/**
 * A tinypool pool of child processes, each with a heap of its own.
 *
 *   job ─> exchange file (job, snapshots) ─> one dispatch a claim of 25-50 ms ─> parts read from the file into the heap
 *   last claim back ─> every child that took part checks what it changed elsewhere, and forgets the job
 */
import { UnsupportedError } from "../errors.js";
import { packageFile } from "../locate.js";
import { ownsHeap } from "../memory/heap.js";
import { keepAlive } from "./alive.js";
import type { ChildReply, ChildTask, EndedMessage, EndMessage } from "./child.js";
import { Crew } from "./crew.js";
import { Executor } from "./executor.js";
import { rebuildFailure } from "./failure.js";
import type { Task } from "./future.js";
import { type PreparedJob, refuseShared } from "./job.js";
import type { Outcome } from "./local.js";
import { unpack } from "./pack.js";
import { Parcel, packJob } from "./parcel.js";
import { type ChunkValues, joinChunks, type Range } from "./slicer.js";
import { TinypoolPool } from "./tinypool.js";
import { type WorkerOptions, workerCount } from "./workers.js";

/** The time that a claim should take, in ms: a dispatch costs 66 us, and a waiting job waits for a claim. */
const CLAIM_MS = 30;
/** The first claim's, when the cost of a chunk is known roughly. */
const FIRST_CLAIM_MS = 10;

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
  /** Who waits for the end of a job in a child, by job and process. */
  readonly #ending = new Map<string, (message: EndedMessage) => void>();
  #lastJob = 0;

  constructor(options: WorkerOptions = {}) {
    super();
    if (!ownsHeap())
      throw new UnsupportedError("workers can't have pools of their own: inside a kernel, use a SerialExecutor");
    this.concurrency = workerCount(options);
    this.#pool = new TinypoolPool<ChildTask, ChildReply>({
      runtime: "child_process",
      entry: packageFile("executors/entry/process.js"),
      size: this.concurrency,
      onMessage: (message) => {
        const ended = message as EndedMessage;
        if (ended?.allcores === "ended") this.#ending.get(`${ended.id} ${ended.pid}`)?.(ended);
      },
    });
  }

  /** @internal */
  protected override startWorkers(): Promise<void> {
    return this.#pool.ready();
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
    const message = { kind: "call", job: packJob(job, []) } as const;
    const reply = await new Crew(this.#pool, task, { tell() {} }).turn(0, message);
    if (reply?.failure) throw rebuildFailure(reply.failure);
    return { sum: 0n, values: reply?.values ? (unpack(reply.values) as unknown[]) : [] };
  }

  async #runRange(job: PreparedJob, range: Range, task: Task): Promise<Outcome> {
    const id = ++this.#lastJob;
    const parcel = await Parcel.make(job, range);
    const children = new Map<number, (message: EndMessage) => void>();
    const crew = new Crew(this.#pool, task, {
      tell: () => parcel.cancel(),
    });
    const chunks: ChunkValues[] = [];
    let sum = 0n;
    let next = 0;
    let done = 0;
    let msPerChunk = job.cost === undefined ? Infinity : (job.cost / job.chunks) * (CLAIM_MS / FIRST_CLAIM_MS);
    task.itemsDone = () => done;

    const worker = async (slot: number) => {
      while (next < job.chunks && !task.cause) {
        const fair = Math.ceil((job.chunks - next) / (2 * this.concurrency));
        const count = Math.max(1, Math.min(fair, Math.floor(CLAIM_MS / msPerChunk)));
        const [first, last] = [next, Math.min(job.chunks, next + count)];
        next = last;
        let send: ((message: EndMessage) => void) | undefined;
        const reply = await crew.turn(slot, { kind: "claim", id, source: parcel.source, first, last }, (dispatched) => {
          send = (message) => (dispatched as { send?: (message: unknown) => void }).send?.(message);
        });
        if (!reply) return;
        if (send) children.set(reply.pid, send);
        if (reply.failure) task.fail(rebuildFailure(reply.failure));
        if (task.cause) return;
        msPerChunk = Math.max(1e-6, reply.ms / (last - first));
        sum += reply.sum;
        if (reply.values) chunks.push({ first, values: unpack(reply.values) as unknown[] });
        const items = [first * range.grain, Math.min(range.n, last * range.grain)] as const;
        await parcel.takeParts(items, reply);
        done += items[1] - items[0];
      }
    };

    try {
      const slots = Array.from({ length: Math.min(this.concurrency, job.chunks) }, (_, slot) => slot);
      await Promise.all(slots.map((slot) => worker(slot).catch((error: Error) => task.fail(error))));
      await this.#endInChildren(id, children, job, task);
      return { sum, values: joinChunks(chunks) };
    } finally {
      await parcel.close();
    }
  }

  /** Ends the job in each child; waits where there is something to check. */
  async #endInChildren(
    id: number,
    children: ReadonlyMap<number, (message: EndMessage) => void>,
    job: PreparedJob,
    task: Task,
  ): Promise<void> {
    const check = !task.cause && job.wire.arrays.some(({ cover }) => cover === undefined);
    const ends = [...children].map(async ([pid, send]) => {
      const gone = this.#pool.gone(pid);
      if (!gone) return undefined; // dead, and its memory with it
      const key = `${id} ${pid}`;
      const ended = new Promise<EndedMessage>((resolve) => this.#ending.set(key, resolve));
      send({ allcores: "end", id, check });
      if (!check) return void this.#ending.delete(key);
      const answer = await Promise.race([ended, gone]);
      this.#ending.delete(key);
      return answer?.changed;
    });
    const changed = (await keepAlive(Promise.all(ends))).find((index) => index !== undefined);
    if (changed !== undefined)
      throw new UnsupportedError(
        `args[${changed}] was changed outside of the part that belongs to the kernel's items. Each process has its own copy, so ` +
          "the change would be lost: write only the items' own part, return a value (parallelReduce), or use threads",
      );
  }
}
