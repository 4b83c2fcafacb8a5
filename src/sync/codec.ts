/**
 * Values as bytes, for queues. Numbers, booleans and short ASCII strings are written as they are (v8.serialize takes
 * 1.4 us for a number), everything else by v8.serialize: whatever structuredClone takes, but for shared memory and ports.
 */
import { deserialize, serialize } from "node:v8";

const CONSTANTS: readonly unknown[] = [undefined, null, false, true];
const NUMBER = 4;
const ASCII = 5;
const SERIALIZED = 6;
/** Longer strings are faster by v8.serialize. */
const MAX_ASCII = 128;

/** A value as bytes; `bytes` is only good until the next call. */
export interface Encoded {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

const scratch = new Uint8Array(MAX_ASCII);
const number = new Float64Array(1);
const numberBytes = new Uint8Array(number.buffer);
const NOTHING = new Uint8Array(0);

/** @throws DataCloneError for a function, a SharedArrayBuffer and the like */
export function encode(value: unknown): Encoded {
  if (typeof value === "number") {
    number[0] = value;
    return { tag: NUMBER, bytes: numberBytes };
  }
  if (typeof value === "string" && value.length <= MAX_ASCII) {
    let at = 0;
    for (; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code > 127) break;
      scratch[at] = code;
    }
    if (at === value.length) return { tag: ASCII, bytes: scratch.subarray(0, at) };
  }
  const constant = typeof value === "object" && value !== null ? -1 : CONSTANTS.indexOf(value);
  return constant >= 0 ? { tag: constant, bytes: NOTHING } : { tag: SERIALIZED, bytes: serialize(value) };
}

/** @param bytes in memory of their own */
export function decode(tag: number, bytes: Uint8Array): unknown {
  if (tag === NUMBER) {
    numberBytes.set(bytes);
    return number[0];
  }
  if (tag === ASCII) {
    let text = "";
    for (let at = 0; at < bytes.length; at++) text += String.fromCharCode(bytes[at] as number);
    return text;
  }
  return tag === SERIALIZED ? deserialize(bytes) : CONSTANTS[tag];
}
