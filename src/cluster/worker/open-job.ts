/**
 * A job of which a worker computes chunks: its kernel, and copies of its arrays, for as long as the job is wanted.
 *
 *   first claim ─> job, kernel, inputs ─> claims on the worker's threads ─> parts of the results
 *   the end     ─> what the kernel changed outside of these parts ─> memory freed
 */
import { byteLength } from "../../job/array-argument.js";
import type { Future } from "../../job/future.js";
import { type PreparedJob, wireKernel } from "../../job/prepare.js";
import type { Range } from "../../job/range.js";
import type { WireAccumulation, WireKernel } from "../../job/wire-job.js";
import { ArrayCopies } from "../../worker/array-copies.js";
import type { CarriedArray } from "../../worker/process-messages.js";
import type { Connection } from "../connection.js";
import {
  decodeJob,
  hashOf,
  indexOfAccumulators,
  type JobMessage,
  type KernelName,
  type SentAccumulation,
  type SentArray,
} from "../job-message.js";
import { type JobName, storeDataKey } from "../keys.js";
import { MessageError } from "../message.js";
import type { Computed } from "../results.js";
import { packageVersion } from "../version.js";
import type { ClaimThreads, TimedOutcome } from "./claim-threads.js";
import type { Registry } from "./registry.js";

/** The worker can't take chunks of this job: others may. */
export class Refusal extends Error {}

/** What a claim comes to, before it is sent. */
export type ComputedChunks = Omit<Computed, "worker" | "job" | "kind">;

export class OpenJob {
  readonly #copies: ArrayCopies;
  readonly #computing = new Map<Future<TimedOutcome>, readonly [first: number, last: number]>();
  /** Items that were returned, by the chunks of the claim. */
  readonly #returned = new Map<string, readonly [begin: number, end: number]>();
  #isStopped = false;

  private constructor(
    readonly message: JobMessage,
    private readonly kernel: WireKernel,
    private readonly accumulation: WireAccumulation | undefined,
    arrays: readonly CarriedArray[],
    private readonly threads: ClaimThreads,
  ) {
    this.#copies = new ArrayCopies(arrays, undefined, message.range?.n ?? 1);
  }

  /** Undefined when the job is not wanted any more. @throws Refusal */
  static async open(
    connection: Connection,
    name: JobName,
    registry: Registry,
    threads: ClaimThreads,
  ): Promise<OpenJob | undefined> {
    const { redis, keys } = connection;
    const bytes = await redis.getBuffer(keys.job(name));
    if (!bytes) return undefined;
    const message = decodeJob(`${name.run}/${name.job}`, bytes);
    const { kernel, range, version } = message;
    if (version !== packageVersion())
      throw new Refusal(`a job of allcores ${version}, and this worker has allcores ${packageVersion()}`);
    const wire = await registered(registry, kernel, range);
    const accumulation = message.accumulation && (await joinedBy(registry, message.accumulation));
    const arrays = [];
    for (const array of message.arrays) arrays.push(await carried(connection, name, array));
    return new OpenJob(message, wire, accumulation, arrays, threads);
  }

  get chunks(): number {
    const { range } = this.message;
    return range ? Math.ceil(range.n / range.grain) : 1;
  }

  /** Computes the chunks [first, last). */
  async compute(first: number, last: number): Promise<ComputedChunks> {
    await this.#untilApart(first, last);
    const { range, values, scratch } = this.message;
    const items = range && ([first * range.grain, Math.min(range.n, last * range.grain)] as const);
    // A claim that comes again, after its result was lost, must find its part as it was given.
    if (items) this.#copies.restore(items);
    const part = range && items && { ...range, from: items[0], n: items[1] };
    const { kernel, accumulation } = this;
    const wire = { kernel, range: part, values, arrays: this.#copies.arrays, scratch, accumulation };
    const job: PreparedJob = { wire, chunks: last - first, bytes: undefined, cost: undefined, release() {} };
    const future = this.threads.compute(job);
    this.#computing.set(future, [first, last]);
    if (this.#isStopped) future.cancel();
    let outcome: TimedOutcome;
    try {
      outcome = await future;
    } finally {
      this.#computing.delete(future);
    }
    const { ms } = outcome;
    const parts = items ? this.#copies.giveParts(items) : [];
    if (accumulation) parts.push({ index: indexOfAccumulators(this.message), bytes: outcome.values[0] as Uint8Array });
    if (items) this.#returned.set(`${first} ${last}`, items);
    const keepsValues = !range || range.partial === "value";
    return { first, last, ms, sum: outcome.sum, values: keepsValues ? [{ first, values: outcome.values }] : [], parts };
  }

  /** Two claims on the same chunks, of which one was taken for lost, would write into each other's part. */
  async #untilApart(first: number, last: number): Promise<void> {
    for (const [future, [begin, end]] of this.#computing)
      if (begin < last && first < end) {
        await future.catch(() => {});
        return this.#untilApart(first, last);
      }
  }

  /** The job is not wanted any more. */
  stop(): void {
    this.#isStopped = true;
    for (const future of this.#computing.keys()) future.cancel();
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Resolves when no thread works on its memory. */
  async untilIdle(): Promise<void> {
    await Promise.allSettled(this.#computing.keys());
  }

  /** The index of an argument that a kernel changed where no item owns it. */
  judge(): number | undefined {
    return this.#copies.changedElsewhere([...this.#returned.values()]);
  }

  close(): void {
    this.#copies.free();
  }
}

/** @throws Refusal where it is not known */
async function registered(registry: Registry, kernel: KernelName, range: Range | undefined): Promise<WireKernel> {
  const handle = registry.find(kernel);
  if (!handle)
    throw new Refusal(
      `${kernel.label} is not registered here, or its file differs (SHA-256 ${kernel.hash.slice(0, 12)}...): start workers ` +
        "with --kernels and the same file",
    );
  return { ...(await wireKernel(handle, range)), label: kernel.label };
}

/** What a claim comes to goes to the coordinator. */
async function joinedBy(registry: Registry, { combine, ...rest }: SentAccumulation): Promise<WireAccumulation> {
  const join = typeof combine === "object" ? await registered(registry, combine, undefined) : combine;
  return { ...rest, combine: join, out: 0 };
}

/** @throws MessageError when its content is not there, or is another one: the coordinator puts it again */
async function carried(connection: Connection, name: JobName, array: SentArray): Promise<CarriedArray> {
  const { memory, content, ...rest } = array;
  const common = { ...rest, pointer: memory, resultAt: 0 };
  if (content === undefined) return common;
  const { redis, keys, place } = connection;
  const bytes =
    (await redis.getBuffer(keys.data(name.run, content))) ?? (await place.store?.get(storeDataKey(name.run, content)));
  if (bytes?.length !== byteLength(common) || hashOf(bytes) !== content)
    throw new MessageError(`the content of args[${array.index}] is not where it should be`);
  return { ...common, input: bytes };
}
