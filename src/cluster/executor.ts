/**
 * The executor of a cluster: a job's claims go through a queue of BullMQ to workers on any machine.
 *
 *   job ─> (first: connection, run) ─> RunningJob ─> queue ─> workers ─> stream of results ─> RunningJob ─> outcome
 */
import { randomUUID } from "node:crypto";
import { ShutdownError } from "../errors.js";
import { Executor } from "../executors/executor.js";
import { refuseShared } from "../executors/process/refusals.js";
import type { Task } from "../job/future.js";
import { NO_OUTCOME, type Outcome } from "../job/partials.js";
import type { PreparedJob } from "../job/prepare.js";

import { wholeNumber } from "../validate.js";
import { refusePools } from "../worker/kernel-thread.js";
import { Connection } from "./connection.js";
import { Hub } from "./coordinator/hub.js";
import { RunningJob } from "./coordinator/running-job.js";
import { sentJob } from "./coordinator/sent-job.js";
import { claimOf } from "./keys.js";
import { runsOf, workersOf } from "./members.js";
import { type ClusterConnection, checkedName, type Place, placeOf } from "./options.js";
import type { ClusterStatus } from "./status.js";

/** How a run of jobs goes through the queue. */
export interface ClusterOptions extends ClusterConnection {
  /**
   * Names the run, so that it can go on after its program has been killed: its jobs are `runId/0`, `runId/1`, ... as called,
   * and an executor that is made again with the same runId computes only what is missing. Default: a random one.
   */
  readonly runId?: string | undefined;
  /** How often a chunk is tried whose kernel fails (default 3). */
  readonly attempts?: number | undefined;
  /** Chunks of a job in the queue at most (default 1,000); fewer are where the workers do not need them. */
  readonly window?: number | undefined;
}

/**
 * Runs kernels on a cluster: workers (`allcores worker`) on any number of machines, through BullMQ over Redis or Valkey. Each
 * chunk is computed at least once and counted once, so that the answer is that of a SerialExecutor, to the last bit, whatever
 * dies. Arrays are copied to the workers and their parts back, as with processes. Workers know built-in kernels, and the
 * users' that were registered there (`--kernels`). Needs the packages bullmq and ioredis.
 * @throws TypeError, RangeError for wrong options. Jobs reject with a ClusterError when Redis refuses, or is not there at first
 */
export class ClusterExecutor extends Executor {
  readonly kind = "cluster";
  readonly capabilities = { parallel: true, sharedMemory: false } as const;
  /** Names the run: see ClusterOptions. */
  readonly runId: string;
  readonly #place: Place;
  readonly #isNamed: boolean;
  readonly #attempts: number;
  readonly #window: number;
  readonly #ended = new AbortController();
  #opening: Promise<Hub> | undefined;
  #hub: Hub | undefined;

  constructor(options: ClusterOptions) {
    super();
    refusePools();
    this.#place = placeOf(options, ["runId", "attempts", "window"]);
    const { runId, attempts = 3, window = 1000 } = options;
    this.#isNamed = runId !== undefined;
    this.runId = checkedName("runId", runId ?? randomUUID());
    this.#attempts = wholeNumber("attempts", attempts, 1, 1000);
    this.#window = wholeNumber("window", window, 1, 1e6);
  }

  /** Threads of all workers that were last heard of; 0 before. */
  get concurrency(): number {
    return this.#hub?.members.reduce((sum, { threads }) => sum + threads, 0) ?? 0;
  }

  /** What is known at the queue now. @returns rejects with a ClusterError as jobs do */
  async status(): Promise<ClusterStatus> {
    const hub = await this.#open();
    const { connection } = hub;
    const [workers, runs, { waiting, active, failed }] = await hub.busy(
      Promise.all([workersOf(connection), runsOf(connection), connection.queued()]),
    );
    return {
      workers,
      runs,
      chunks: { waiting: chunksIn(waiting), active: chunksIn(active), failed: chunksIn(failed) },
    };
  }

  #open(): Promise<Hub> {
    if (this.#ended.signal.aborted) return Promise.reject(this.#ended.signal.reason);
    this.#opening ??= this.#connect().catch((error) => {
      this.#opening = undefined; // the server may be there the next time
      throw error;
    });
    return this.#opening;
  }

  async #connect(): Promise<Hub> {
    const { signal } = this.#ended;
    const connection = await Connection.open(this.#place, signal);
    try {
      this.#hub = await Hub.open(connection, { run: this.runId, isNamed: this.#isNamed }, signal);
      return this.#hub;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** @internal */
  protected override async execute(prepared: PreparedJob, task: Task): Promise<Outcome> {
    refuseShared(prepared, "a cluster");
    // The server may be lost, or not there: a job that is stopped does not wait for it.
    const stopped = new Promise<Outcome>((resolve) => task.onStop(() => resolve(NO_OUTCOME)));
    return Promise.race([this.#run(prepared, task), stopped]);
  }

  async #run(prepared: PreparedJob, task: Task): Promise<Outcome> {
    const name = { run: this.runId, job: task.number };
    const hub = await this.#open();
    if (task.cause) return NO_OUTCOME;
    const { connection, inputs } = hub;
    const sent = await sentJob(prepared, name, inputs, this.#isNamed);
    const job = new RunningJob(prepared, sent, task, {
      connection,
      inputs,
      name,
      attempts: this.#attempts,
      window: this.#window,
      isNamed: this.#isNamed,
      members: () => hub.members,
    });
    let isFulfilled = false;
    try {
      await hub.begin(job);
      const outcome = await job.outcome();
      isFulfilled = task.cause === undefined;
      return outcome;
    } finally {
      await hub.end(job, isFulfilled);
    }
  }

  /** @internal */
  protected override async startWorkers(_count: number): Promise<void> {
    try {
      await (await this.#open()).hasWorker();
    } catch (error) {
      if (error !== this.#ended.signal.reason) throw error; // shut down meanwhile
    }
  }

  /** @internal */
  protected override async endWorkers(): Promise<void> {
    this.#ended.abort(new ShutdownError("the executor has been shut down"));
    const hub = await this.#opening?.catch(() => undefined);
    await hub?.close();
  }
}

function chunksIn(ids: ReadonlySet<string>): number {
  let chunks = 0;
  for (const id of ids) {
    const claim = claimOf(id);
    chunks += claim ? claim.last - claim.first : 1;
  }
  return chunks;
}
