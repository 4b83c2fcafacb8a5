/** When a process or thread has started: with its id, which the OS uses again, that names it for as long as the OS runs. */
import { readFileSync } from "node:fs";

/**
 * The start of the process or thread that a `stat` file of /proc describes, in ticks since the system started.
 * @returns -1 when it is gone, or there is no /proc
 */
export function startTicks(statFile: string): number {
  try {
    const stat = readFileSync(statFile, "latin1");
    // The second field, the name, may hold blanks and parentheses; this is the 22nd.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  } catch {
    return -1;
  }
}
