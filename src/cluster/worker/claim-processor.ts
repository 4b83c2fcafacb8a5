/**
 * What a worker does with a message of the queue:
 *
 *   not a claim         it fails, and is not tried again
 *   not wanted          done
 *   computed            the result is sent, then the message is done: at least once
 *   the kernel failed   tried again, perhaps elsewhere; the last time the failure is sent
 *   refused             the coordinator is told, and the message waits for another worker
 */
import type { Job as BullJob } from "bullmq";
import { performance, wallClock } from "../../timers.js";
import { type Connection, loadPeers } from "../connection.js";
import { packFailure } from "../failures.js";
import { type ChunkName, claimOf } from "../keys.js";
import { MessageError } from "../message.js";
import { sendResult } from "../results.js";
import type { ClusterEvent } from "./events.js";
import { type OpenJob, Refusal } from "./open-job.js";
import type { OpenJobs } from "./open-jobs.js";

/** How long a claim waits that this worker can't take, in ms. */
const REFUSED_MS = 300;
/** How often the coordinator is told, in ms: what it was told may be lost. */
const TOLD_MS = 2000;

export class ClaimProcessor {
  /** When coordinators were told last that this worker can't take their jobs, by the jobs' keys. */
  readonly #refused = new Map<string, number>();
  #goesBack = false;

  constructor(
    private readonly connection: Connection,
    private readonly jobs: OpenJobs,
    private readonly worker: string,
    private readonly onEvent: (event: ClusterEvent) => void,
  ) {}

  /** From now on claims that were stopped go back to the queue. */
  giveBack(): void {
    this.#goesBack = true;
    this.jobs.stopAll();
  }

  /** Takes a message of the queue. @throws what tells BullMQ what became of it */
  async process(message: BullJob, token: string | undefined): Promise<void> {
    const { Bull } = await loadPeers();
    const claim = claimOf(message.id ?? "");
    if (!claim) {
      const error = "a message that is no claim of allcores";
      this.onEvent({ event: "error", error });
      throw new Bull.UnrecoverableError(error);
    }
    try {
      await this.jobs.with(claim, (job) => this.#compute(claim, job));
    } catch (thrown) {
      const error = thrown as Error;
      if (error instanceof Refusal) return await this.#refuse(message, token, claim, error);
      if (this.#goesBack) {
        await message.moveToWait(token);
        throw new Bull.WaitingError();
      }
      throw await this.#failed(message, claim, error);
    }
  }

  async #compute(claim: ChunkName, job: OpenJob | undefined): Promise<void> {
    const { run, job: number, first, last } = claim;
    if (!job || job.isStopped) return this.onEvent({ event: "dropped", ...claim });
    if (first >= last || last > job.chunks) throw new MessageError("a claim of chunks that the job does not have");
    this.onEvent({ event: "claimed", ...claim });
    try {
      const chunks = await job.compute(first, last);
      const computed = { kind: "computed", worker: this.worker, job: number, ...chunks } as const;
      await sendResult(this.connection, run, computed, job.message.isKept);
      this.onEvent({ event: "computed", ms: Math.round(chunks.ms), ...claim });
    } catch (error) {
      if (!job.isStopped || this.#goesBack) throw error;
      this.onEvent({ event: "dropped", ...claim });
    }
  }

  async #refuse(
    message: BullJob,
    token: string | undefined,
    claim: ChunkName,
    { message: why }: Refusal,
  ): Promise<never> {
    const { Bull } = await loadPeers();
    const key = this.connection.keys.job(claim);
    const now = performance.now();
    for (const [one, time] of this.#refused) if (now - time > TOLD_MS) this.#refused.delete(one);
    if (!this.#refused.has(key)) {
      this.#refused.set(key, now);
      this.onEvent({ event: "refused", error: why, ...claim });
      const refused = { kind: "refused", worker: this.worker, job: claim.job, why: `${this.worker}: ${why}` } as const;
      await sendResult(this.connection, claim.run, refused, false);
    }
    await message.moveToDelayed(Math.ceil(wallClock()) + REFUSED_MS, token);
    throw new Bull.DelayedError();
  }

  /** @returns what BullMQ is to be told */
  async #failed(message: BullJob, claim: ChunkName, error: Error): Promise<Error> {
    const { Bull } = await loadPeers();
    const { run, job, first, last } = claim;
    // What is wrong with the job's own data is the coordinator's to put right: it looks after messages that have failed.
    const isLast = !(error instanceof MessageError) && message.attemptsMade + 1 >= (message.opts.attempts ?? 1);
    this.onEvent({ event: "failed", error: error.message, isLast, ...claim });
    if (!isLast) return error;
    const failed = { kind: "failed", worker: this.worker, job, first, last, failure: packFailure(error) } as const;
    await sendResult(this.connection, run, failed, false);
    return new Bull.UnrecoverableError(error.message);
  }
}
