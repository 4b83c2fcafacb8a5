/**
 * Names of blocks. A name that is made up here holds the process that made it, so that blocks of dead processes are swept:
 *
 *   allcores-shm-<process id>-<its start, in ticks>-<namespace of process ids>-<random>
 *
 * Containers may share /dev/shm and each have a process 7: a process judges the owners in its namespace alone. Where there
 * is no /proc the name has no owner.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, readlinkSync } from "node:fs";
import { startTicks } from "../sync/start-ticks.js";
import { show } from "../validate.js";
import { tryUnlinkBlock } from "./system.js";

const PREFIX = "allcores-shm-";
const WITH_OWNER = /^allcores-shm-(\d+)-(\d+)-(\d+)-[0-9a-f]+$/;
/** Where Linux has the blocks. */
export const FOLDER = "/dev/shm";

/** A name as the user gives it. */
export function checkedName(name: unknown): string {
  // macOS counts the slash before it.
  const most = process.platform === "darwin" ? 30 : 255;
  const message = `name must be a string of 1 to ${most} bytes without slashes and NULs, got ${show(name)}`;
  if (typeof name !== "string") throw new TypeError(message);
  const bytes = Buffer.byteLength(name);
  const isFile = bytes >= 1 && bytes <= most && name !== "." && name !== "..";
  // A lone surrogate would become another character.
  const isText = Buffer.from(name).toString() === name;
  if (!isFile || !isText || name.includes("/") || name.includes("\0")) throw new RangeError(message);
  return name;
}

export function madeUpName(): string {
  const random = randomBytes(4).toString("hex");
  const space = namespace();
  const start = startTicks("/proc/self/stat");
  if (space === undefined || start < 0) return `${PREFIX}${process.pid}-${random}`;
  return `${PREFIX}${process.pid}-${start}-${space}-${random}`;
}

/** Removes the blocks of made-up names whose owner is dead. */
export function sweep(): void {
  const space = namespace();
  if (space === undefined) return;
  for (const name of blocks()) {
    const [, pid, start, owners] = WITH_OWNER.exec(name) ?? [];
    const isOfDead = pid !== undefined && owners === space && startTicks(`/proc/${pid}/stat`) !== Number(start);
    if (isOfDead) tryUnlinkBlock(name);
  }
}

function blocks(): string[] {
  try {
    return readdirSync(FOLDER);
  } catch {
    return [];
  }
}

/** The namespace of process ids; undefined where there is no /proc. */
function namespace(): string | undefined {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0];
  } catch {
    return undefined;
  }
}
