/** Where in its AssemblyScript source a Wasm kernel trapped, by the source map that the compiler made with the module. */
import { SourceMap } from "node:module";
import { functionAround, type MappedModule } from "../memory/source-maps.js";

/** Frames of Wasm code in a stack trace: their offsets in the module's bytes. */
const WASM_FRAMES = /wasm-function\[\d+\]:0x([0-9a-f]+)/g;
/** Sources of the standard library and of packages: where an abort comes from, and not where it was caused. */
const LIBRARY = "~lib/";

/**
 * `at file.ts:line:column`: the innermost place in the kernel's own source (or in a library's, if there is none); `near`,
 * where the place itself has none. Calls of abort have none, and inlined code has the library's: what came just before
 * tells, else what comes after, which in optimised code may be another line. Undefined where there is no Wasm frame.
 * Takes 1 ms, and only when something went wrong.
 */
export function sourcePosition(stack: string | undefined, { bytes, map: json }: MappedModule): string | undefined {
  const offsets = [...(stack ?? "").matchAll(WASM_FRAMES)].map(([, offset]) => Number.parseInt(offset as string, 16));
  if (offsets.length === 0) return undefined;
  try {
    const map = new SourceMap(JSON.parse(json));
    let inLibrary: string | undefined;
    const ownPlace = (from: number, to: number): string | undefined => {
      for (let at = from, step = Math.sign(to - from) || 1; at !== to + step; at += step) {
        const entry = map.findEntry(0, at); // the map's only line is the binary: its columns are byte offsets
        if (!("originalSource" in entry) || entry.originalSource === undefined) continue; // a stretch without a source
        const position = `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
        if (isOwnSource(position)) return `${at === from ? "at" : "near"} ${position}`;
        inLibrary ??= `at ${position}`;
      }
      return undefined;
    };
    const found = offsets.map((offset) => [offset, ...functionAround(bytes, offset)] as const);
    for (const [offset, start] of found) {
      const position = ownPlace(offset, start);
      if (position) return position;
    }
    for (const [offset, , end] of found) {
      const position = ownPlace(offset, end - 1);
      if (position) return position;
    }
    return inLibrary;
  } catch {
    return undefined;
  }
}

/** Whether a place is in the kernel's own source. */
export function isOwnSource(position: unknown): position is string {
  return typeof position === "string" && position !== "" && !position.startsWith(LIBRARY);
}
