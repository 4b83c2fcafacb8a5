/** From a prepared job to what workers of a cluster get, and the arrays' content that goes up once. */
import { AllcoresError, UnsupportedError } from "../../errors.js";
import { type ArrayArgument, byteLength, nameOf } from "../../job/array-argument.js";
import { bytesOfItems } from "../../job/element-ranges.js";
import type { PreparedJob } from "../../job/prepare.js";
import type { WireKernel } from "../../job/wire-job.js";
import { viewOf } from "../../memory/heap.js";
import type { Connection } from "../connection.js";
import { hashOfModule } from "../content.js";
import {
  hashOf,
  indexOfAccumulators,
  type JobMessage,
  type KernelName,
  type SentAccumulation,
  type SentArray,
} from "../job-message.js";
import { type JobName, PART_BYTES, RENEWED_MS } from "../keys.js";
import { encode } from "../message.js";
import { packageVersion } from "../version.js";
import type { Chunks } from "./chunk-set.js";
import type { Inputs } from "./inputs.js";
import type { NodeJoins } from "./node-joins.js";

/** Bytes of results that a claim brings back, at most: its message has more than them, and has to fit into a part. */
const CLAIM_BYTES = 0.9 * PART_BYTES;

export interface SentJob {
  readonly message: JobMessage;
  readonly bytes: Uint8Array;
  /** Hashes of its inputs, each as often as it is held. */
  readonly inputs: readonly string[];
}

/** @param isKept see JobMessage @throws UnsupportedError for what can't be sent */
export async function sentJob(
  job: PreparedJob,
  { run, job: number }: JobName,
  inputs: Inputs,
  isKept: boolean,
): Promise<SentJob> {
  const { kernel, range, values, scratch } = job.wire;
  const held: string[] = [];
  try {
    const arrays = sentArrays(job, (array) => {
      const hash = inputs.hold(nameOf(array), bytesOf(array));
      held.push(hash);
      return hash;
    });
    const version = packageVersion();
    const kernelOf = await kernelName(kernel, job.bytes);
    const accumulation = await sentAccumulation(job);
    const message = { version, kernel: kernelOf, range, values, arrays, scratch, accumulation, isKept };
    return { message, bytes: encode("job", `${run}/${number}`, message), inputs: held };
  } catch (cause) {
    await inputs.release(held);
    if (cause instanceof AllcoresError) throw cause;
    throw new UnsupportedError(`${kernel.label}: args can't be sent to a cluster: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** @param hold takes the content of an array, and returns its hash */
function sentArrays({ wire: { arrays } }: PreparedJob, hold: (array: ArrayArgument) => string): SentArray[] {
  const memories = new Map<string, number>();
  return arrays.map((array) => {
    const { index, name, type, length, role, elements, pointer } = array;
    const place = `${pointer} ${byteLength(array)}`;
    const memory = memories.get(place) ?? memories.size;
    memories.set(place, memory);
    const content = role === "out" ? undefined : hold(array);
    // Arrays that all items change were refused before.
    return { index, name, type, length, role: role === "shared" ? undefined : role, elements, memory, content };
  });
}

async function sentAccumulation({ wire, joinBytes }: PreparedJob): Promise<SentAccumulation | undefined> {
  if (!wire.accumulation) return undefined;
  const { out: _, combine, ...rest } = wire.accumulation;
  return { ...rest, combine: typeof combine === "object" ? await kernelName(combine, joinBytes) : combine };
}

async function kernelName(kernel: WireKernel, bytes: Uint8Array | undefined): Promise<KernelName> {
  const { language, name, label } = kernel;
  if (kernel.language === "js") return { language, name, label, hash: await hashOfModule(kernel.url) };
  return { language, name, label, hash: hashOf(bytes as Uint8Array) };
}

/** Puts the job and its inputs where workers find them. @param isAnew whether inputs that are there are put again */
export async function putJob(
  { redis, keys }: Connection,
  name: JobName,
  { bytes, inputs: hashes }: SentJob,
  inputs: Inputs,
  isAnew = false,
): Promise<void> {
  await inputs.put(hashes, isAnew);
  await redis.set(keys.job(name), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), "PX", RENEWED_MS);
}

/** How many bytes of results the chunks bring back, and a function that writes them. */
export class ResultArrays {
  readonly #arrays: readonly ArrayArgument[];

  /** @param joins takes what claims came to, of a job with accumulators */
  constructor(
    private readonly job: PreparedJob,
    private readonly joins: NodeJoins | undefined,
  ) {
    this.#arrays = job.wire.arrays.filter(({ elements }) => elements);
  }

  get areNone(): boolean {
    return this.#arrays.length === 0 && !this.joins;
  }

  /** Whether a claim's parts can be sent. @throws UnsupportedError when those of a single chunk can't */
  fits(chunks: Chunks, hasStore: boolean): boolean {
    let bytes = this.joins?.bytesOf(chunks) ?? 0;
    for (const array of this.#arrays) {
      const [from, to] = this.#part(array, chunks);
      bytes += to - from;
    }
    if (bytes > CLAIM_BYTES && chunks[1] - chunks[0] === 1 && !hasStore)
      throw new UnsupportedError(
        `a chunk brings back ${bytes} bytes of ${[...this.#arrays.map(nameOf), ...(this.joins ? ["out"] : [])].join(", ")}: more than ${CLAIM_BYTES} do not go ` +
          "through Redis; give store to the executor and to all workers, or use a smaller grain",
      );
    return bytes <= CLAIM_BYTES;
  }

  /** Whether these are all parts of the chunks, of the right sizes. */
  areParts(chunks: Chunks, parts: readonly { readonly index: number; readonly bytes: Uint8Array }[]): boolean {
    const bytesOfPart = (at: number) => parts.find(({ index }) => index === at)?.bytes.length;
    if (this.joins && bytesOfPart(indexOfAccumulators(this.job.wire)) !== this.joins.bytesOf(chunks)) return false;
    return this.#arrays.every((array) => {
      const [from, to] = this.#part(array, chunks);
      return bytesOfPart(array.index) === to - from;
    });
  }

  /** Writes parts into the caller's arrays, and hands on what is to be joined. */
  write(chunks: Chunks, parts: readonly { readonly index: number; readonly bytes: Uint8Array }[]): void {
    for (const array of this.#arrays) {
      const part = parts.find(({ index }) => index === array.index);
      if (part) bytesOf(array).set(part.bytes, this.#part(array, chunks)[0]);
    }
    const nodes = this.joins && parts.find(({ index }) => index === indexOfAccumulators(this.job.wire));
    if (nodes) this.joins?.add(chunks, nodes.bytes);
  }

  #part(array: ArrayArgument, [first, last]: Chunks): readonly [from: number, to: number] {
    const { range } = this.job.wire;
    if (!range || !array.elements) return [0, 0];
    const { n, grain } = range;
    return bytesOfItems(array, array.elements, first * grain, Math.min(n, last * grain), n);
  }
}

function bytesOf(array: ArrayArgument): Uint8Array {
  return viewOf("uint8", array.pointer, byteLength(array));
}
