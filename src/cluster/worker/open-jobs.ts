/**
 * The jobs that a worker has open: each is opened once, by its first claim, and forgotten when its coordinator does not want
 * it any more. Workers look at once when there is news, and every 200 ms, since news can be lost.
 */
import type { Redis } from "ioredis";
import { clearInterval, setInterval } from "../../timers.js";
import type { Connection } from "../connection.js";
import type { JobName } from "../keys.js";
import { sendResult } from "../results.js";
import type { ClaimThreads } from "./claim-threads.js";
import { OpenJob } from "./open-job.js";
import type { Registry } from "./registry.js";

const WATCH_MS = 200;

interface Entry {
  readonly name: JobName;
  readonly opening: Promise<OpenJob | undefined>;
  /** Claims that are under way. */
  claims: number;
  /** Undefined until it is open. */
  job?: OpenJob | undefined;
  /** Whether the coordinator has been told what the kernel changed elsewhere. */
  isJudged: boolean;
}

export class OpenJobs {
  readonly #entries = new Map<string, Entry>();
  readonly #news: Redis;
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;
  #hasNews = false;

  constructor(
    private readonly connection: Connection,
    private readonly registry: Registry,
    private readonly threads: ClaimThreads,
    private readonly worker: string,
  ) {
    const { keys } = connection;
    this.#news = connection.duplicate();
    this.#news.subscribe(keys.news).catch(() => {}); // ioredis subscribes again after an outage
    this.#news.on("message", () => void this.#look());
    this.#timer = setInterval(() => void this.#look(), WATCH_MS);
  }

  /**
   * Calls `work` with the job, which stays open meanwhile; with undefined when it is not wanted any more.
   * @throws Refusal, and what `work` throws
   */
  async with<T>(name: JobName, work: (job: OpenJob | undefined) => Promise<T>): Promise<T> {
    const key = this.connection.keys.job(name);
    const entry = this.#entries.get(key) ?? this.#add(key, name);
    entry.claims++;
    try {
      return await work(await entry.opening);
    } finally {
      entry.claims--;
      if (entry.claims === 0 && (!entry.job || entry.job.isStopped)) this.#forget(key, entry);
    }
  }

  #add(key: string, name: JobName): Entry {
    const opening = OpenJob.open(this.connection, name, this.registry, this.threads);
    const entry: Entry = { name, opening, claims: 0, isJudged: false };
    opening.then(
      (job) => {
        entry.job = job;
      },
      () => {}, // the claim that awaits it reports it
    );
    this.#entries.set(key, entry);
    return entry;
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return; // it was forgotten while the server was asked
    this.#entries.delete(key);
    entry.job?.close();
  }

  async #look(): Promise<void> {
    this.#hasNews = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      while (this.#hasNews) {
        this.#hasNews = false;
        if (this.#entries.size > 0) await this.#lookAtAll();
      }
    } catch {
      // The server is lost: it is asked again.
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookAtAll(): Promise<void> {
    const { redis, keys } = this.connection;
    const entries = [...this.#entries].filter(([, { job }]) => job !== undefined);
    const asked = await Promise.all(
      entries.map(async ([key, entry]) => ({
        key,
        entry,
        isWanted: await redis.exists(key),
        ends: await redis.exists(keys.ends(entry.name)),
      })),
    );
    for (const { key, entry, isWanted, ends } of asked) {
      if (!isWanted) this.#stop(key, entry);
      else if (ends && !entry.isJudged && entry.claims === 0) await this.#judge(entry);
    }
  }

  #stop(key: string, entry: Entry): void {
    entry.job?.stop();
    if (entry.claims === 0) this.#forget(key, entry);
  }

  async #judge(entry: Entry): Promise<void> {
    const { name, job } = entry;
    entry.isJudged = true;
    const verdict = { kind: "verdict", worker: this.worker, job: name.job, changed: job?.judge() } as const;
    await sendResult(this.connection, name.run, verdict, false).catch((error) => {
      entry.isJudged = false;
      throw error;
    });
  }

  /** Ends what is computed of all jobs. */
  stopAll(): void {
    for (const { job } of this.#entries.values()) job?.stop();
  }

  /** Ends what is still computed, as after a lost server, and frees what it works on. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#news.disconnect();
    this.stopAll();
    await Promise.all([...this.#entries.values()].map(({ job }) => job?.untilIdle()));
    for (const [key, entry] of this.#entries) this.#forget(key, entry);
  }
}
