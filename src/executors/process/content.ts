/**
 * What one job sends to processes, and how their parts of the results come back into the heap.
 *
 *   job ─> layOut: a region for each snapshot and each result ─> file: snapshots, the serialized job
 *                                                             └> no folder has the room: all of it in the messages
 *   reply ─> readParts: the claim's part of each result, from the file or from the reply
 */
import { KernelError, MemoryError, UnsupportedError } from "../../errors.js";
import { type ArrayArgument, byteLength } from "../../job/array-argument.js";
import { serialize } from "../../job/clone.js";
import { bytesOfItems } from "../../job/element-ranges.js";
import type { PreparedJob } from "../../job/prepare.js";
import type { Range } from "../../job/range.js";
import type { WireAccumulation, WireKernel } from "../../job/wire-job.js";
import { viewOf } from "../../memory/heap.js";
import type {
  CarriedArray,
  JobSource,
  ProcessJob,
  ProcessKernel,
  ProcessReply,
} from "../../worker/process-messages.js";
import { keepFile, takeFile } from "./kept-files.js";
import { FIRST_REGION, type Region, type SharedFile } from "./shared-file.js";

/** The job without what can't cross. */
export function jobForProcess({ wire, bytes, joinBytes }: PreparedJob, arrays: readonly CarriedArray[]): ProcessJob {
  const { accumulation, ...rest } = wire;
  const kernel = withoutModule(wire.kernel);
  const job = { wire: { ...rest, kernel, arrays }, bytes: kernel.url ? undefined : bytes };
  if (!accumulation) return job;
  const combine = typeof accumulation.combine === "object" ? withoutModule(accumulation.combine) : accumulation.combine;
  const isBare = typeof combine === "object" && !combine.url;
  // The result goes into this process's memory, by way of the file.
  const carried = { ...job.wire, accumulation: { ...accumulation, combine, out: 0 } };
  return { ...job, wire: carried, joinBytes: isBare ? joinBytes : undefined };
}

/** The same as bytes. */
export function serializeJob(job: PreparedJob, arrays: readonly CarriedArray[]): Uint8Array {
  try {
    return serialize(jobForProcess(job, arrays));
  } catch (cause) {
    throw new UnsupportedError(`args can't be sent to a process: ${(cause as Error).message}`, { cause });
  }
}

function withoutModule(kernel: WireKernel): ProcessKernel {
  if (kernel.language === "js") return kernel;
  const { module: _, ...rest } = kernel;
  return rest;
}

/** Bytes of arrays copied for processes, to them and back, since this process started: benches report them. */
export const traffic = { out: 0, back: 0 };

export class JobContent {
  private constructor(
    /** Where the children find the job. */
    readonly source: JobSource,
    /** None once the job is over: the file may be another job's then. */
    private file: SharedFile | undefined,
    private readonly arrays: readonly CarriedArray[],
    private readonly label: string,
    private readonly n: number,
    /** Where the file's regions end. */
    readonly end: number,
  ) {}

  /**
   * Lays out the file and writes it; without a folder that has the room, everything goes with the messages.
   * @param beside what the job has in files beside: `room` bytes that will be written behind the regions, and the arrays
   *   between steps
   */
  static async make(
    job: PreparedJob,
    range: Range,
    { room = 0, temps }: { readonly room?: number; readonly temps?: TempPlaces | undefined } = {},
  ): Promise<JobContent> {
    const { arrays, end: jobAt } = layOut(job.wire.arrays, range, temps);
    const serialized = serializeJob(job, arrays);
    const regions: Region[] = [{ at: jobAt, content: serialized }];
    for (const array of arrays) {
      const { snapshotAt: at } = array;
      if (at === undefined || array.isTemp) continue;
      regions.push({ at, content: bytesOf(array) });
      traffic.out += byteLength(array);
    }
    const { label } = job.wire.kernel;
    const end = Math.ceil((jobAt + serialized.length) / FIRST_REGION) * FIRST_REGION;
    const file = await takeFile(end + room, regions);
    if (file) {
      const { path } = file;
      const place = { path, jobAt, jobBytes: serialized.length };
      return new JobContent({ file: place, temps: temps?.path }, file, arrays, label, range.n, end);
    }
    const loose = arrays.map(({ snapshotAt, ...array }) =>
      array.isTemp
        ? { ...array, snapshotAt }
        : snapshotAt === undefined
          ? array
          : { ...array, input: bytesOf(array).slice() },
    );
    return new JobContent({ job: serializeJob(job, loose), temps: temps?.path }, file, loose, label, range.n, end);
  }

  /** Asks the children to stop; those that do not look at the file are ended after the grace. */
  cancel(): void {
    this.file?.cancel().catch(() => {});
  }

  /** Brings the results of the items [begin, end) into the heap. */
  async readParts(begin: number, end: number, reply: ProcessReply): Promise<void> {
    for (const array of this.arrays) {
      if (!array.elements) continue;
      const [from, to] = bytesOfItems(array, array.elements, begin, end, this.n);
      const target = bytesOf(array).subarray(from, to);
      const loose = reply.parts.find(({ index }) => index === array.index);
      if (array.isTemp && loose) throw new MemoryError(`${this.label}: no room for its part of args[${array.index}]`);
      if (array.isTemp) continue;
      if (loose) target.set(loose.bytes);
      else if (this.file) await this.file.read(target, array.resultAt + from);
      else throw new KernelError(`${this.label}: a process lost its part of args[${array.index}]`);
      traffic.back += to - from;
    }
  }

  /** Brings the result of a job with accumulators into the heap, from its place in the file unless its bytes are given. */
  async readResult(
    accumulation: WireAccumulation,
    { at, bytes }: { readonly at: number; readonly bytes: Uint8Array | undefined },
  ): Promise<void> {
    const target = viewOf("uint8", accumulation.out, byteLength(accumulation));
    if (bytes) target.set(bytes);
    else if (this.file) await this.file.read(target, at);
    else throw new KernelError(`${this.label}: a process lost the result`);
    traffic.back += target.length;
  }

  /** The end of the job. @param isQuiet its processes are done: the next job may have the file */
  async close(isQuiet: boolean): Promise<void> {
    const { file } = this;
    this.file = undefined;
    if (file && isQuiet) keepFile(file);
    else await file?.close();
  }
}

/** Where arrays between steps lie, in a file of their own. */
export interface TempPlaces {
  readonly path: string;
  /** Where the array lies now, and where its parts go. */
  placeOf(array: ArrayArgument): Pick<CarriedArray, "snapshotAt" | "resultAt">;
}

/** The arrays' regions in the file, one after the other. */
function layOut(given: readonly ArrayArgument[], { n }: Range, temps: TempPlaces | undefined) {
  let end = FIRST_REGION;
  const take = (array: ArrayArgument) => {
    const start = end;
    end += Math.ceil(byteLength(array) / FIRST_REGION) * FIRST_REGION;
    return start;
  };
  const arrays = given.map((array): CarriedArray => {
    const { index, role, elements, length } = array;
    if (!elements && length > 0 && (role === "out" || role === "inout"))
      throw new RangeError(
        `args[${index}] is marked ${role}, so its length must be a multiple of n = ${n}, got ${length}`,
      );
    if (array.isTemp && temps) return { ...array, ...temps.placeOf(array) };
    return { ...array, snapshotAt: role === "out" ? undefined : take(array), resultAt: elements ? take(array) : 0 };
  });
  return { arrays, end };
}

function bytesOf(array: ArrayArgument): Uint8Array {
  return viewOf("uint8", array.pointer, byteLength(array));
}
