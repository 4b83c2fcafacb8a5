/** What kernels print. */
import type { Writable } from "node:stream";
import { kept } from "../builtins.js";
import { clearTimeout, setTimeout } from "../timers.js";

/** How long a reply waits for what was printed before it, in ms: the owner may be a thread whose output is read by none. */
const FLUSH_MS = 100;

/** Kernels print to stderr, wherever they run: stdout belongs to the program's answer. */
export function printToStderr(): void {
  kept.process.stdout.write = kept.process.stderr.write.bind(kept.process.stderr) as typeof kept.process.stdout.write;
}

/** Resolves when what was printed is on its way; undefined where it is: a thread that sleeps sends nothing but the first line. */
export function flushed(stream: Writable = kept.process.stderr): Promise<void> | undefined {
  if (stream.writableLength === 0) return undefined;
  return new kept.Promise<void>((resolve) => {
    const limit = setTimeout(resolve, FLUSH_MS);
    stream.write("", () => {
      clearTimeout(limit);
      resolve();
    });
  });
}
