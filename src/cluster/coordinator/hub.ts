/**
 * What the jobs of one executor share: the connection, the stream of results, and a look at everything every second.
 *
 *   stream ─> the job that a result belongs to ─> more of its claims
 *   every second: the workers that are there ─> each job's keys and claims ─> checkpoints ─> the stream is trimmed
 */
import { ClusterError } from "../../errors.js";
import { clearInterval, performance, setInterval } from "../../timers.js";
import type { Connection } from "../connection.js";
import { announce, here, leave, workersOf } from "../members.js";
import { dropPart, type Reference, type Result } from "../results.js";
import type { ClusterMember } from "../status.js";
import { loadCheckpoint } from "./checkpoint.js";
import { Inputs } from "./inputs.js";
import { ResultStream } from "./result-stream.js";
import { RunOwner } from "./run-owner.js";
import type { RunningJob } from "./running-job.js";

/** How often the hub asks for workers and for jobs that have begun, and how often it looks after its jobs, in ms. */
const LOOK_MS = 100;
const SWEEP_MS = 1000;
/** How long jobs wait without a worker before a warning says so, in ms. */
const PATIENCE_MS = 5000;

export interface HubOptions {
  readonly run: string;
  /** Whether the user has named the run, so that another coordinator may go on with it. */
  readonly isNamed: boolean;
}

export class Hub {
  readonly inputs: Inputs;
  members: readonly ClusterMember[] = [];
  readonly #jobs = new Map<number, RunningJob>();
  readonly #stream: ResultStream;
  readonly #owner: RunOwner;
  /** Entries of jobs that are not called yet may be in the stream, or those of jobs whose results lie there. */
  #keepsStream = false;
  /** Results that lie in keys of their own, and are kept. */
  readonly #kept: Reference[] = [];
  /** Deletions of results from the store that are under way. */
  readonly #dropping = new Set<Promise<void>>();
  /** Of jobs that are over. */
  readonly #numbers: number[] = [];
  #hasUnfinished = false;
  /** Whether `status` shows this run. */
  #isAnnounced = false;
  #timer: NodeJS.Timeout | undefined;
  #isTicking = false;
  /** When the jobs are to be looked after, by performance.now(). */
  #nextSweep = 0;
  /** Since when work waits without a worker, by performance.now(). */
  #aloneSince: number | undefined;
  readonly #waiters = new Set<() => void>();
  /** What keeps the process alive beside jobs. */
  #others = 0;
  #isClosed = false;

  private constructor(
    readonly connection: Connection,
    private readonly options: HubOptions,
  ) {
    this.inputs = new Inputs(connection, options.run);
    this.#stream = new ResultStream(connection, options.run);
    this.#owner = new RunOwner(connection, options.run);
  }

  /** @throws ClusterError while another coordinator has the run */
  static async open(connection: Connection, options: HubOptions, signal: AbortSignal): Promise<Hub> {
    const hub = new Hub(connection, options);
    try {
      if (options.isNamed) {
        await hub.#owner.take(signal);
        hub.#keepsStream = await hub.#stream.skip();
      }
      hub.members = await workersOf(connection);
      signal.throwIfAborted();
    } catch (error) {
      hub.#stream.close();
      throw error;
    }
    void hub.#stream.follow(hub.#hear, hub.#afterBatch, (error) => hub.#refused(error));
    hub.#timer = setInterval(() => void hub.#tick(), LOOK_MS);
    hub.#hold();
    return hub;
  }

  /** A job begins, or goes on from where it was, if it is the same one. @throws RangeError if it is not */
  async begin(job: RunningJob): Promise<void> {
    this.#jobs.set(job.name.job, job);
    this.#hold();
    if (!this.options.isNamed) return;
    if (!(await this.#owner.renew())) throw this.#lostRun();
    this.#keepsStream ||= job.keepsStream;
    const checkpoint = await loadCheckpoint(this.connection, job.name);
    if (!checkpoint) return job.start(this.#stream.heard);
    if (checkpoint.fingerprint !== job.fingerprint)
      throw new RangeError(
        `runId: job ${job.name.run}/${job.name.job} was another one before; a run that goes on calls the same jobs in the ` +
          "same order, with the same arguments (give a seed where one would be drawn)",
      );
    job.resume(checkpoint);
    // What failed before is tried again.
    await this.#stream.replay(checkpoint.upTo, async (result, reference) => {
      if (result.kind === "computed") await this.#hear(result, reference);
    });
    const { waiting, active } = await this.connection.queued();
    job.adopt([...waiting, ...active]);
  }

  /** A job is over. */
  async end(job: RunningJob, isFulfilled: boolean): Promise<void> {
    this.#hasUnfinished ||= !isFulfilled;
    // A job that was stopped while the server is lost does not wait for it. Without it a restarted coordinator has more to do.
    if (isFulfilled && this.connection.redis.status === "ready") await job.conclude(this.#stream.heard).catch(() => {});
    if (job.hasLostChanges) this.connection.redis.del(this.connection.keys.done(job.name)).catch(() => {});
    this.#jobs.delete(job.name.job);
    this.#numbers.push(job.name.job);
    if (this.#isAnnounced && this.#jobs.size === 0) this.#leave().catch(() => {});
    this.#hold();
  }

  /** Resolves with the first worker, or when the hub is closed. */
  async hasWorker(): Promise<void> {
    if (this.members.length > 0 || this.#isClosed) return;
    await this.busy(new Promise<void>((resolve) => this.#waiters.add(resolve)));
  }

  /** Keeps the process alive while work lasts that is no job. */
  async busy<T>(work: Promise<T>): Promise<T> {
    this.#others++;
    this.#hold();
    try {
      return await work;
    } finally {
      this.#others--;
      this.#hold();
    }
  }

  #hear = async (result: Result, reference: Reference | undefined): Promise<void> => {
    const job = this.#jobs.get(result.job);
    job?.hear(result);
    if (!reference) return;
    // A restarted coordinator may need it.
    if (this.options.isNamed) this.#kept.push(reference);
    else await this.#drop(reference);
  };

  async #drop(reference: Reference): Promise<void> {
    const dropping = dropPart(this.connection, reference);
    // What lies in Redis goes by its time limit too.
    if (reference.where === "store") this.#dropping.add(dropping);
    await dropping.finally(() => this.#dropping.delete(dropping));
  }

  #afterBatch = async (): Promise<void> => {
    for (const job of this.#jobs.values()) await job.fill().catch((error) => job.refusedBy(error));
    if (!this.options.isNamed) await this.#stream.trim(this.#stream.heard);
  };

  /** Sockets and timers keep the process alive while work is under way, and not otherwise. */
  #hold(): void {
    const isBusy = this.#jobs.size > 0 || this.#others > 0;
    this.connection.keepAlive(isBusy, this.#stream.reader);
    if (isBusy) this.#timer?.ref();
    else this.#timer?.unref();
    if (!isBusy) this.#aloneSince = undefined;
  }

  #refused(error: unknown): void {
    for (const job of this.#jobs.values()) job.refusedBy(error);
  }

  async #tick(): Promise<void> {
    const isDue = performance.now() >= this.#nextSweep;
    const isSearching = this.members.length === 0 || [...this.#jobs.values()].some(({ hasBegun }) => !hasBegun);
    if (this.#isTicking || !(isDue || isSearching)) return;
    this.#isTicking = true;
    try {
      await this.#look();
      if (!isDue) return;
      this.#nextSweep = performance.now() + SWEEP_MS;
      if (this.#isClosed) return;
      if (this.options.isNamed && !(await this.#owner.renew()))
        for (const job of this.#jobs.values()) job.fail(this.#lostRun());
      else if (this.#jobs.size > 0) await this.#lookAfterJobs();
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#isTicking = false;
    }
  }

  async #look(): Promise<void> {
    const { place } = this.connection;
    this.members = await workersOf(this.connection);
    if (this.#isClosed) return;
    await this.#noteActive();
    if (this.members.length > 0) {
      this.#aloneSince = undefined;
      for (const found of this.#waiters) found();
      this.#waiters.clear();
    } else if (this.#jobs.size > 0 || this.#waiters.size > 0) {
      this.#aloneSince ??= performance.now();
      if (performance.now() - this.#aloneSince < PATIENCE_MS) return;
      this.#aloneSince = Infinity;
      process.emitWarning(
        `no worker has been heard of at ${place.label}, queue ${place.queue}, prefix ${place.prefix}, for 5 s: start one by ` +
          `allcores worker --connection ... --queue ${place.queue}`,
        "ClusterWarning",
      );
    }
  }

  /** What `state` of a future says. */
  async #noteActive(): Promise<void> {
    const idle = [...this.#jobs.values()].filter(({ hasBegun }) => !hasBegun);
    if (idle.length === 0) return;
    const active = await this.connection.redis.lrange(this.connection.queue.toKey("active"), 0, "-1");
    for (const job of idle) job.noteActive(active);
  }

  async #lookAfterJobs(): Promise<void> {
    const { options } = this;
    await this.#announce();
    if (await this.inputs.renew()) this.#stream.restart();
    const queued = await this.connection.queued();
    for (const job of this.#jobs.values())
      await job
        .sweep(queued)
        .then((isLost) => isLost && this.#stream.restart())
        .catch((error) => job.refusedBy(error));
    if (!options.isNamed) return;
    // What is heard meanwhile is in no checkpoint yet.
    const { heard } = this.#stream;
    for (const job of this.#jobs.values()) await job.checkpoint(heard);
    if (!this.#keepsStream) await this.#stream.trim(heard);
  }

  /** Another coordinator took it, when this one was held up or cut off for longer than its lease. */
  #lostRun(): ClusterError {
    const { run } = this.options;
    return new ClusterError(`the run ${run} at ${this.connection.place.label} was taken over by another process`);
  }

  async #announce(): Promise<void> {
    if (this.#jobs.size === 0) return; // they are over since
    const { keys } = this.connection;
    const { run: id } = this.options;
    let [done, total] = [0, 0];
    for (const { progress } of this.#jobs.values()) {
      done += progress.done;
      total += progress.total;
    }
    this.#isAnnounced = true;
    await announce(this.connection, keys.runs, keys.run(id), { id, ...here, jobs: this.#jobs.size, done, total });
  }

  /** The last of the jobs that were announced is over. */
  async #leave(): Promise<void> {
    const { keys } = this.connection;
    const { run } = this.options;
    this.#isAnnounced = false;
    await leave(this.connection, keys.runs, keys.run(run), run);
  }

  /** Leaves nothing of a run in which every job was fulfilled; of another one what a restarted coordinator needs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const found of this.#waiters) found();
    this.#waiters.clear();
    this.#stream.close();
    await Promise.allSettled(this.#dropping);
    if (this.connection.redis.status === "ready") await this.#forget().catch(() => {});
    await this.connection.close();
  }

  async #forget(): Promise<void> {
    const { redis, keys } = this.connection;
    const { run, isNamed } = this.options;
    await this.#leave();
    if (!isNamed || !this.#hasUnfinished) {
      await redis.del(keys.results(run), ...this.#numbers.map((job) => keys.done({ run, job })));
      for (const reference of this.#kept) await dropPart(this.connection, reference);
    }
    if (isNamed) await this.#owner.giveBack();
  }
}
