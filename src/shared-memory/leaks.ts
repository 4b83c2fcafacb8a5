/**
 * The names that this thread has made and not yet unlinked. Memory under a name outlives the process: what is left when the
 * thread ends is reported on stderr and removed. A worker of an executor is ended without notice: the thread that started it
 * does so when it ends itself, on Linux, where names are files.
 */
import { constants, writeSync } from "node:fs";
import { show } from "../validate.js";
import { leaveToOwner } from "../worker/leftovers.js";
import { FOLDER } from "./name.js";
import { closeBlock, describeBlock, openBlock, unlinkBlock } from "./system.js";

interface Made {
  readonly bytes: number;
  readonly identity: string;
}

const made = new Map<string, Made>();

export function watchName(name: string, block: Made): void {
  if (made.size === 0) process.on("exit", removeAll);
  made.set(name, block);
  leaveToOwner({ path: `${FOLDER}/${name}`, identity: block.identity, text: reportOf(name, block.bytes) });
}

function reportOf(name: string, bytes: number): string {
  return `allcores: shared memory ${show(name)} (${bytes} bytes) was never unlinked, and is removed now\n`;
}

/** Removes a name, if it still means this block: another process may have unlinked it, and a third one made it anew. */
export function removeName(name: string, identity: string): boolean {
  const means = identityOf(name) === identity;
  if (means) unlinkBlock(name);
  if (made.get(name)?.identity === identity) {
    made.delete(name);
    leaveToOwner({ path: `${FOLDER}/${name}`, identity: undefined });
  }
  if (made.size === 0) process.off("exit", removeAll);
  return means;
}

function identityOf(name: string): string | undefined {
  let file: number;
  try {
    file = openBlock(name, constants.O_RDONLY);
  } catch {
    return undefined; // there is none, or it is another user's
  }
  try {
    return describeBlock(file).identity;
  } finally {
    closeBlock(file);
  }
}

function removeAll(): void {
  for (const [name, { bytes, identity }] of [...made]) {
    if (!removeName(name, identity)) continue;
    try {
      // At once: what a thread hands to process.stderr while it ends is lost.
      writeSync(2, reportOf(name, bytes));
    } catch {
      // Nothing reads it.
    }
  }
}
