/**
 * Takes the static data out of a module, for the host to write once: as the module has it, every new instance would write
 * it again, over what other threads work with.
 *
 * The sections stay where they are, turned into custom ones that the engine skips: so the code keeps its offsets, and the
 * source map its meaning.
 */
import { CompileError } from "../errors.js";
import { Reader } from "./reader.js";

export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

const DATA = 11;
const DATA_COUNT = 12;
const I32_CONST = 0x41;
const END = 0x0b;

/** @returns a copy of the module that writes nothing, and what it would have written */
export function takeStaticData(bytes: Uint8Array, label: string): { code: Uint8Array; segments: Segment[] } {
  const code = new Uint8Array(bytes); // a Buffer's slice would be no copy
  const reader = new Reader(bytes, label, 8);
  const segments: Segment[] = [];
  while (!reader.done) {
    const start = reader.position;
    const id = reader.byte();
    const section = reader.part(reader.u32());
    if (id !== DATA && id !== DATA_COUNT) continue;
    code[start] = 0; // a custom section
    code[section.position] = 0; // with an empty name
    if (id === DATA) segments.push(...section.list(() => segment(section, label)));
  }
  return { code, segments };
}

function segment(section: Reader, label: string): Segment {
  if (section.u32() !== 0)
    throw new CompileError(`${label} has passive data segments (memory.init): static data must have its place`);
  if (section.byte() !== I32_CONST) section.fail("a data segment at an address that is not a constant");
  const address = section.i32();
  if (section.byte() !== END) section.fail("a data segment at an address that is not a constant");
  return { address, bytes: section.take(section.u32()) };
}
