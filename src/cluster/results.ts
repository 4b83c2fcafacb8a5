/**
 * What workers send back of a job, through the stream of its run:
 *
 *   up to 64 KB   the entry holds it
 *   up to 8 MB    a key holds it, and the entry says so
 *   more          the store holds it, and the entry says so
 */

import { ClusterError, UnsupportedError } from "../errors.js";
import type { ChunkValues } from "../job/partials.js";
import { oneOf, optionsObject, wholeNumber } from "../validate.js";
import type { LoosePart } from "../worker/process-messages.js";
import type { Connection } from "./connection.js";
import { type PackedFailure, unpackFailure } from "./failures.js";
import { type ChunkName, ENTRY_BYTES, PART_BYTES, RENEWED_MS, RESUME_MS, storeKey } from "./keys.js";
import { decode, encode, kindOf, MessageError } from "./message.js";

/** From a worker, by its id. */
interface From {
  readonly worker: string;
  readonly job: number;
}

/** Chunks that are done. */
export interface Computed extends From {
  readonly kind: "computed";
  readonly first: number;
  readonly last: number;
  /** Time in the kernel on all of the worker's threads, in ms. */
  readonly ms: number;
  readonly sum: bigint;
  readonly values: readonly ChunkValues[];
  readonly parts: readonly LoosePart[];
}

/** Chunks that have failed as often as they may. */
export interface Failed extends From {
  readonly kind: "failed";
  readonly first: number;
  readonly last: number;
  readonly failure: PackedFailure;
}

/** The worker can't take chunks of this job. */
export interface Refused extends From {
  readonly kind: "refused";
  readonly why: string;
}

/** The worker has looked for changes that are lost. */
export interface Verdict extends From {
  readonly kind: "verdict";
  /** The index of the argument that has some. */
  readonly changed: number | undefined;
}

export type Result = Computed | Failed | Refused | Verdict;

/** Sends a result to the coordinator of a run. @throws RangeError for one that needs a store where there is none */
export async function sendResult(connection: Connection, run: string, result: Result, isKept: boolean): Promise<void> {
  const { redis, keys } = connection;
  const bytes = encodeResult(run, result);
  const entry = bytes.length <= ENTRY_BYTES ? bytes : await putPart(connection, run, result, bytes, isKept);
  await redis.multi().xadd(keys.results(run), "*", "m", entry).pexpire(keys.results(run), RESUME_MS).exec();
}

/** Parts go along as they are: as values they would be copied once more on either side. */
function encodeResult(run: string, result: Result): Buffer {
  if (result.kind !== "computed") return encode("result", run, result);
  const parts = result.parts.map(({ index }) => ({ index }));
  return encode(
    "result",
    run,
    { ...result, parts },
    result.parts.map(({ bytes }) => bytes),
  );
}

async function putPart(
  { redis, keys, place: { store } }: Connection,
  run: string,
  result: Result,
  bytes: Buffer,
  isKept: boolean,
): Promise<Buffer> {
  if (!("first" in result)) throw new MessageError("a message of this kind is short");
  const { job, first, last } = result;
  const chunks = { run, job, first, last };
  const where = bytes.length <= PART_BYTES ? "redis" : "store";
  if (where === "redis") await redis.set(keys.part(chunks), bytes, "PX", isKept ? RESUME_MS : RENEWED_MS);
  else if (store) await store.put(storeKey(chunks), bytes);
  else
    throw new RangeError(
      `a result of ${bytes.length} bytes needs a store, since it is larger than ${PART_BYTES}: give store to all ` +
        "workers and to the executor, or let chunks return less",
    );
  return encode("reference", run, { job, first, last, where });
}

/** A result that lies elsewhere. */
export interface Reference extends ChunkName {
  readonly where: "redis" | "store";
}

/** @throws MessageError for an entry that holds neither */
export function readEntry(run: string, entry: Uint8Array): Result | Reference {
  if (kindOf(entry) === "result") return readResult(run, entry);
  return checked(() => {
    const { job, first, last, where } = decode("reference", run, entry).value as Reference;
    checkChunks({ job, first, last });
    return { run, job, first, last, where: oneOf("where", where, ["redis", "store"]) };
  });
}

/** @throws MessageError for bytes that are none */
export function readResult(run: string, bytes: Uint8Array): Result {
  return checked(() => {
    const { value, attached } = decode("result", run, bytes);
    const result = checkedResult(value as Result);
    if (result.kind !== "computed") return result;
    const parts = result.parts.map(({ index }, i) => ({ index, bytes: attached[i] as Uint8Array }));
    if (parts.length !== attached.length) throw new TypeError("other parts than there are");
    return { ...result, parts };
  });
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof MessageError) throw cause;
    throw new MessageError(`not a result: ${(cause as Error).message}`, { cause });
  }
}

/** The bytes that a reference refers to; undefined when they are gone. */
export async function fetchPart(
  { redis, keys, place: { store } }: Connection,
  reference: Reference,
): Promise<Uint8Array | undefined> {
  if (reference.where === "redis") return (await redis.getBuffer(keys.part(reference))) ?? undefined;
  if (!store) throw new UnsupportedError("a result lies in the workers' store, and the executor was given none");
  try {
    return await store.get(storeKey(reference));
  } catch (cause) {
    throw new ClusterError(`the store does not give a result: ${(cause as Error)?.message}`, { cause });
  }
}

export async function dropPart({ redis, keys, place: { store } }: Connection, reference: Reference): Promise<void> {
  if (reference.where === "redis") await redis.del(keys.part(reference));
  else await store?.delete(storeKey(reference));
}

function checkChunks({ job, first, last }: { job: number; first: number; last: number }): void {
  wholeNumber("job", job, 0, Number.MAX_SAFE_INTEGER);
  wholeNumber("first", first, 0, Number.MAX_SAFE_INTEGER);
  wholeNumber("last", last, first + 1, Number.MAX_SAFE_INTEGER);
}

/** @throws for what has another form */
function checkedResult(result: Result): Result {
  optionsObject("result", result);
  wholeNumber("job", result.job, 0, Number.MAX_SAFE_INTEGER);
  oneOf("kind", result.kind, ["computed", "failed", "refused", "verdict"]);
  if (typeof result.worker !== "string") throw new TypeError("no worker");
  if (result.kind === "computed") checkComputed(result);
  if (result.kind === "refused" && typeof result.why !== "string") throw new TypeError("no reason");
  if (result.kind === "failed") {
    checkChunks(result);
    unpackFailure(result.failure);
  }
  return result;
}

function checkComputed(result: Computed): void {
  checkChunks(result);
  const { ms, sum, values, parts } = result;
  if (typeof sum !== "bigint" || !(ms >= 0)) throw new TypeError("no sum or time");
  if (!Array.isArray(values) || !values.every((one) => Array.isArray(one?.values))) throw new TypeError("no values");
  if (!Array.isArray(parts) || !parts.every((one) => Number.isInteger(one?.index))) throw new TypeError("no parts");
}
