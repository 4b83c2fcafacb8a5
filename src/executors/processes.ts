/**
 * A tinypool pool of child processes, each with a heap of its own.
 *
 *   job ─> exchange file (job, snapshots) ─> one dispatch a claim of 25-50 ms ─> parts read from the file into the heap
 *   last claim back ─> every child that took part checks what it changed elsewhere, and forgets the job
 */
import { KernelError, UnsupportedError } from "../errors.js";
import { packageFile } from "../locate.js";
import { ownsHeap } from "../memory/heap.js";
import { keepAlive } from "./alive.js";
import type { ArrayPlace, ChildJob, ChildReply, ChildTask, EndedMessage, EndMessage, JobSource } from "./child.js";
import { coverOf, elementOf } from "./cover.js";
import { Crew } from "./crew.js";
import { Exchange, JOB_AT, type Region } from "./exchange.js";
import { Executor } from "./executor.js";
import { rebuildFailure } from "./failure.js";
import type { Task } from "./future.js";
import { type PreparedJob, refuseShared } from "./job.js";
import type { Outcome } from "./local.js";
import { pack, unpack } from "./pack.js";
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
    const { source, exchange, places } = await layOut(job, range);
    const children = new Map<number, (message: EndMessage) => void>();
    const crew = new Crew(this.#pool, task, {
      tell: () => {
        exchange?.cancel().catch(() => {}); // the grace ends whoever does not hear
      },
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
        const reply = await crew.turn(slot, { kind: "claim", id, source, first, last }, (dispatched) => {
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
        await takeParts(job, range, items, reply, exchange, places);
        done += items[1] - items[0];
      }
    };

    try {
      await Promise.all(Array.from({ length: Math.min(this.concurrency, job.chunks) }, (_, slot) => worker(slot)));
      await this.#endInChildren(id, children, job, task);
      return { sum, values: joinChunks(chunks) };
    } finally {
      await exchange?.close();
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

function packJob({ wire, bytes }: PreparedJob, places: readonly ArrayPlace[]): Uint8Array {
  const { module: _, ...kernel } = wire.kernel;
  try {
    return pack({ wire: { ...wire, kernel }, bytes: kernel.url ? undefined : bytes, places } satisfies ChildJob);
  } catch (cause) {
    throw new UnsupportedError(`args can't be sent to a process: ${(cause as Error).message}`, { cause });
  }
}

function bytesOf(array: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Lays out the exchange file and writes it; without a folder that has the room, everything goes with the messages. */
async function layOut(
  job: PreparedJob,
  range: Range,
): Promise<{ source: JobSource; exchange: Exchange | undefined; places: readonly ArrayPlace[] }> {
  const { arrays } = job.wire;
  for (const array of arrays)
    if ((array.role === "out" || array.role === "inout") && !coverOf(array, range.n))
      throw new RangeError(
        `args[${array.index}] is marked ${array.role}, so its length must be a multiple of n = ${range.n}, got ${array.length}`,
      );
  // The job's own size is not known before the places are, which lie behind it: 8 bytes a number are enough for both.
  let at = 0;
  const relative = arrays.map((array, index): ArrayPlace => {
    const bytes = job.arrays[index]?.byteLength ?? 0;
    const take = (wanted: boolean) => {
      if (!wanted) return undefined;
      const start = at;
      at += Math.ceil(bytes / JOB_AT) * JOB_AT;
      return start;
    };
    return { bytes, snapshotAt: take(array.role !== "out"), resultAt: take(coverOf(array, range.n) !== undefined) };
  });
  const arraysAt = JOB_AT + Math.ceil((packJob(job, relative).length + 32 * arrays.length) / JOB_AT) * JOB_AT;
  const shift = (offset: number | undefined) => (offset === undefined ? undefined : offset + arraysAt);
  const places = relative.map(({ bytes, snapshotAt, resultAt }) => ({
    bytes,
    snapshotAt: shift(snapshotAt),
    resultAt: shift(resultAt),
  }));
  const packed = packJob(job, places);
  const regions: Region[] = [
    { at: 0, content: new Uint8Array(1) },
    { at: JOB_AT, content: packed },
  ];
  places.forEach(({ snapshotAt }, index) => {
    if (snapshotAt !== undefined) regions.push({ at: snapshotAt, content: bytesOf(job.arrays[index] as Uint8Array) });
  });
  const exchange = await Exchange.create(arraysAt + at, regions);
  if (exchange) return { source: { exchange: exchange.place(packed.length) }, exchange, places };
  const inputs = arrays.map(({ role }, index) =>
    role === "out" ? undefined : bytesOf(job.arrays[index] as Uint8Array).slice(),
  );
  return { source: { job: packed, inputs }, exchange, places };
}

/** Brings a claim's part of each result into the heap. */
async function takeParts(
  job: PreparedJob,
  { n }: Range,
  [begin, end]: readonly [number, number],
  reply: ChildReply,
  exchange: Exchange | undefined,
  places: readonly ArrayPlace[],
): Promise<void> {
  for (const [index, array] of job.wire.arrays.entries()) {
    const cover = coverOf(array, n);
    if (!cover) continue;
    const target = bytesOf(job.arrays[index] as Uint8Array);
    const loose = reply.parts.find((part) => part.array === index);
    if (loose) target.set(loose.bytes, loose.at);
    else if (!exchange)
      throw new KernelError(`${job.wire.kernel.label}: a process lost its part of args[${array.index}]`);
    else {
      const { bytes, resultAt } = places[index] as ArrayPlace;
      const width = bytes / array.length;
      const from = elementOf(cover, begin, n, array.length) * width;
      const to = elementOf(cover, end, n, array.length) * width;
      await exchange.read(target.subarray(from, to), (resultAt as number) + from);
    }
  }
}
