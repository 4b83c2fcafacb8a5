/** From a prepared job to what workers of a cluster get, and the arrays' content that goes up once. */
import { UnsupportedError } from "../../errors.js";
import { type ArrayArgument, byteLength, nameOf } from "../../job/array-argument.js";
import { bytesOfItems } from "../../job/element-ranges.js";
import type { PreparedJob } from "../../job/prepare.js";
import { viewOf } from "../../memory/heap.js";
import type { Connection } from "../connection.js";
import { hashOfModule } from "../content.js";
import { hashOf, type JobMessage, type KernelName, type SentArray } from "../job-message.js";
import { DATA_BYTES, type JobName, PART_BYTES, RENEWED_MS, storeDataKey } from "../keys.js";
import { encode } from "../message.js";
import type { Chunks } from "./chunk-set.js";

/** Bytes of results that a claim brings back, at most: its message has more than them, and has to fit into a part. */
const CLAIM_BYTES = 0.9 * PART_BYTES;

export interface SentJob {
  readonly message: JobMessage;
  readonly bytes: Uint8Array;
  /** Of the inputs, by their hashes: a snapshot, since results come into the same arrays. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** @param version of allcores @throws UnsupportedError for what can't be sent */
export async function sentJob(
  job: PreparedJob,
  { run, job: number }: JobName,
  version: string,
  isKept: boolean,
): Promise<SentJob> {
  const { kernel, range, values, arrays, scratch } = job.wire;
  const contents = new Map<string, Uint8Array>();
  const memories = new Map<string, number>();
  const sent = arrays.map((array): SentArray => {
    const { index, name, type, length, role, elements, pointer } = array;
    const place = `${pointer} ${byteLength(array)}`;
    const memory = memories.get(place) ?? memories.size;
    memories.set(place, memory);
    let content: string | undefined;
    if (role !== "out") {
      const bytes = bytesOf(array).slice();
      content = hashOf(bytes);
      contents.set(content, bytes);
    }
    // Processes and clusters refuse arrays that all items change before they come here.
    return { index, name, type, length, role: role === "shared" ? undefined : role, elements, memory, content };
  });
  const message = { version, kernel: await kernelName(job), range, values, arrays: sent, scratch, isKept };
  try {
    return { message, bytes: encode("job", `${run}/${number}`, message), contents };
  } catch (cause) {
    throw new UnsupportedError(`${kernel.label}: args can't be sent to a cluster: ${(cause as Error).message}`, {
      cause,
    });
  }
}

async function kernelName({ wire: { kernel }, bytes }: PreparedJob): Promise<KernelName> {
  const { language, name, label } = kernel;
  if (kernel.language === "js") return { language, name, label, hash: await hashOfModule(kernel.url) };
  return { language, name, label, hash: hashOf(bytes as Uint8Array) };
}

/** Puts the job and its inputs where workers find them. */
export async function putJob(
  { redis, keys, place: { store, label } }: Connection,
  name: JobName,
  { message, bytes, contents }: SentJob,
): Promise<void> {
  for (const [hash, content] of contents) {
    if (content.length <= DATA_BYTES) await redis.set(keys.data(hash), asBuffer(content), "PX", RENEWED_MS);
    else if (store) await store.put(storeDataKey(name, hash), content);
    else {
      const { index } = message.arrays.find((array) => array.content === hash) as SentArray;
      throw new UnsupportedError(
        `args[${index}] has ${content.length} bytes: more than ${DATA_BYTES} do not go through Redis at ${label}; ` +
          "give store to the executor and to all workers",
      );
    }
  }
  await redis.set(keys.job(name), asBuffer(bytes), "PX", RENEWED_MS);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** How many bytes of results the chunks bring back, and a function that writes them. */
export class ResultArrays {
  readonly #arrays: readonly ArrayArgument[];

  constructor(private readonly job: PreparedJob) {
    this.#arrays = job.wire.arrays.filter(({ elements }) => elements);
  }

  get areNone(): boolean {
    return this.#arrays.length === 0;
  }

  /** Whether a claim's parts can be sent. @throws UnsupportedError when those of a single chunk can't */
  fits(chunks: Chunks, hasStore: boolean): boolean {
    let bytes = 0;
    for (const array of this.#arrays) {
      const [from, to] = this.#part(array, chunks);
      bytes += to - from;
      if (bytes > CLAIM_BYTES && chunks[1] - chunks[0] === 1 && !hasStore)
        throw new UnsupportedError(
          `a chunk's part of ${nameOf(array)} has ${to - from} bytes: more than ${PART_BYTES} do not go through Redis; ` +
            "give store to the executor and to all workers, or use a smaller grain",
        );
    }
    return bytes <= CLAIM_BYTES;
  }

  /** Whether these are all parts of the chunks, of the right sizes. */
  areParts(chunks: Chunks, parts: readonly { readonly index: number; readonly bytes: Uint8Array }[]): boolean {
    return this.#arrays.every((array) => {
      const [from, to] = this.#part(array, chunks);
      return parts.find(({ index }) => index === array.index)?.bytes.length === to - from;
    });
  }

  /** Writes parts into the caller's arrays. */
  write(chunks: Chunks, parts: readonly { readonly index: number; readonly bytes: Uint8Array }[]): void {
    for (const array of this.#arrays) {
      const part = parts.find(({ index }) => index === array.index);
      if (part) bytesOf(array).set(part.bytes, this.#part(array, chunks)[0]);
    }
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
