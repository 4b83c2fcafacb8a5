/**
 * The files of jobs that are over, kept for the next ones: a file whose pages are there takes half as long as a new one.
 *
 *   takeFile(bytes) ──> the smallest kept file of that size to four times as much | a new one, after smaller ones are closed
 *   keepFile(file)  ──> kept while it is idle for less than 5 s, of all of them 256 MB at most
 *
 * Each job has a file of its own while it runs, and keeps it only if none of its processes can write to it any more.
 */
import { clearTimeout, setTimeout } from "../../timers.js";
import { type Region, SharedFile } from "./shared-file.js";

const KEEP_MS = 5000;
const KEEP_BYTES = 256e6;
/** How much larger than its job a kept file may be: jobs that need far less would keep its room for ever. */
const SPARE = 4;
/** Files up to this size are taken by any smaller job. */
const SMALL_BYTES = 4e6;

/** Idle files of all executors with their timers, the longest idle one first. */
const kept = new Map<SharedFile, NodeJS.Timeout>();

/** A file that holds `bytes` and these regions; undefined where no folder has the room. */
export async function takeFile(bytes: number, regions: readonly Region[]): Promise<SharedFile | undefined> {
  const most = Math.max(SPARE * bytes, SMALL_BYTES);
  const files = [...kept.keys()].sort((a, b) => a.bytes - b.bytes);
  const file = files.find((one) => one.bytes >= bytes && one.bytes <= most);
  if (!file) {
    // The new one may need their room, and takes their place.
    const smaller = files.filter((one) => one.bytes < bytes);
    await Promise.all(smaller.map((one) => remove(one).close()));
    return SharedFile.create(bytes, regions);
  }
  remove(file);
  if (await file.refill(regions)) return file;
  await file.close();
  return SharedFile.create(bytes, regions);
}

/** Takes a file that no process writes to. */
export function keepFile(file: SharedFile): void {
  if (file.bytes > KEEP_BYTES) {
    close(file);
    return;
  }
  let room = KEEP_BYTES - file.bytes;
  for (const { bytes } of kept.keys()) room -= bytes;
  for (const idle of kept.keys()) {
    if (room >= 0) break;
    room += idle.bytes;
    close(remove(idle));
  }
  kept.set(file, setTimeout(() => close(remove(file)), KEEP_MS).unref());
}

/** Gives all of them back. */
export async function closeKept(): Promise<void> {
  await Promise.all([...kept.keys()].map((file) => remove(file).close()));
}

function close(file: SharedFile): void {
  file.close().catch(() => {}); // its folder could not be removed: the process's end tries again
}

function remove(file: SharedFile): SharedFile {
  clearTimeout(kept.get(file));
  kept.delete(file);
  return file;
}
