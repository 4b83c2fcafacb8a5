/** The threads of the process that this thread knows. */
import { platform } from "node:process";
import { running, type ThreadInfo } from "./running.js";

/** The thread that the process has begun with, seen from any thread. */
export const mainThread: ThreadInfo = Object.freeze({
  name: "MainThread",
  daemon: false,
  ident: 1, // as agents' ids are: Node's threadId + 1
  nativeId: platform === "linux" ? process.pid : undefined,
  isAlive: () => true,
});

/** The main thread, and the living threads that this thread has started. Those that others started are not known. */
export function enumerate(): ThreadInfo[] {
  return [mainThread, ...[...running].filter((thread) => thread.isAlive())];
}

/** How many `enumerate` gives. */
export function activeCount(): number {
  return enumerate().length;
}
