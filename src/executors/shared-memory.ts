/** What the executors on threads have in common: a pool of threads on the same heap, and what their jobs share. */
import type { Task } from "../job/future.js";
import type { Outcome } from "../job/partials.js";
import type { PreparedJob } from "../job/prepare.js";
import type { PreparedSteps } from "../job/prepare-steps.js";
import type { Range } from "../job/range.js";
import type { WireJob, WireKernel } from "../job/wire-job.js";
import { type ArenaClaim, Arenas, type ArenaTable, arenaTableHeader, arenaTableSize } from "../memory/arenas.js";
import { allocateInternal, freeInternal, sharedMemory, viewOf } from "../memory/heap.js";
import { warnWhenStarved } from "../pool/starvation.js";
import type { WorkerPool } from "../pool/worker-pool.js";
import { agentTable } from "../sync/agents.js";
import { hearWorker } from "../worker/hear-worker.js";
import { refusePools } from "../worker/kernel-thread.js";
import type { SharedReply, SharedTask } from "../worker/shared-job.js";
import { Executor } from "./executor.js";
import { Rates } from "./fan-out.js";
import { type PoolShare, SharedCalls } from "./shared-calls.js";
import { SharedRun } from "./shared-run.js";
import { LaidSteps } from "./shared-steps.js";

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

type ThreadKind = "threads" | "async" | "interpreters";

/** An executor whose workers share this thread's heap. */
export class SharedMemoryExecutor<Kind extends ThreadKind = ThreadKind> extends Executor {
  readonly kind: Kind;
  readonly concurrency: number;
  readonly capabilities = { parallel: true, sharedMemory: true } as const;
  readonly #makePool: MakePool;
  #pool: WorkerPool<SharedTask, SharedReply> | undefined;
  /** Pointer of the word that says how many tasks wait for a worker: participants read it between slices. */
  #waiting = 0;
  #waitingWord: Int32Array = new Int32Array(1);
  /** Arenas for kernels that allocate, by their size; made when such a kernel is first run. */
  readonly #arenas = new Map<number, ArenaTable>();
  #lastJob = 0;
  readonly #rates: Rates;
  readonly #calls = new SharedCalls();

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
    this.#waitingWord = word;
    agentTable(); // the workers inherit the table, and enter themselves
    const warn = warnWhenStarved(() => this.#pool);
    this.#pool = this.#makePool({
      size: this.concurrency,
      workerData: () => ({ memory: sharedMemory() }),
      onWaiting: (tasks) => {
        Atomics.store(word, 0, tasks);
        warn(tasks);
      },
      onMessage: hearWorker,
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
    this.#calls.close();
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
  protected override execute(job: PreparedJob, task: Task): Promise<Outcome> {
    const pool = this.#startPool();
    const { kernel, range } = job.wire;
    const arenas = this.#claimOf(kernel, pool.size);
    const joinArenas = this.#joinClaimOf(job.wire, pool.size);
    const options = { pool, waiting: this.#waiting, arenas, joinArenas };
    const outcome = range ? this.#runRange(job, range, task, options) : this.#calls.run(job, task, options);
    const claims = [arenas, joinArenas].filter((claim) => claim !== undefined);
    if (claims.length === 0) return outcome;
    return outcome.finally(() => {
      for (const { table, job } of claims) new Arenas(table).takeBack(job);
    });
  }

  /** Where a kernel of another module than the job's may allocate that joins its accumulators. */
  #joinClaimOf({ kernel, accumulation }: WireJob, workers: number): ArenaClaim | undefined {
    const combine = accumulation?.combine;
    if (typeof combine !== "object" || combine.language === "js") return undefined;
    const isSameModule = kernel.language === "wasm" && kernel.id === combine.id;
    return isSameModule ? undefined : this.#claimOf(combine, workers);
  }

  /** @internal */
  protected override async executeSteps(steps: PreparedSteps, task: Task): Promise<void> {
    const pool = this.#startPool();
    const arenas = steps.steps.map(({ job }) => this.#claimOf(job.wire.kernel, pool.size));
    const laid = new LaidSteps(
      steps,
      steps.steps.map(({ job }, i) => ({ rate: this.#rates.rateOf(job.wire.kernel), arenas: arenas[i] })),
    );
    const workers = Math.min(pool.size, laid.mostChunks);
    const plan = this.#rates.planSteps(steps, workers, Atomics.load(this.#waitingWord, 0) > 0);
    const fanOut = plan instanceof Promise ? await plan : plan;
    try {
      const options = { ...fanOut, pool, waiting: this.#waiting, arenas: undefined, workers, steps: laid };
      const run = new SharedRun(laid.standIn, task, options);
      await run.outcome();
      this.#rates.learnSteps(laid.kernels, run.replies);
    } finally {
      for (const claim of arenas) if (claim) new Arenas(claim.table).takeBack(claim.job);
    }
  }

  async #runRange(job: PreparedJob, range: Range, task: Task, options: PoolShare): Promise<Outcome> {
    const { kernel } = job.wire;
    const workers = Math.min(options.pool.size, job.chunks);
    // Accumulators are joined on workers alone.
    const staysOut = job.wire.accumulation !== undefined || Atomics.load(this.#waitingWord, 0) > 0;
    const plan = this.#rates.plan(kernel, range, workers, staysOut);
    const fanOut = plan instanceof Promise ? await plan : plan;
    const run = new SharedRun(job, task, { ...fanOut, ...options, workers });
    const outcome = await run.outcome();
    this.#rates.learn(kernel, run.replies);
    return outcome;
  }
}
