/** Values as they cross to another thread or process: alone, without what lies beside them in their buffer, or as bytes. */

import { Deserializer, Serializer } from "node:v8";
import { kept } from "../builtins.js";
import { isOnHeap } from "../memory/heap.js";
import { NOT_TO_PROCESSES } from "./primitives.js";

/**
 * The value, or a copy of the part that a view shows. Otherwise a view of the heap or of scratch memory would show what
 * the next job leaves there, and a part of a buffer would bring all of it: 8 KiB of Node's pool with the 3 bytes of
 * `Buffer.from("abc")`.
 * @param moves whether a buffer is to move as a whole
 */
export function alone<T>(value: T, moves: (buffer: ArrayBufferLike) => boolean = () => false): T {
  return kept.ArrayBuffer.isView(value) && isPart(value, moves) ? (copyOf(value) as T) : value;
}

function isPart(view: ArrayBufferView, moves: (buffer: ArrayBufferLike) => boolean): boolean {
  if (isOnHeap(view)) return true;
  const { buffer, byteLength } = view;
  return byteLength < buffer.byteLength && !(buffer instanceof kept.SharedArrayBuffer) && !moves(buffer);
}

function copyOf(view: ArrayBufferView): ArrayBufferView {
  const copy = new kept.Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  // Of the language's class, as by every structured clone: a Buffer arrives as a Uint8Array.
  const { [kept.Symbol.toStringTag]: name } = view as ArrayBufferView & { readonly [Symbol.toStringTag]: string };
  const types = kept.globalThis as unknown as Record<string, new (buffer: ArrayBuffer) => ArrayBufferView>;
  return new (types[name] as (typeof types)[string])(copy.buffer);
}

/** Its errors are of the platform's kind, as postMessage and structuredClone throw them. */
class CloneSerializer extends Serializer {
  _getDataCloneError(message: string): Error {
    return new kept.DOMException(message, "DataCloneError");
  }

  /** V8 asks for what would stand for shared memory. */
  _getSharedArrayBufferId(): never {
    throw this._getDataCloneError(NOT_TO_PROCESSES);
  }
}

/**
 * A value in the structured clone format, for processes: by the bare Serializer, since `v8.serialize` gives typed arrays
 * back as views of one big buffer.
 * @throws DataCloneError for what can't be cloned, a SharedArrayBuffer among it
 */
export function serialize(value: unknown): Uint8Array {
  const serializer = new CloneSerializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

export function deserialize(bytes: Uint8Array): unknown {
  const deserializer = new Deserializer(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}
