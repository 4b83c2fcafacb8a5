/**
 * Which tasks processes have begun: one file with a byte for each task under way, which the child sets (2 us) before it
 * calls the kernel. A task whose child died before that (killed while it was idle) is given to another one. Each task has
 * a value of its own, so that no process clears the byte for the next task.
 */
import type { BegunPlace } from "../../worker/process-messages.js";
import { SharedFile } from "./shared-file.js";

const VALUES = 255;

/** One file for all executors of this process; undefined where no folder has room for it. */
let opening: Promise<SharedFile | undefined> | undefined;
let file: SharedFile | undefined;
const free: BegunPlace[] = [];
let next = 0;

/** A place for one task; undefined where there is none. */
export function takeBegun(): BegunPlace | undefined | Promise<BegunPlace | undefined> {
  return free.pop() ?? newPlace();
}

async function newPlace(): Promise<BegunPlace | undefined> {
  opening ??= SharedFile.create(0, []);
  file = await opening;
  const at = next++;
  // The byte is there before a child sets it, which might find the disk full.
  return file?.mark(at, 0) ? { path: file.path, at, value: 1 } : undefined;
}

export function giveBackBegun(place: BegunPlace | undefined): void {
  if (place) free.push({ ...place, value: (place.value % VALUES) + 1 });
}

/** @returns undefined where there is no place */
export function hasBegun(place: BegunPlace | undefined): boolean | undefined {
  return place && file && file.byteAt(place.at) === place.value;
}
