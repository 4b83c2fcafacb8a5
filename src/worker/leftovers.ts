/**
 * Named files that a kernel's thread or process has made: it is ended without notice, and can't remove them then. So it
 * tells the thread that started it, which removes these files at its own end; a thread that was itself started passes them on.
 */
import { lstatSync, unlinkSync, writeSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { isKernelThread } from "./kernel-thread.js";

export interface Leftover {
  readonly path: string;
  /** Its device and inode: another file may have the name later. Undefined: it has been removed. */
  readonly identity: string | undefined;
  /** Written to stderr when it is removed. */
  readonly text?: string;
}

interface Message extends Leftover {
  readonly allcores: "leftover";
}

/** Taken at load: kernels may replace them. */
const port = parentPort && { post: parentPort.postMessage.bind(parentPort) };
const send = process.send?.bind(process);

const kept = new Map<string, Leftover>();

/** Tells the thread that started this one, if this one is a worker of an executor, an interpreter or a Thread. */
export function leaveToOwner(leftover: Leftover): void {
  if (!isKernelThread()) return;
  const message: Message = { ...leftover, allcores: "leftover" };
  if (port) port.post(message);
  else send?.(message);
}

/** For the owner. @returns whether the message was one */
export function hearLeftover(message: unknown): boolean {
  if ((message as Partial<Message> | null)?.allcores !== "leftover") return false;
  const leftover = message as Message;
  if (kept.size === 0) process.on("exit", removeAll);
  if (leftover.identity === undefined) kept.delete(leftover.path);
  else kept.set(leftover.path, leftover);
  if (kept.size === 0) process.off("exit", removeAll);
  leaveToOwner(leftover);
  return true;
}

function removeAll(): void {
  for (const { path, identity, text = "" } of kept.values()) {
    try {
      const { dev, ino } = lstatSync(path);
      if (`${dev}:${ino}` !== identity) continue;
      unlinkSync(path);
      writeSync(2, text);
    } catch {
      // It has been removed, or nothing reads stderr.
    }
  }
}
