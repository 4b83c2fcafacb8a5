/**
 * The source map of a module: without the libraries' text, and with a place for each kernel where its code begins. In
 * optimised code, library code may be all that is left of a kernel: the kernel's declaration is then the user's line that
 * led there.
 *
 * Format: https://tc39.es/ecma426/. The binary is one line, whose columns are its offsets.
 */
import { Reader } from "../memory/reader.js";
import { lineAndColumn, type Spot } from "./frames.js";

interface Json {
  sourceRoot?: string;
  sources: string[];
  sourcesContent?: (string | null)[];
  mappings: string;
}

/** An offset and its place: indices of a source, a line and a column, and of a name; an offset alone ends a stretch. */
type Mapping = readonly number[];

/** @param kernels the declarations of the kernels, by the names of their exports */
export function kernelMap(json: string, binary: Uint8Array, kernels: ReadonlyMap<string, Spot>): string {
  const { sourceRoot: _, ...map } = JSON.parse(json) as Json;
  const mappings = decode(map.mappings);
  for (const [name, start] of bodies(binary)) {
    const spot = kernels.get(name);
    if (!spot || mappings.some(([offset]) => offset === start)) continue;
    const known = map.sources.indexOf(spot.file);
    const source = known >= 0 ? known : map.sources.push(spot.file) - 1;
    if (known < 0) map.sourcesContent?.push(spot.text);
    const [line, column] = lineAndColumn(spot);
    mappings.push([start, source, line - 1, column - 1]);
  }
  mappings.sort(([a = 0], [b = 0]) => a - b);
  const sourcesContent = map.sourcesContent?.map((text, i) => (map.sources[i]?.startsWith("~") ? null : text));
  return JSON.stringify({ ...map, sourcesContent, mappings: encode(mappings) });
}

const [IMPORT, EXPORT, CODE] = [2, 7, 10] as const;
const FUNCTION = 0;

/** Where the code of exported functions begins, by their names. */
function bodies(binary: Uint8Array): [name: string, start: number][] {
  const reader = new Reader(binary, "the module", 8);
  const exported: [string, number][] = [];
  let imported = 0;
  let starts: number[] = [];
  while (!reader.done) {
    const id = reader.byte();
    const section = reader.part(reader.u32());
    if (id === IMPORT)
      section.list(() => {
        section.name();
        section.name();
        if (section.byte() !== FUNCTION)
          section.limits(); // the memory
        else {
          section.u32();
          imported++;
        }
      });
    else if (id === EXPORT)
      section.list(() => {
        const name = section.name();
        const kind = section.byte();
        const index = section.u32();
        if (kind === FUNCTION) exported.push([name, index]);
      });
    else if (id === CODE)
      starts = section.list(() => {
        const length = section.u32();
        const start = section.position;
        section.skip(length);
        return start;
      });
  }
  return exported.flatMap(([name, index]) => {
    const start = starts[index - imported];
    return start === undefined ? [] : [[name, start] as [string, number]];
  });
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Fields are differences from those before, in digits of base 64 whose sixth bit says that there are more. */
function decode(text: string): Mapping[] {
  const last = [0, 0, 0, 0, 0];
  return text.split(",").flatMap((segment) => {
    const fields: number[] = [];
    for (let value = 0, shift = 0, i = 0; i < segment.length; i++) {
      const digit = DIGITS.indexOf(segment[i] as string);
      value |= (digit & 31) << shift;
      shift += 5;
      if (digit & 32) continue;
      const index = fields.length;
      last[index] = (last[index] as number) + (value & 1 ? -(value >>> 1) : value >>> 1);
      fields.push(last[index] as number);
      value = shift = 0;
    }
    return fields.length > 0 ? [fields] : [];
  });
}

function encode(mappings: readonly Mapping[]): string {
  const last = [0, 0, 0, 0, 0];
  const digits = (difference: number) => {
    let text = "";
    let rest = difference < 0 ? (-difference << 1) | 1 : difference << 1;
    do {
      const more = rest >>> 5;
      text += DIGITS[(rest & 31) | (more > 0 ? 32 : 0)];
      rest = more;
    } while (rest > 0);
    return text;
  };
  return mappings
    .map((fields) =>
      fields
        .map((value, i) => {
          const before = last[i] as number;
          last[i] = value;
          return digits(value - before);
        })
        .join(""),
    )
    .join(",");
}
