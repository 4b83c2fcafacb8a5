/**
 * Modules and their source maps, to find out where a kernel failed: modules that were compiled in this process, and
 * modules with a map beside their file.
 */
import { readFileSync } from "node:fs";
import { Reader } from "./reader.js";

export interface MappedModule {
  readonly bytes: Uint8Array;
  /** Its source map, JSON. */
  readonly map: string;
}

const bySource = new WeakMap<object, string>();
const byModule = new Map<string, MappedModule>();

/** Keeps the source map (JSON) of a module's bytes. */
export function attachSourceMap(bytes: Uint8Array, map: string): void {
  bySource.set(bytes, map);
}

/** Records the number that the module with these bytes has been given. */
export function nameSourceMap(id: string, bytes: Uint8Array): void {
  const map = bySource.get(bytes);
  if (map !== undefined) byModule.set(id, { bytes, map });
}

/** A module by its number, or by its URL; undefined if it has no map. */
export function mappedModule(id: string | undefined, url: string | undefined): MappedModule | undefined {
  const known = id === undefined ? undefined : byModule.get(id);
  if (known || !url?.startsWith("file:")) return known;
  try {
    return { bytes: readFileSync(new URL(url)), map: readFileSync(new URL(`${url}.map`), "utf8") };
  } catch {
    return undefined;
  }
}

const CODE = 10;

/** Where the function begins and ends that an offset of the module lies in; the offset itself, if there is none. */
export function functionAround(bytes: Uint8Array, offset: number): [start: number, end: number] {
  const reader = new Reader(bytes, "the module", 8);
  while (!reader.done) {
    const id = reader.byte();
    const section = reader.part(reader.u32());
    if (id !== CODE) continue;
    for (let count = section.u32(); count > 0; count--) {
      const length = section.u32();
      const start = section.position;
      section.skip(length);
      if (offset < section.position) return [Math.min(start, offset), section.position];
    }
  }
  return [offset, offset];
}
