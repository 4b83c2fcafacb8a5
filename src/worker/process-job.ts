/**
 * A child process's side of jobs: it opens a job on the first claim, keeps its copy of the arrays until the job ends, and
 * returns each claim's part of the results.
 *
 *   claim ─> (first: snapshot into this process's memory) ─> slices, with a look at the cancel byte between two
 *         ─> parts of the results into the exchange file ─> reply
 *   end   ─> what the kernel changed outside of its parts, which nobody would ever see ─> memory freed
 */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { type BegunPlace, sayBegun } from "../executors/process/begun.js";
import type { SharedFilePlace } from "../executors/process/shared-file.js";
import { orStray } from "../job/checked.js";
import { deserialize, serialize } from "../job/clone.js";
import { coverOf, elementOf } from "../job/element-ranges.js";
import { failureOf, KernelFault, type WireFailure } from "../job/failure.js";
import type { WireArray, WireJob } from "../job/job.js";
import { allocateInternal, freeInternal, sharedMemory } from "../memory/heap.js";
import { type KernelModule, kernelModule } from "../memory/modules.js";
import { performance } from "../timers.js";
import { type BoundKernel, bindKernel, NOT_SENT, sendableResult } from "./bind.js";
import { asCall } from "./current-call.js";
import { type Range, Slicer } from "./slicer.js";

/** A job as children get it; the arrays' places in the exchange file are those of `wire.arrays`. */
export interface ProcessJob {
  readonly wire: WireJob;
  /** The Wasm module, when it has no URL. */
  readonly bytes: Uint8Array | undefined;
  readonly places: readonly ArrayPlace[];
}

/** Where an array's snapshot and results lie in the exchange file. */
export interface ArrayPlace {
  readonly bytes: number;
  readonly snapshotAt?: number | undefined;
  readonly resultAt?: number | undefined;
}

/** Where a job comes from: the exchange file, or the message itself where no folder had the room. */
export type JobSource =
  | { readonly exchange: SharedFilePlace }
  | { readonly job: Uint8Array; readonly inputs: readonly (Uint8Array | undefined)[] };

export type ProcessTask = { readonly begun: BegunPlace | undefined } & (
  | { readonly kind: "call"; readonly job: Uint8Array }
  | {
      readonly kind: "claim";
      readonly id: number;
      readonly source: JobSource;
      readonly first: number;
      readonly last: number;
    }
);

/** A part of an array that did not go through the file. */
interface LoosePart {
  readonly array: number;
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface ProcessReply {
  readonly pid: number;
  /** Time in the kernel, in ms. */
  readonly ms: number;
  /** The item up to which the claim was done, at the end of a chunk: the rest of it is given out again. */
  readonly end: number;
  readonly sum: bigint;
  /** Packed values: of the chunks in order, or of the call. */
  readonly values: Uint8Array | undefined;
  readonly parts: readonly LoosePart[];
  readonly failure?: WireFailure;
}

/** Sent by the owner at the end of a job to each child that took part. */
export interface EndMessage {
  readonly allcores: "end";
  readonly id: number;
  /** Whether to look for changes that are lost. */
  readonly check: boolean;
}

/** What a child found: the argument (its index) that the kernel changed where it must not. */
export interface Verdict {
  readonly allcores: "verdict";
  readonly id: number;
  readonly pid: number;
  /** Claims that the child had returned by then. */
  readonly claims: number;
  readonly changed: number | undefined;
}

/** The time after which a child returns a claim, in ms: a dispatch costs 66 us, and a waiting job waits for a claim. */
export const CLAIM_MS = 30;

const modules = new Map<number, Promise<KernelModule>>();

/** This process's own form of the kernel: compiled here, once a module. */
async function localJob({ wire, bytes }: ProcessJob): Promise<WireJob> {
  const { kernel } = wire;
  if (kernel.language === "js") return wire;
  const key = kernel.id as number;
  const loading = modules.get(key) ?? kernelModule(bytes ?? (kernel.url as string));
  modules.set(key, loading);
  loading.catch(() => modules.delete(key));
  const { id, module } = await loading;
  return { ...wire, kernel: { ...kernel, id, module } };
}

/** One array argument in this process's memory. */
interface LocalArray {
  readonly wire: WireArray;
  readonly place: ArrayPlace;
  readonly pointer: number;
}

class OpenJob {
  readonly #arrays: LocalArray[] = [];
  /** Ranges of items that this process has returned. */
  readonly #returned: (readonly [begin: number, end: number])[] = [];
  #judged = 0;
  #hasLooseParts = false;
  #scratch = 0;
  #kernel: BoundKernel | undefined;

  private constructor(
    private readonly job: ProcessJob,
    private readonly file: number | undefined,
    private readonly inputs: readonly (Uint8Array | undefined)[],
  ) {
    try {
      if (job.wire.scratch > 0) this.#scratch = allocateInternal(job.wire.scratch, "scratch memory");
      for (const index of job.wire.arrays.keys()) this.#bringIn(index);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** An array argument, in this process's memory. */
  #bringIn(index: number): void {
    const wire = this.job.wire.arrays[index] as WireArray;
    const place = this.job.places[index] as ArrayPlace;
    const input = this.inputs[index];
    // The same array given twice is one array here too.
    const twin = this.#arrays.find(({ wire: other }) => other.pointer === wire.pointer && other.length === wire.length);
    const isFilled = input !== undefined || place.snapshotAt !== undefined;
    const pointer = twin?.pointer ?? allocateInternal(place.bytes, "a copy of an array", !isFilled);
    this.#arrays.push({ wire, place, pointer });
    const target = new Uint8Array(sharedMemory().buffer, pointer, place.bytes);
    if (input) target.set(input);
    else if (place.snapshotAt !== undefined) readAll(this.file as number, target, place.snapshotAt);
  }

  static open(source: JobSource): OpenJob {
    if ("job" in source) return new OpenJob(deserialize(source.job) as ProcessJob, undefined, source.inputs);
    const { path, jobAt, jobBytes } = source.exchange;
    const file = openSync(path, "r+");
    const packed = new Uint8Array(jobBytes);
    readAll(file, packed, jobAt);
    return new OpenJob(deserialize(packed) as ProcessJob, file, []);
  }

  get #range(): Range {
    return this.job.wire.range as Range;
  }

  /** Whether the owner has set the cancel byte (0.9 us). */
  isStopped(): boolean {
    if (this.file === undefined) return false;
    const flag = new Uint8Array(1);
    readSync(this.file, flag, 0, 1, 0);
    return flag[0] !== 0;
  }

  async claim(first: number, last: number): Promise<ProcessReply> {
    let slicer: Slicer | undefined;
    try {
      const { kernel } = this.job.wire;
      const work = async () => {
        const { call, lastUse } = await this.#bound();
        const keepsValues = this.#range.partial === "value";
        const sent = keepsValues ? (begin: number, end: number) => sendableResult(call(begin, end)) : call;
        slicer = new Slicer(sent, this.#range, lastUse);
        slicer.claim(first, last);
        const { begin } = slicer;
        return { begin, ms: await this.#slices(slicer), slicer };
      };
      const { result, left } = await asCall(kernel, () => this.isStopped(), work);
      if (left) return failed(failureOf(kernel, left));
      const { begin, ms } = result;
      slicer = result.slicer;
      const items = [begin, slicer.end] as const;
      const stray = orStray();
      if (stray) return failed(failureOf(this.job.wire.kernel, stray, items));
      this.#returned.push(items);
      const values =
        this.#range.partial === "value" ? packed(slicer.chunks.flatMap((chunk) => chunk.values)) : undefined;
      return { pid: process.pid, ms, end: slicer.end, sum: slicer.sum, values, parts: this.#giveParts(items) };
    } catch (thrown) {
      return failed(failureOf(this.job.wire.kernel, orStray(thrown), slicer?.slice));
    }
  }

  async #bound(): Promise<BoundKernel> {
    const place = (i: number) => (this.#arrays[i] as LocalArray).pointer;
    this.#kernel ??= await bindKernel(await localJob(this.job), { scratch: this.#scratch, place });
    return this.#kernel;
  }

  /** Does the claim's slices, to the end of the chunk in which CLAIM_MS are over. @returns the ms that they took */
  async #slices(slicer: Slicer): Promise<number> {
    const started = performance.now();
    let ms = 0;
    while (slicer.begin < slicer.end && !this.isStopped()) {
      const step = slicer.step();
      if (typeof step !== "number") await step;
      ms = performance.now() - started;
      if (ms > CLAIM_MS) slicer.endWithChunk();
    }
    return ms;
  }

  /** Writes the claim's part of each result into the file; what does not fit there goes with the reply. */
  #giveParts([begin, end]: readonly [number, number]): LoosePart[] {
    const loose: LoosePart[] = [];
    const { n } = this.#range;
    this.#arrays.forEach(({ wire, place, pointer }, array) => {
      const cover = coverOf(wire, n);
      if (!cover) return;
      const width = place.bytes / wire.length;
      const from = elementOf(cover, begin, n, wire) * width;
      const to = elementOf(cover, end, n, wire) * width;
      const bytes = new Uint8Array(sharedMemory().buffer, pointer + from, to - from);
      if (!this.#write(bytes, (place.resultAt as number) + from)) loose.push({ array, at: from, bytes: bytes.slice() });
    });
    this.#hasLooseParts ||= loose.length > 0;
    return loose;
  }

  #write(bytes: Uint8Array, at: number): boolean {
    if (this.file === undefined) return false;
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.file, bytes, done, bytes.length - done, at + done);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      return false; // full, or over a quota
    }
  }

  /** Whether claims were returned that no verdict covers. */
  get isUnjudged(): boolean {
    return this.#judged < this.#returned.length && this.job.wire.arrays.some(({ cover }) => cover === undefined);
  }

  judge(id: number): Verdict {
    this.#judged = this.#returned.length;
    return { allcores: "verdict", id, pid: process.pid, claims: this.#judged, changed: this.#changedElsewhere() };
  }

  /**
   * The index in args of the first array with a change that nobody will see: outside of the returned parts, or in one
   * of them after it was returned.
   */
  #changedElsewhere(): number | undefined {
    const { n } = this.#range;
    const returned = [...this.#returned].sort((a, b) => a[0] - b[0]);
    for (const [index, { wire, place }] of this.#arrays.entries()) {
      if (wire.cover) continue; // a kernel of the package's own
      const cover = coverOf(wire, n);
      const width = place.bytes / wire.length;
      const at = (item: number) => (cover ? elementOf(cover, item, n, wire) * width : 0);
      let from = 0;
      for (const [begin, end] of cover ? returned : []) {
        if (!this.#isAsGiven(index, from, at(begin)) || !this.#isAsReturned(index, at(begin), at(end)))
          return wire.index;
        from = at(end);
      }
      if (!this.#isAsGiven(index, from, place.bytes)) return wire.index;
    }
    return undefined;
  }

  #isAsGiven(index: number, from: number, to: number): boolean {
    const input = this.inputs[index];
    const { snapshotAt } = this.job.places[index] as ArrayPlace;
    return this.#isLike(index, from, to, (part, at) => {
      if (input) part.set(input.subarray(at, at + part.length));
      else if (snapshotAt !== undefined) readAll(this.file as number, part, snapshotAt + at);
    });
  }

  /** Parts that did not go through the file are not kept, and so not looked at. */
  #isAsReturned(index: number, from: number, to: number): boolean {
    const { resultAt } = this.job.places[index] as ArrayPlace;
    if (this.#hasLooseParts || resultAt === undefined) return true;
    return this.#isLike(index, from, to, (part, at) => readAll(this.file as number, part, resultAt + at));
  }

  /** Compares bytes of an array with what `fetch` brings, zeros if nothing. */
  #isLike(index: number, from: number, to: number, fetch: (part: Uint8Array, at: number) => void): boolean {
    const { pointer } = this.#arrays[index] as LocalArray;
    const original = new Uint8Array(Math.min(COMPARE_BYTES, to - from));
    for (let at = from; at < to; at += original.length) {
      const part = original.subarray(0, Math.min(original.length, to - at));
      fetch(part, at);
      const now = new Uint8Array(sharedMemory().buffer, pointer + at, part.length);
      if (Buffer.compare(now, part) !== 0) return false;
    }
    return true;
  }

  close(): void {
    this.#kernel?.release();
    for (const pointer of new Set(this.#arrays.map((array) => array.pointer))) freeInternal(pointer);
    if (this.#scratch > 0) freeInternal(this.#scratch);
    if (this.file !== undefined) closeSync(this.file);
  }
}

const COMPARE_BYTES = 2 ** 20;

function readAll(file: number, target: Uint8Array, at: number): void {
  for (let done = 0; done < target.length; ) {
    const read = readSync(file, target, done, target.length - done, at + done);
    if (read === 0) throw new Error("the exchange file ends early");
    done += read;
  }
}

function packed(value: unknown): Uint8Array {
  try {
    return serialize(value);
  } catch (cause) {
    throw new KernelFault(NOT_SENT, cause);
  }
}

function failed(failure: WireFailure): ProcessReply {
  return { pid: process.pid, ms: 0, end: 0, sum: 0n, values: undefined, parts: [], failure };
}

const open = new Map<number, OpenJob>();

/** Handles one task. Never throws: failures are replies. */
export async function serve(task: ProcessTask): Promise<ProcessReply> {
  try {
    if (task.begun) sayBegun(task.begun);
    if (task.kind === "call") return await serveCall(deserialize(task.job) as ProcessJob);
    const job = open.get(task.id) ?? OpenJob.open(task.source);
    open.set(task.id, job);
    return await job.claim(task.first, task.last);
  } catch (thrown) {
    return failed(failureOf({ label: "the job" }, new KernelFault("could not be opened in a process", thrown)));
  }
}

async function serveCall(job: ProcessJob): Promise<ProcessReply> {
  const { kernel, scratch: bytes } = job.wire;
  const scratch = bytes > 0 ? allocateInternal(bytes, "scratch memory") : 0;
  let bound: BoundKernel | undefined;
  try {
    const work = async () => {
      bound = await bindKernel(await localJob(job), { scratch });
      return sendableResult(bound.call());
    };
    const { result, left } = await asCall(kernel, () => false, work);
    if (left) throw left;
    const values = packed([result]);
    const stray = orStray();
    if (stray) return failed(failureOf(kernel, stray));
    return { pid: process.pid, ms: 0, end: 0, sum: 0n, values, parts: [] };
  } catch (thrown) {
    return failed(failureOf(kernel, orStray(thrown)));
  } finally {
    bound?.release();
    if (scratch > 0) freeInternal(scratch);
  }
}

/** Before other work that may take for ever, a call or a job's first claim here: what is to be said of those before. */
export function earlyVerdicts(task: ProcessTask): Verdict[] {
  if (task.kind === "claim" && open.has(task.id)) return [];
  return [...open].filter(([, job]) => job.isUnjudged).map(([id, job]) => job.judge(id));
}

/** The end of a job in this process. @returns what was found, if it was to be looked for */
export function endJob({ id, check }: EndMessage): Verdict | undefined {
  const job = open.get(id);
  open.delete(id);
  const verdict = check ? job?.judge(id) : undefined;
  job?.close();
  return verdict;
}
