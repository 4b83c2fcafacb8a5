/** The threads that there are, as this thread knows them. */
import { agentId, nativeThreadId } from "../sync/agents.js";
import { running, type ThreadInfo } from "./thread.js";

/** The thread that this code runs in, as a thread: in the main program, the main thread. */
export const mainThread: ThreadInfo = Object.freeze({
  name: "MainThread",
  daemon: false,
  ident: agentId,
  get nativeId() {
    return nativeThreadId() || undefined;
  },
  isAlive: () => true,
});

/** The main thread and the threads that this thread has started and that are alive. Others' are not known here. */
export function enumerate(): ThreadInfo[] {
  return [mainThread, ...[...running].filter((thread) => thread.isAlive())];
}

/** How many `enumerate` gives. */
export function activeCount(): number {
  return enumerate().length;
}
