/**
 * Which tasks processes have begun: one file with a byte for each task under way, which the child sets (2 us) before it
 * calls the kernel. A task whose child died before that (killed while it was idle) is given to another one.
 */
import type { BegunPlace } from "../../worker/process-messages.js";
import { SharedFile } from "./shared-file.js";

/** One file for all executors of this process; undefined where no folder has room for it. */
let opening: Promise<SharedFile | undefined> | undefined;
let file: SharedFile | undefined;
const free: number[] = [];
let next = 0;

/** A place for one task; undefined where there is none. */
export async function takeBegun(): Promise<BegunPlace | undefined> {
  opening ??= SharedFile.create(0, []);
  file = await opening;
  const at = free.pop() ?? next++;
  return file?.mark(at, 0) ? { path: file.path, at } : undefined;
}

export function giveBackBegun(place: BegunPlace | undefined): void {
  if (place) free.push(place.at);
}

/** @returns undefined where there is no place */
export function hasBegun(place: BegunPlace | undefined): boolean | undefined {
  return place && file?.isMarked(place.at);
}
