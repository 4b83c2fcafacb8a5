/**
 * A worker of a cluster: claims from the queue, computed on its threads, results into the stream of their run.
 *
 *   run ─> kernels, connection, threads ─> BullMQ's worker ─> ClaimProcessor ─> OpenJobs ─> ClaimThreads
 *   shutdown ─> no more claims ─> those under way end, or go back to the queue ─> closed
 */
import { randomUUID } from "node:crypto";
import type { Worker as BullWorker } from "bullmq";
import type { Redis } from "ioredis";
import { onAbort } from "../../abort.js";
import { ShutdownError } from "../../errors.js";
import { workerCount } from "../../pool/cores.js";
import { clearInterval, setInterval } from "../../timers.js";
import { optionalFunction, show, wholeNumber } from "../../validate.js";
import { Connection, loadPeers } from "../connection.js";
import { announce, here, leave } from "../members.js";
import { type ClusterConnection, type Place, placeOf } from "../options.js";
import { packageVersion } from "../version.js";
import { ClaimProcessor } from "./claim-processor.js";
import { ClaimThreads } from "./claim-threads.js";
import type { ClusterEvent } from "./events.js";
import { OpenJobs } from "./open-jobs.js";
import { Registry } from "./registry.js";

/** How a worker works. */
export interface ClusterWorkerOptions extends ClusterConnection {
  /** Threads (default: ALLCORES_WORKERS, else the cores that this process may use). */
  readonly workers?: number | undefined;
  /** How long a claim is this worker's without a sign of life, in ms (default 15,000), renewed after half of it. */
  readonly lockDuration?: number | undefined;
  /** How often claims of dead workers are looked for, in ms (default 5,000): one is found after lockDuration + this at most. */
  readonly stalledInterval?: number | undefined;
  /** Modules whose kernels may be called, beside those of the package: paths or URLs of JS or `.wasm` files. */
  readonly kernels?: readonly (string | URL)[] | undefined;
  /** Called with what happens. */
  readonly onEvent?: ((event: ClusterEvent) => void) | undefined;
}

/** How often a worker says that it is there, in ms. */
const ANNOUNCE_MS = 1000;
/** How often the workers of a claim may die before the claim is taken for what kills them. */
const MAX_DEATHS = 3;
/** How long a worker that is to close waits for a server that is lost, in ms. */
const CLOSE_MS = 5000;
const LOOK_MS = 250;
const MAX_MS = 24 * 3600_000;

/**
 * A worker of a cluster: computes chunks for any number of ClusterExecutors at the same queue, on threads of its own. It runs
 * registered kernels alone, and never code or a path that came from the queue. `allcores worker` is one.
 * @throws TypeError, RangeError for wrong options
 */
export class ClusterWorker implements AsyncDisposable {
  readonly #place: Place;
  readonly #threadCount: number;
  readonly #lockDuration: number;
  readonly #stalledInterval: number;
  readonly #kernels: readonly (string | URL)[];
  readonly #onEvent: (event: ClusterEvent) => void;
  readonly #id = `${here.host}:${here.pid}:${randomUUID().slice(0, 8)}`;
  readonly #ended = new AbortController();
  #running: Promise<void> | undefined;
  #processor: ClaimProcessor | undefined;

  constructor(options: ClusterWorkerOptions) {
    this.#place = placeOf(options, ["workers", "lockDuration", "stalledInterval", "kernels", "onEvent"]);
    const { workers, lockDuration = 15_000, stalledInterval = 5_000, kernels = [], onEvent } = options;
    this.#threadCount = workerCount({ workers });
    this.#lockDuration = wholeNumber("lockDuration", lockDuration, 100, MAX_MS);
    this.#stalledInterval = wholeNumber("stalledInterval", stalledInterval, 100, MAX_MS);
    if (!Array.isArray(kernels)) throw new TypeError(`kernels must be a list of modules, got ${show(kernels)}`);
    this.#kernels = [...kernels];
    optionalFunction("onEvent", onEvent);
    this.#onEvent = (event) => {
      try {
        onEvent?.(event);
      } catch (error) {
        process.emitWarning(`onEvent threw ${show(error)}: ${(error as Error)?.message}`, "ClusterWarning");
      }
    };
  }

  /**
   * Works until `shutdown`.
   * @returns rejects with a ClusterError when Redis refuses or is not there at first, and with what a module of `kernels`
   * throws; a Redis that is lost later is waited for
   */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    const registry = await Registry.open(this.#kernels);
    const connection = await Connection.open(this.#place, signal);
    const threads = new ClaimThreads(this.#threadCount);
    const jobs = new OpenJobs(connection, registry, threads, this.#id);
    this.#processor = new ClaimProcessor(connection, jobs, this.#id, this.#onEvent);
    try {
      await threads.ready();
      signal.throwIfAborted();
      await this.#work(connection, await this.#bullWorker(connection, this.#processor));
    } finally {
      await jobs.close();
      await threads.shutdown();
      await connection.close();
      this.#onEvent({ event: "closed" });
    }
  }

  /** Takes claims until the worker is shut down, and ends those under way. */
  async #work(connection: Connection, worker: BullWorker): Promise<void> {
    const { signal } = this.#ended;
    const leaveQueue = await this.#announce(connection);
    const closed = new Promise<void>((resolve) => {
      onAbort(signal, () => {
        this.#onEvent({ event: "closing" });
        leaveQueue();
        resolve(Promise.race([worker.close(), isLost(connection.redis)]));
      });
    });
    this.#onEvent({ event: "ready", worker: this.#id, threads: this.#threadCount, queue: this.#place.queue });
    if (signal.aborted) return;
    await Promise.all([Promise.race([worker.run(), closed]), closed]);
    // After a lost server its connections would try for ever. Of one that is waiting for its next try no end is heard.
    worker.disconnect().catch(() => {});
  }

  async #bullWorker({ redis, place }: Connection, processor: ClaimProcessor): Promise<BullWorker> {
    const { Bull } = await loadPeers();
    const worker = new Bull.Worker(place.queue, (message, token) => processor.process(message, token), {
      connection: redis,
      prefix: place.prefix,
      autorun: false,
      // One more than threads: its inputs come while they compute.
      concurrency: this.#threadCount + 1,
      lockDuration: this.#lockDuration,
      // BullMQ leaves a check out where the one before is less than an interval ago by the server's clock, as every second one
      // may be: with 5 s and 2.5 s a dead worker's claim was back after 10 s.
      stalledInterval: Math.ceil(this.#stalledInterval / 2),
      maxStalledCount: MAX_DEATHS,
      skipVersionCheck: true,
    });
    worker.on("error", (error) => this.#onEvent({ event: "error", error: error.message }));
    return worker;
  }

  /** Says every second that this worker is there. @returns how to end that */
  async #announce(connection: Connection): Promise<() => void> {
    const { keys } = connection;
    const member = { id: this.#id, ...here, threads: this.#threadCount, version: packageVersion() };
    const say = () => announce(connection, keys.workers, keys.worker(this.#id), member);
    await say();
    const timer = setInterval(() => say().catch(() => {}), ANNOUNCE_MS);
    return () => {
      clearInterval(timer);
      leave(connection, keys.workers, keys.worker(this.#id), this.#id).catch(() => {});
    };
  }

  /**
   * Takes no more claims, finishes those under way (with `cancel: true` they go back to the queue), and ends the threads.
   * Resolves when `run` has.
   */
  async shutdown({ cancel = false }: { cancel?: boolean } = {}): Promise<void> {
    if (cancel) this.#processor?.giveBack();
    this.#ended.abort(new ShutdownError("the worker has been shut down"));
    await this.#running?.catch((error) => {
      if (error !== this.#ended.signal.reason) throw error;
    });
  }

  /** `await using worker = new ClusterWorker(...)`: finishes the claims under way. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}

/** Resolves when the server has been lost for some time. */
async function isLost(redis: Redis): Promise<void> {
  let lostMs = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      lostMs = redis.status === "ready" ? 0 : lostMs + LOOK_MS;
      if (lostMs < CLOSE_MS && redis.status !== "end") return;
      clearInterval(timer);
      resolve();
    }, LOOK_MS);
  });
}
