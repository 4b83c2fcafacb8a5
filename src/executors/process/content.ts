/** What one job sends to processes, and how their parts of the results come back into the heap. */
import { KernelError, UnsupportedError } from "../../errors.js";
import { serialize } from "../../job/clone.js";
import { coverOf, elementOf } from "../../job/element-ranges.js";
import type { PreparedJob } from "../../job/job.js";
import type { AnyArray } from "../../memory/heap.js";
import type { ArrayPlace, JobSource, ProcessJob, ProcessReply } from "../../worker/process-job.js";
import type { Range } from "../../worker/slicer.js";
import { FIRST_REGION, type Region, SharedFile } from "./shared-file.js";

/** The job as bytes, without what can't cross. */
export function serializeJob({ wire, bytes }: PreparedJob, places: readonly ArrayPlace[]): Uint8Array {
  const { module: _, ...kernel } = wire.kernel;
  try {
    return serialize({ wire: { ...wire, kernel }, bytes: kernel.url ? undefined : bytes, places } satisfies ProcessJob);
  } catch (cause) {
    throw new UnsupportedError(`args can't be sent to a process: ${(cause as Error).message}`, { cause });
  }
}

/** Bytes of arrays that were copied for processes, to them and back, since this process started: benches tell them. */
export const traffic = { out: 0, back: 0 };

export class JobContent {
  private constructor(
    /** Where the children find the job. */
    readonly source: JobSource,
    private readonly exchange: SharedFile | undefined,
    private readonly places: readonly ArrayPlace[],
    private readonly job: PreparedJob,
    private readonly range: Range,
  ) {}

  /** Lays out the exchange file and writes it; without a folder that has the room, everything goes with the messages. */
  static async make(job: PreparedJob, range: Range): Promise<JobContent> {
    const places = layOut(job, range);
    const end = places.reduce((at, { bytes, snapshotAt, resultAt }) => {
      return Math.max(at, ...[snapshotAt, resultAt].map((start) => (start === undefined ? 0 : start + bytes)));
    }, FIRST_REGION);
    const packed = serializeJob(job, places);
    const regions: Region[] = [
      { at: 0, content: new Uint8Array(1) },
      { at: end, content: packed },
    ];
    for (const [index, { snapshotAt }] of places.entries())
      if (snapshotAt !== undefined) {
        const content = bytesOf(job.arrays[index] as AnyArray);
        regions.push({ at: snapshotAt, content });
        traffic.out += content.byteLength;
      }
    const exchange = await SharedFile.create(end + packed.length, regions);
    if (exchange) return new JobContent({ exchange: exchange.place(end, packed.length) }, exchange, places, job, range);
    const inputs = places.map(({ snapshotAt }, index) =>
      snapshotAt === undefined ? undefined : bytesOf(job.arrays[index] as AnyArray).slice(),
    );
    return new JobContent({ job: packed, inputs }, exchange, places, job, range);
  }

  /** Tells the children to stop; whoever does not hear is ended after the grace. */
  cancel(): void {
    this.exchange?.cancel().catch(() => {});
  }

  /** Brings the results of the items [begin, end) into the heap. */
  async readParts([begin, end]: readonly [number, number], reply: ProcessReply): Promise<void> {
    const { n } = this.range;
    for (const [index, array] of this.job.wire.arrays.entries()) {
      const cover = coverOf(array, n);
      if (!cover) continue;
      const target = bytesOf(this.job.arrays[index] as AnyArray);
      const loose = reply.parts.find((part) => part.array === index);
      if (loose) {
        target.set(loose.bytes, loose.at);
        traffic.back += loose.bytes.byteLength;
      } else if (!this.exchange)
        throw new KernelError(`${this.job.wire.kernel.label}: a process lost its part of args[${array.index}]`);
      else {
        const { bytes, resultAt } = this.places[index] as ArrayPlace;
        const width = bytes / array.length;
        const from = elementOf(cover, begin, n, array) * width;
        const to = elementOf(cover, end, n, array) * width;
        await this.exchange.read(target.subarray(from, to), (resultAt as number) + from);
        traffic.back += to - from;
      }
    }
  }

  async close(): Promise<void> {
    await this.exchange?.close();
  }
}

/** The arrays' regions in the exchange file, one after the other. */
function layOut({ wire, arrays }: PreparedJob, { n }: Range): ArrayPlace[] {
  let at = FIRST_REGION;
  const take = (bytes: number) => {
    const start = at;
    at += Math.ceil(bytes / FIRST_REGION) * FIRST_REGION;
    return start;
  };
  return wire.arrays.map((array, index) => {
    const bytes = (arrays[index] as AnyArray).byteLength;
    const cover = coverOf(array, n);
    if (!cover && array.length > 0 && (array.role === "out" || array.role === "inout"))
      throw new RangeError(
        `args[${array.index}] is marked ${array.role}, so its length must be a multiple of n = ${n}, got ${array.length}`,
      );
    return { bytes, snapshotAt: array.role === "out" ? undefined : take(bytes), resultAt: cover && take(bytes) };
  });
}

function bytesOf(array: AnyArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
