/**
 * The arrays that are of use between the steps of a job alone, in a file of their own: each child reads what the steps before
 * have written, and nothing of it is in the caller's process.
 *
 *   region   [now | next]   a step reads the one half, and its parts go to the other one; when it is over, they change
 *
 * Two halves, since a child that begins late must not see what others have written in the same step, and since it looks at
 * the end whether a kernel has changed what is not its own.
 */
import { type ArrayArgument, byteLength } from "../../job/array-argument.js";
import type { PreparedSteps } from "../../job/prepare-steps.js";
import type { TempPlaces } from "./content.js";
import { FIRST_REGION, SharedFile } from "./shared-file.js";

/** A stretch of the caller's heap, [begin, end) by pointers, that is in the file instead. */
interface Region {
  readonly begin: number;
  end: number;
  now: number;
  next: number;
}

export class Temps implements TempPlaces {
  private constructor(
    private readonly file: SharedFile,
    private readonly regions: readonly Region[],
  ) {}

  /**
   * @returns undefined where there are no such arrays, or no folder has the room. Those that also are arrays of other kinds, or
   * hold numbers that the caller's side reads, are none
   */
  static async of({ steps, loops }: PreparedSteps): Promise<Temps | undefined> {
    const arrays = steps.flatMap(({ job }) => job.wire.arrays);
    const others = [
      ...arrays.filter(({ isTemp }) => !isTemp).map(spanOf),
      ...steps.flatMap(({ n }) => (typeof n === "object" ? [{ begin: n.pointer, end: n.pointer + 1 }] : [])),
      ...loops.map(({ until }) => ({ begin: until, end: until + 1 })),
    ];
    const regions = regionsOf(arrays.filter(({ isTemp }) => isTemp)).filter(
      (region) => !others.some(({ begin, end }) => begin < region.end && region.begin < end),
    );
    if (regions.length === 0) return undefined;
    let size = FIRST_REGION;
    for (const region of regions) {
      const half = Math.ceil((region.end - region.begin) / FIRST_REGION) * FIRST_REGION;
      region.now = size;
      region.next = size + half;
      size += 2 * half;
    }
    // Zeros, which take no room before they are written.
    const file = await SharedFile.create(size, [{ at: size - 1, content: new Uint8Array(1) }]);
    return file && new Temps(file, regions);
  }

  /** Whether the array is in the file. */
  has(array: ArrayArgument): boolean {
    return array.isTemp === true && this.#find(array) !== undefined;
  }

  get path(): string {
    return this.file.path;
  }

  placeOf(array: ArrayArgument): { readonly snapshotAt: number; readonly resultAt: number } {
    const found = this.#find(array);
    if (!found) throw new Error("an array between steps has no place");
    const { begin, now, next } = found;
    return { snapshotAt: now + array.pointer - begin, resultAt: next + array.pointer - begin };
  }

  #find({ pointer }: ArrayArgument): Region | undefined {
    return this.regions.find(({ begin, end }) => begin <= pointer && pointer < end);
  }

  /** A step is over: what it has written is what the arrays are now. */
  async change(arrays: readonly ArrayArgument[]): Promise<void> {
    for (const region of this.regions) {
      const written = arrays
        .filter((array) => array.isTemp && array.role !== "in" && array.elements && this.#find(array) === region)
        .map((array) => ({ begin: array.pointer, end: array.pointer + writtenBytes(array) }))
        .sort((a, b) => a.begin - b.begin);
      if (written.length === 0) continue;
      let at = region.begin;
      for (const { begin, end } of [...written, { begin: region.end, end: region.end }]) {
        const place = at - region.begin;
        if (begin > at) await this.file.copy(region.now + place, region.next + place, begin - at);
        at = Math.max(at, end);
      }
      [region.now, region.next] = [region.next, region.now];
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

function spanOf(array: ArrayArgument): { readonly begin: number; readonly end: number } {
  return { begin: array.pointer, end: array.pointer + byteLength(array) };
}

function writtenBytes(array: ArrayArgument): number {
  return ((array.elements?.end ?? 0) * byteLength(array)) / array.length;
}

/** One region for all arrays that have memory in common. */
function regionsOf(arrays: readonly ArrayArgument[]): Region[] {
  const regions: Region[] = [];
  for (const array of [...arrays].sort((a, b) => a.pointer - b.pointer)) {
    if (array.length === 0) continue;
    const { begin, end } = spanOf(array);
    const last = regions.at(-1);
    if (last && begin < last.end) last.end = Math.max(last.end, end);
    else regions.push({ begin, end, now: 0, next: 0 });
  }
  return regions;
}
