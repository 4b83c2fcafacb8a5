/** What a kernel says when it gives up (`abort`, a failed assertion, a throw) or traces, read from its memory. */
import { writeSync } from "node:fs";

/** Arguments of AssemblyScript's abort: two strings, and a position. */
interface Abort {
  readonly message: number;
  readonly file: number;
  readonly line: number;
  readonly column: number;
}

/** The message of a full arena, in assembly/rt/arena.ts and assembly/library/scratch.ts; a kernel may use it too. */
const ARENA_FULL = "the arena is full";
const ARENA_FILES = ["~lib/rt/stub.ts", "~lib/allcores/assembly/library/scratch.ts"];

/** UTF-16 units of a text that are shown: a string in freed memory may have any length, and 61 million took 18 s. */
const MOST_UNITS = 10_000;

/** A string of AssemblyScript: UTF-16, its bytes counted in the word before it. Both may be garbage. */
function textAt(buffer: ArrayBufferLike, pointer: number): string {
  const at = pointer >>> 0;
  if (at < 4 || at % 2 === 1 || at > buffer.byteLength) return "";
  const length = (new Uint32Array(buffer)[(at - 4) >>> 2] as number) >>> 1;
  const units = new Uint16Array(buffer, at, Math.min(length, MOST_UNITS, (buffer.byteLength - at) >>> 1));
  let text = "";
  for (let i = 0; i < units.length; i += 4096) text += String.fromCharCode(...units.subarray(i, i + 4096));
  return length > MOST_UNITS ? `${text}...` : text;
}

/** The error of an abort: its message is the kernel's text. */
export function abortError(buffer: ArrayBufferLike, { message, file, line, column }: Abort, arena: number): Error {
  const text = textAt(buffer, message) || "an assertion failed, or what was thrown has no message";
  const source = textAt(buffer, file);
  if (text === ARENA_FULL && ARENA_FILES.includes(source))
    return new RangeError(
      `${text}: a call may allocate ${arena} bytes. Give back what each item took with release(mark()), or compile the ` +
        'kernel with a larger arena ({ arena: "4MiB" }, --arena 4MiB). A kernel for ranges that returns a value is called ' +
        "once for each chunk: there a smaller grain helps, too",
    );
  const position = file === 0 || line === 0 ? undefined : `${source}:${line >>> 0}:${column >>> 0}`;
  return Object.assign(new Error(text), { name: "Abort", position });
}

/**
 * `trace(text, n, a, b, c, d, e)`, on stderr: at once, since what a worker hands to `process.stderr` waits for the main
 * thread, and is lost with a worker that is ended.
 */
export function printTrace(buffer: ArrayBufferLike, [text = 0, count = 0, ...values]: number[]): void {
  const line = `trace: ${[textAt(buffer, text), ...values.slice(0, count)].join(" ")}\n`;
  try {
    writeSync(2, line);
  } catch {
    process.stderr.write(line); // full for the moment, or closed
  }
}
