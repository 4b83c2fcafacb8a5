/**
 * Values as text and bytes, by devalue: what structured clones keep (cycles, identity, Map, Set, Date, -0, NaN, bigint, typed
 * arrays, errors), but nothing that reading could turn into code. V8's own format is for trusted bytes alone.
 */
import { isAnyArrayBuffer, isNativeError } from "node:util/types";
import { parse, stringify } from "devalue";
import { deserialize, serialize } from "../job/clone.js";
import { NOT_TO_PROCESSES } from "../job/primitives.js";
import { describeThrown, rebuildThrown, type WireThrown } from "../job/thrown.js";
import { ARRAY_TYPES } from "../memory/elements.js";

/** A value's text, and the bytes of its buffers. */
export interface Packed {
  readonly text: string;
  readonly buffers: readonly Uint8Array[];
}

const VIEWS = new Map<string, new (buffer: ArrayBuffer, byteOffset: number, length: number) => ArrayBufferView>(
  [...Object.values(ARRAY_TYPES), DataView].map((Type) => [Type.name, Type]),
);

/** @throws an Error that names the first value that can't be sent */
export function pack(value: unknown): Packed {
  const buffers: Uint8Array[] = [];
  const text = stringify(value, {
    Buffer: (one: unknown) => {
      if (!isAnyArrayBuffer(one)) return undefined;
      if (one instanceof SharedArrayBuffer) throw new Error(NOT_TO_PROCESSES);
      return [buffers.push(new Uint8Array(one)) - 1];
    },
    View: (one: unknown) => {
      if (!ArrayBuffer.isView(one)) return undefined;
      const { buffer, byteOffset, byteLength } = one;
      const name = one instanceof Uint8Array && !VIEWS.has(one.constructor.name) ? "Uint8Array" : one.constructor.name;
      return [name, buffer, byteOffset, "length" in one ? one.length : byteLength];
    },
    Error: (one: unknown) => (isError(one) ? packThrown(one) : undefined),
  });
  return { text, buffers };
}

/** @throws for what `pack` has not made */
export function unpack({ text, buffers }: Packed): unknown {
  return parse(text, {
    Buffer: ([index]: [number]) => {
      const bytes = buffers[index];
      if (!bytes) throw new Error("a buffer is missing");
      return new Uint8Array(bytes).buffer;
    },
    View: ([name, buffer, byteOffset, length]: [string, ArrayBuffer, number, number]) => {
      const View = VIEWS.get(name);
      if (!View) throw new Error("a view of an unknown type");
      return new View(buffer, byteOffset, length);
    },
    Error: (thrown: PlainThrown) => unpackThrown(thrown),
  });
}

function isError(value: unknown): boolean {
  return isNativeError(value) || value instanceof DOMException;
}

/** What was thrown, with its properties as values: as WireThrown has them, V8 would have to read them. */
interface PlainThrown extends Omit<WireThrown, "properties" | "held" | "value"> {
  readonly properties: readonly (readonly [key: string, value: unknown])[];
  readonly held: readonly (readonly [key: string, value: PlainThrown | readonly PlainThrown[]])[];
  readonly value?: readonly [unknown] | undefined;
}

/** Never throws: a property that can't be sent is left out, and named. */
export function packThrown(thrown: unknown): PlainThrown {
  return plain(describeThrown(thrown));
}

/** The error, or another value. */
export function unpackThrown(thrown: PlainThrown): unknown {
  return rebuildThrown(wired(thrown)).thrown;
}

function plain({ properties = [], held = [], left = [], value, ...wire }: WireThrown): PlainThrown {
  const read = properties.map(([key, bytes]) => [key, deserialize(bytes)] as const);
  const sent = read.filter(([, one]) => canBePacked(one));
  const known = value === undefined ? undefined : ([deserialize(value)] as const);
  return {
    ...wire,
    properties: sent,
    held: held.map(([key, one]) => [key, "thrown" in one ? plain(one) : one.map(plain)] as const),
    left: [...left, ...read.filter((one) => !sent.includes(one)).map(([key]) => key)],
    ...(known && canBePacked(known[0]) && { value: known }),
  };
}

function wired({ properties, held, value, ...thrown }: PlainThrown): WireThrown {
  return {
    ...thrown,
    properties: properties.map(([key, one]) => [key, serialize(one)] as const),
    held: held.map(([key, one]) => [key, "thrown" in one ? wired(one) : one.map(wired)] as const),
    ...(value && { value: serialize(value[0]) }),
  };
}

function canBePacked(value: unknown): boolean {
  try {
    pack(value);
    return true;
  } catch {
    return false;
  }
}
