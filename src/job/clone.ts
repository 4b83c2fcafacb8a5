/** Values as bytes, in the structured clone format, for what goes to processes. */
import { Deserializer, Serializer } from "node:v8";
import { NOT_TO_PROCESSES } from "./primitives.js";

/** Errors of the platform's own kind, as postMessage and structuredClone throw them. */
class CloneSerializer extends Serializer {
  _getDataCloneError(message: string): Error {
    return new DOMException(message, "DataCloneError");
  }

  /** Asked for what would stand for shared memory. */
  _getSharedArrayBufferId(): never {
    throw this._getDataCloneError(NOT_TO_PROCESSES);
  }
}

/**
 * The bare Serializer, not `v8.serialize`: that one gives typed arrays back as views of one big buffer.
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
