/** Where in its AssemblyScript source a Wasm kernel trapped, by the source map that asc leaves beside the module. */
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";

/** A frame of Wasm code in a stack trace: its offset in the module's bytes. */
const WASM_FRAME = /wasm-function\[\d+\]:0x([0-9a-f]+)/;

/**
 * `file.ts:line:column` of the innermost Wasm frame; undefined where there is no frame or no map. Takes 1 ms, and only
 * when something went wrong.
 */
export function sourcePosition(stack: string | undefined, module: string | undefined): string | undefined {
  const offset = WASM_FRAME.exec(stack ?? "")?.[1];
  if (offset === undefined || !module?.startsWith("file:")) return undefined;
  try {
    const map = new SourceMap(JSON.parse(readFileSync(new URL(`${module}.map`), "utf8")));
    // The map's only line is the binary: its columns are byte offsets.
    const entry = map.findEntry(0, Number.parseInt(offset, 16));
    if (!("originalSource" in entry)) return undefined;
    return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  } catch {
    return undefined;
  }
}
