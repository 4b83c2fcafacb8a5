/**
 * The language's and Node's objects as they were when the package was loaded. A source of an interpreter may declare any of
 * their names at its top level, which hides the global from all modules of its thread at once: what runs there after users'
 * code takes them from here.
 */
import process from "node:process";

/** @internal */
export const kept = {
  Array,
  ArrayBuffer,
  Atomics,
  BigInt,
  DOMException,
  Error,
  JSON,
  Number,
  Object,
  Promise,
  Reflect,
  Set,
  SharedArrayBuffer,
  String,
  Symbol,
  SyntaxError,
  TypeError,
  Uint8Array,
  globalThis,
  process,
  structuredClone,
} as const;
