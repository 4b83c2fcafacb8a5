/**
 * One job of a cluster, as its coordinator runs it.
 *
 *   put: inputs, job ─> claims into the queue, some ahead of the workers ─> results ─> more claims ─> all chunks are there
 *   ─> where kernels may have changed what is not theirs: every worker that took part looks ─> outcome
 *
 * A chunk counts once: of what comes twice, the second is dropped. Claims that are neither waiting nor active, but not done,
 * are added again.
 */
import { AllcoresError, UnsupportedError } from "../../errors.js";
import { lostChange } from "../../executors/process/refusals.js";
import type { Task } from "../../job/future.js";
import { joinPartials, NO_OUTCOME, type Outcome, type Partials } from "../../job/partials.js";
import type { PreparedJob } from "../../job/prepare.js";
import { type Connection, clusterError, isRefused, type Queued } from "../connection.js";
import { unpackFailure } from "../failures.js";
import { fingerprintOf } from "../job-message.js";
import { type ChunkName, claimId, claimOf, type JobName, RENEWED_MS } from "../keys.js";
import type { Computed, Result } from "../results.js";
import type { ClusterMember } from "../status.js";
import { type Checkpoint, saveCheckpoint, valuesOf } from "./checkpoint.js";
import { ChunkSet, type Chunks } from "./chunk-set.js";
import { ClaimCutter } from "./claim-cutter.js";
import type { Inputs } from "./inputs.js";
import { NodeJoins } from "./node-joins.js";
import { lostClaimError, type Outstanding } from "./outstanding.js";
import { putJob, ResultArrays, type SentJob } from "./sent-job.js";
import { spread, Verdicts } from "./verdicts.js";

/** Sweeps for which a claim is nowhere before it is added again: it may be on its way. */
const MISSES = 2;
/** Failed messages stay for as long, in s: dashboards show them. */
const KEEP_FAILED_S = 3600;

export interface RunningOptions {
  readonly connection: Connection;
  readonly name: JobName;
  readonly attempts: number;
  /** Chunks in the queue at most. */
  readonly window: number;
  readonly isNamed: boolean;
  readonly inputs: Inputs;
  /** Workers as they were last heard of. */
  readonly members: () => readonly ClusterMember[];
}

export class RunningJob {
  readonly name: JobName;
  readonly fingerprint: string;
  #done = new ChunkSet();
  #cutter: ClaimCutter;
  readonly #outstanding = new Map<string, Outstanding>();
  readonly #arrays: ResultArrays;
  readonly #joins: NodeJoins | undefined;
  readonly #partials: Partials[] = [];
  readonly #workers = new Set<string>();
  /** By worker, why it can't take chunks of this job. */
  readonly #refusals = new Map<string, string>();
  /** Awaited once all chunks are there. */
  #verdicts: Verdicts | undefined;
  #itemsDone = 0;
  #hasBegun = false;
  /** Whether it has taken over what was there before it: until then it adds no claims. */
  #isReady = false;
  /** Whether results count: not before it is known what was there, which comes again in a moment. */
  #hears: boolean;
  /** Whether what kernels changed elsewhere was looked for before this coordinator began. */
  #wasOver = false;
  #hasLostChanges = false;
  #isOver = false;
  #hasNews = false;
  /** Where its results begin in the stream, if they stay there. */
  #from = "0-0";
  #settle: () => void = () => {};
  readonly #over = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });

  constructor(
    private readonly job: PreparedJob,
    private readonly sent: SentJob,
    private readonly task: Task,
    private readonly options: RunningOptions,
  ) {
    this.name = options.name;
    this.#hears = !options.isNamed;
    this.fingerprint = fingerprintOf(sent.message);
    this.#joins = NodeJoins.of(job, task);
    this.#arrays = new ResultArrays(job, this.#joins);
    this.#cutter = this.#cutterOf([[0, job.chunks]]);
    task.itemsDone = () => this.#itemsDone;
    task.isRunning = () => this.#hasBegun;
  }

  /** Whether a worker has a claim of it. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** @param active ids of the messages that workers have */
  noteActive(active: readonly string[]): void {
    this.#hasBegun ||= active.some((id) => this.#outstanding.has(id));
  }

  /** Whether a kernel changed what no item owns: a restarted coordinator computes all of it again, and finds it again. */
  get hasLostChanges(): boolean {
    return this.#hasLostChanges;
  }

  /** Items that are done, and all. */
  get progress(): { readonly done: number; readonly total: number } {
    return { done: this.#itemsDone, total: this.job.wire.range?.n ?? 1 };
  }

  /** Whether its results lie in Redis until the run ends, so that the stream has to be kept. */
  get keepsStream(): boolean {
    return this.options.isNamed && !this.#arrays.areNone;
  }

  /** Says that it was called, before any of it is computed. @param heard the last entry of the stream that is not of it */
  async start(heard: string): Promise<void> {
    this.#from = heard;
    this.#hears = true;
    await this.#save(heard, false);
  }

  /** Takes over what was computed before this coordinator began. */
  resume({ upTo, done, sum, values, isOver, workers }: Checkpoint): void {
    for (const worker of workers) this.#workers.add(worker);
    this.#from = upTo;
    this.#wasOver = isOver;
    this.#hears = true;
    this.#done = new ChunkSet(done);
    for (const [first, last] of done) this.#itemsDone += this.#itemsIn(first, last);
    this.#partials.push({ sum, chunks: values });
  }

  /** The queue has claims of it from before this coordinator began. */
  adopt(ids: readonly string[]): void {
    for (const id of ids) {
      const claim = claimOf(id);
      if (claim?.run !== this.name.run || claim.job !== this.name.job) continue;
      const { first, last } = claim;
      if (first >= last || last > this.job.chunks || this.#done.hasAny([first, last])) continue;
      this.#outstanding.set(id, { chunks: [first, last], misses: 0, added: 1 });
    }
  }

  /** Puts the job and its first claims. @returns its outcome */
  async outcome(): Promise<Outcome> {
    this.task.onStop(() => this.#end());
    try {
      await this.#run();
      if (!this.task.cause) await this.#joins?.finish();
    } finally {
      this.#end();
      await this.#joins?.close();
    }
    return this.task.cause ? NO_OUTCOME : joinPartials(this.#partials);
  }

  async #run(): Promise<void> {
    const taken = new ChunkSet(this.#done.ranges);
    for (const { chunks } of this.#outstanding.values()) if (!taken.hasAny(chunks)) taken.add(chunks);
    this.#cutter = this.#cutterOf(taken.missing(this.job.chunks));
    this.#isReady = true;
    if (this.#wasOver && this.#done.size === this.job.chunks) this.#end();
    if (!this.#isOver) {
      this.#arrays.fits([0, 1], this.options.connection.place.store !== undefined);
      await putJob(this.options.connection, this.name, this.sent, this.options.inputs);
      if (this.#done.size === this.job.chunks) this.#judge();
      else await this.fill();
    }
    await this.#over;
  }

  #cutterOf(chunks: readonly Chunks[]): ClaimCutter {
    const hasStore = this.options.connection.place.store !== undefined;
    return new ClaimCutter(chunks, this.job.cost, (claim) => this.#arrays.fits(claim, hasStore));
  }

  #itemsIn(first: number, last: number): number {
    const { range } = this.job.wire;
    return range ? Math.min(range.n, last * range.grain) - first * range.grain : last - first;
  }

  /** Adds claims until enough are ahead of the workers: few enough that other coordinators' are soon taken, too. */
  async fill(): Promise<void> {
    if (!this.#isReady) return;
    const members = this.options.members();
    const threads = members.reduce((sum, member) => sum + member.threads, 0);
    // A worker takes one claim more than it has threads.
    const most = 2 * threads + members.length + 1;
    let chunksAhead = 0;
    for (const { chunks } of this.#outstanding.values()) chunksAhead += chunks[1] - chunks[0];
    const claims: ChunkName[] = [];
    while (
      !this.#isOver &&
      this.#outstanding.size < most &&
      (chunksAhead < this.options.window || claims.length === 0)
    ) {
      const chunks = this.#cutter.take(threads);
      if (!chunks) break;
      const [first, last] = chunks;
      const claim = { ...this.name, first, last };
      this.#outstanding.set(claimId(claim), { chunks, misses: 0, added: 1 });
      claims.push(claim);
      chunksAhead += last - first;
    }
    if (claims.length > 0) await this.#add(claims);
  }

  async #add(claims: readonly ChunkName[]): Promise<void> {
    const { connection, attempts } = this.options;
    const opts = { attempts, removeOnComplete: true, removeOnFail: { age: KEEP_FAILED_S }, stackTraceLimit: 1 };
    const jobs = claims.map((claim) => ({ name: "chunks", data: {}, opts: { ...opts, jobId: claimId(claim) } }));
    await connection.queue.addBulk(jobs);
  }

  /** A result of this job has come, perhaps for the second time. */
  hear(result: Result): void {
    if (this.#isOver || !this.#hears) return;
    switch (result.kind) {
      case "computed":
        this.#hearComputed(result);
        break;
      case "failed":
        if (!this.#done.hasAny([result.first, result.last])) this.task.fail(unpackFailure(result.failure));
        break;
      case "refused":
        this.#refusals.set(result.worker, result.why);
        this.#failIfAllRefuse();
        break;
      case "verdict":
        this.#hearVerdict(result.worker, result.changed);
    }
  }

  #hearComputed(result: Computed): void {
    const { first, last, ms, sum, values, parts, worker } = result;
    const chunks = [first, last] as const;
    if (last > this.job.chunks || this.#done.hasAny(chunks) || !this.#isWhole(result)) return;
    this.#done.add(chunks);
    this.#arrays.write(chunks, parts);
    this.#partials.push({ sum, chunks: values });
    this.#itemsDone += this.#itemsIn(first, last);
    this.#workers.add(worker);
    this.#hasBegun = true;
    this.#hasNews = true;
    this.#cutter.learn(last - first, ms);
    this.#outstanding.delete(claimId({ ...this.name, first, last }));
    if (this.#isReady && this.#done.size === this.job.chunks) this.#judge();
  }

  /** Whether a result has what the job asks of its chunks. */
  #isWhole({ first, last, values, parts }: Computed): boolean {
    const { range } = this.job.wire;
    if (!this.#arrays.areParts([first, last], parts)) return false;
    if (range && range.partial !== "value") return values.length === 0;
    const [only] = values;
    return values.length === 1 && only?.first === first && only.values.length === last - first;
  }

  /** All chunks are there. */
  #judge(): void {
    const { arrays } = this.job.wire;
    const isTrusted = arrays.every(({ elements }) => elements?.isDeclared);
    if (isTrusted || this.task.cause) {
      this.#end();
      return;
    }
    this.#verdicts = new Verdicts(this.options.connection, this.name, this.#workers);
    this.#verdicts.ask().catch((error) => this.refusedBy(error));
    if (this.#verdicts.areThere) this.#end();
  }

  #hearVerdict(worker: string, changed: number | undefined): void {
    if (!this.#verdicts?.hear(worker)) return;
    const { range, arrays, kernel } = this.job.wire;
    const array = arrays.find(({ index }) => index === changed);
    this.#hasLostChanges ||= array !== undefined;
    if (array) this.task.fail(lostChange(kernel, array, range?.n ?? 1, "worker"));
    if (this.#verdicts.areThere) this.#end();
  }

  #failIfAllRefuse(): void {
    const members = this.options.members();
    if (members.length === 0 || !members.every(({ id }) => this.#refusals.has(id))) return;
    this.task.fail(new UnsupportedError([...new Set(this.#refusals.values())].join("; ")));
  }

  fail(error: Error): void {
    this.task.fail(error);
  }

  /** A command failed: what the server refuses, and what can't be sent, ends the job; the rest is tried again. */
  refusedBy(error: unknown): void {
    if (isRefused(error)) this.task.fail(clusterError(this.options.connection.place.label, error));
    else if (error instanceof AllcoresError) this.task.fail(error);
  }

  /** The job is over: workers stop what they do of it, and forget it. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle();
    this.#forget().catch(() => {}); // keys have time limits
  }

  async #forget(): Promise<void> {
    const { connection } = this.options;
    const { redis, keys, queue } = connection;
    await redis.del(keys.job(this.name), keys.ends(this.name));
    spread(connection);
    await Promise.all([...this.#outstanding.keys()].map((id) => queue.remove(id).catch(() => {})));
    await this.options.inputs.release(this.sent.inputs);
  }

  /** Writes what a restarted coordinator needs, if there is something new. @param upTo the last entry that was heard */
  async checkpoint(upTo: string): Promise<void> {
    if (!this.options.isNamed || !this.#isReady || !this.#hasNews) return;
    this.#hasNews = false;
    await this.#save(upTo, false);
  }

  /** The job was fulfilled: a restarted coordinator has nothing to do. */
  async conclude(upTo: string): Promise<void> {
    if (this.options.isNamed && this.#isReady) await this.#save(upTo, true);
  }

  async #save(upTo: string, isOver: boolean): Promise<void> {
    const { fingerprint } = this;
    const workers = [...this.#workers];
    const { connection, name } = this.options;
    if (this.keepsStream) {
      const nothing = { done: [], sum: 0n, values: [] };
      return saveCheckpoint(connection, name, { fingerprint, workers, isOver, upTo: this.#from, ...nothing });
    }
    const { range } = this.job.wire;
    const done = this.#done.ranges;
    const { sum, values } = valuesOf(this.#partials, !range || range.partial === "value" ? done : []);
    await saveCheckpoint(connection, name, { fingerprint, workers, isOver, upTo, done, sum, values });
  }

  /**
   * Looks after the job, every second: its key is renewed, or put again where the server has lost it; claims that are nowhere
   * are added again.
   * @param queued the ids of messages that wait or are active
   * @returns whether the server had lost something
   */
  async sweep(queued: Queued): Promise<boolean> {
    if (this.#isOver || !this.#isReady) return false;
    const { connection, members } = this.options;
    const { redis, keys } = connection;
    const isLost = (await redis.pexpire(keys.job(this.name), RENEWED_MS)) === 0;
    if (isLost && !this.#isOver) await putJob(connection, this.name, this.sent, this.options.inputs);
    if (this.#verdicts) {
      if (isLost) await this.#verdicts.ask();
      this.#verdicts.passOver(members());
      if (this.#verdicts.areThere) this.#end();
      return isLost;
    }
    this.#failIfAllRefuse();
    for (const [id, claim] of this.#outstanding) {
      if (queued.active.has(id) || queued.waiting.has(id)) claim.misses = 0;
      else if (++claim.misses >= MISSES) await this.#findAgain(id, claim);
      if (this.#isOver) return isLost;
    }
    await this.fill();
    return isLost;
  }

  /** A claim is nowhere: it failed without a result that says why, or the server has lost it. */
  async #findAgain(id: string, claim: Outstanding): Promise<void> {
    const { connection, attempts } = this.options;
    const [first, last] = claim.chunks;
    // Of two claims that overlap, from two coordinators, the second one's result was dropped.
    if (this.#done.hasAny(claim.chunks)) {
      this.#outstanding.delete(id);
      return;
    }
    const message = await connection.queue.getJob(id);
    const failed = message && lostClaimError(message.failedReason, claim.added, attempts);
    if (failed) return this.task.fail(failed(`${this.job.wire.kernel.label} on ${this.#describe(claim.chunks)}`));
    if (message) {
      await connection.queue.remove(id);
      claim.added++;
    }
    claim.misses = 0;
    if (this.#isOver || !this.#outstanding.has(id)) return;
    await putJob(connection, this.name, this.sent, this.options.inputs, true);
    await this.#add([{ ...this.name, first, last }]);
  }

  #describe([first, last]: Chunks): string {
    const { range } = this.job.wire;
    return range ? `items [${first * range.grain}, ${Math.min(range.n, last * range.grain)})` : "its call";
  }
}
