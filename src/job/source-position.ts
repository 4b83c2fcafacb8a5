/** Where in its AssemblyScript source a Wasm kernel trapped, by the source map that the compiler made with the module. */
import { SourceMap } from "node:module";
import { functionAround, type MappedModule } from "../memory/source-maps.js";

/** Frames of Wasm code in a stack trace, with their offsets in the module's bytes. */
const WASM_FRAMES = /wasm:\/\/[^\s()]*wasm-function\[\d+\]:0x([0-9a-f]+)/g;
/** Sources of the standard library and of packages: an abort comes from there, and has its cause elsewhere. */
const LIBRARY = "~lib/";

/** What a stack trace says of Wasm code. */
export interface ReadStack {
  /** The innermost place in the user's source (or in a library's, if there is none), as messages say it. */
  readonly position?: string | undefined;
  /** The trace, with `file.ts:line:column` where V8 gives byte offsets. */
  readonly stack?: string | undefined;
}

/**
 * The position is `at file.ts:line:column`, or `near` where the frame's byte has no source line. A call of abort has none,
 * and inlined code has the library's: then the code just before gives the line, else the code after it, which in optimised
 * code may be another line. Undefined where there is no Wasm frame. A failure costs 1 ms here; a success nothing.
 */
export function readStack(stack: string, { bytes, map: json }: MappedModule): ReadStack {
  try {
    const map = new SourceMap(JSON.parse(json));
    const found = [...stack.matchAll(WASM_FRAMES)].map(([, digits]) => {
      const offset = Number.parseInt(digits as string, 16);
      return [offset, ...functionAround(bytes, offset)] as const;
    });
    let frame = 0;
    const mapped = stack.replace(WASM_FRAMES, (text) => {
      const [offset, start] = found[frame++] as (typeof found)[0];
      for (const { position } of places(map, offset, start, start)) return position;
      return text;
    });
    return { position: innermost(map, found), stack: mapped };
  } catch {
    return { stack };
  }
}

/** The source places of a function's code between two byte offsets, in their order; the function begins at `start`. */
function* places(
  map: SourceMap,
  from: number,
  to: number,
  start: number,
): Generator<{ position: string; at: number }, void> {
  for (let at = from, step = Math.sign(to - from) || 1; at !== to + step; at += step) {
    const entry = map.findEntry(0, at); // the map's only line is the binary: its columns are byte offsets
    if (!("originalSource" in entry) || entry.originalSource === undefined) continue; // a stretch without a source
    if (entry.generatedColumn < start) continue; // the function before
    yield { position: `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`, at };
  }
}

function innermost(
  map: SourceMap,
  found: readonly (readonly [offset: number, start: number, end: number])[],
): string | undefined {
  let inLibrary: string | undefined;
  const ownPlace = (from: number, to: number, start: number): string | undefined => {
    for (const { position, at } of places(map, from, to, start)) {
      if (isKernelSource(position)) return `${at === from ? "at" : "near"} ${position}`;
      inLibrary ??= `at ${position}`;
    }
    return undefined;
  };
  for (const [offset, start] of found) {
    const position = ownPlace(offset, start, start);
    if (position) return position;
  }
  for (const [offset, start, end] of found) {
    const position = ownPlace(offset, end - 1, start);
    if (position) return position;
  }
  return inLibrary;
}

/** A place with the name of its file. The text of an abort may have been overwritten, and be garbage. */
const PLACE = /^[^\p{Cc}]+:\d+:\d+$/u;

/** Whether a place is in the user's source, not in a library's. */
export function isKernelSource(position: unknown): position is string {
  return typeof position === "string" && PLACE.test(position) && !position.startsWith(LIBRARY);
}
