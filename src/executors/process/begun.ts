/**
 * Which tasks processes have begun: one file with a byte for each task under way, which the child sets (2 us) before it
 * calls the kernel. A task whose child died before that (killed while it was idle) is given to another one.
 */
import { openSync, writeSync } from "node:fs";
import { SharedFile } from "./shared-file.js";

/** Where a child says that it has begun. */
export interface BegunPlace {
  readonly path: string;
  readonly at: number;
}

/** One file for all executors of this process; undefined where no folder has room for it. */
let opening: Promise<SharedFile | undefined> | undefined;
let file: SharedFile | undefined;
const free: number[] = [];
let next = 0;

/** A place for one task; undefined: it counts as begun. */
export async function takeBegun(): Promise<BegunPlace | undefined> {
  opening ??= SharedFile.create(0, []);
  file = await opening;
  const at = free.pop() ?? next++;
  return file?.mark(at, 0) ? { path: file.place(0, 0).path, at } : undefined;
}

export function giveBackBegun(place: BegunPlace | undefined): void {
  if (place) free.push(place.at);
}

export function hasBegun(place: BegunPlace | undefined): boolean {
  return place === undefined || file?.isMarked(place.at) !== false;
}

const files = new Map<string, number>();

/** Called by the child. */
export function sayBegun({ path, at }: BegunPlace): void {
  const opened = files.get(path) ?? openSync(path, "r+");
  files.set(path, opened);
  writeSync(opened, new Uint8Array([1]), 0, 1, at);
}
