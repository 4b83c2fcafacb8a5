/**
 * What a kernel threw, as plain data that the caller can always read. Each property is serialized separately: one that
 * can't cross (a function, a getter that throws, a list too deep for the caller's stack) is left out alone, and named.
 */

import { isNativeError } from "node:util/types";
import { kept } from "../builtins.js";
import { deserialize, serialize } from "./clone.js";

/** An error, or another value. */
export interface WireThrown {
  readonly thrown: "error" | "value";
  /** The built-in class of an error, such as TypeError. */
  readonly type?: string | undefined;
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** Properties such as `code`, serialized. */
  readonly properties?: readonly (readonly [key: string, value: Uint8Array])[];
  /** Errors that this one holds: `cause`, `error` and `suppressed`, `errors`. */
  readonly held?: readonly (readonly [key: string, value: WireThrown | readonly WireThrown[]])[];
  /** Properties that can't be sent. */
  readonly left?: readonly string[];
  /** The serialized value; undefined when it can't be sent. */
  readonly value?: Uint8Array | undefined;
}

/** Limits to the depth and the number of errors within an error, which may be its cause itself, or hold itself twice. */
const MAX_DEPTH = 8;
const MAX_ERRORS = 1000;
/** Properties that built-in classes make non-enumerable. */
const HOLDERS = ["cause", "errors", "error", "suppressed"] as const;
/** Properties that each class makes by itself. */
const BUILT_IN = new Set<string>([...HOLDERS, "name", "message", "stack"]);

type Make = (message: string, name: string) => Error;
const of =
  (type: new (message: string) => Error): Make =>
  (message) =>
    new type(message);
const { SuppressedError } = globalThis as {
  SuppressedError?: new (
    error: unknown,
    suppressed: unknown,
    message: string,
  ) => Error; // Node 24
};

const TYPES: Readonly<Record<string, Make>> = {
  EvalError: of(EvalError),
  RangeError: of(RangeError),
  ReferenceError: of(ReferenceError),
  SyntaxError: of(SyntaxError),
  TypeError: of(TypeError),
  URIError: of(URIError),
  RuntimeError: of(WebAssembly.RuntimeError),
  CompileError: of(WebAssembly.CompileError),
  LinkError: of((WebAssembly as unknown as { LinkError: ErrorConstructor }).LinkError),
  AggregateError: (message) => new AggregateError([], message),
  ...(SuppressedError && { SuppressedError: (message: string) => new SuppressedError(undefined, undefined, message) }),
  DOMException: (message, name) => new DOMException(message, name) as Error,
};

/** The plain data of a thrown value. Never throws. */
export function describeThrown(thrown: unknown): WireThrown {
  return describe(thrown, 0, { left: MAX_ERRORS });
}

/** @param room errors that may still be described */
function describe(thrown: unknown, depth: number, room: { left: number }): WireThrown {
  if (isError(thrown)) return describeError(thrown, depth, room);
  const { value, left } = packed(thrown);
  const message = attempt(() => kept.String(thrown)) ?? "a value that can't be shown";
  return { thrown: "value", name: typeof thrown, message, ...(!left && { value }) };
}

function isError(value: unknown): value is Error {
  return isNativeError(value) || attempt(() => value instanceof kept.Error) === true;
}

function describeError(error: Error, depth: number, room: { left: number }): WireThrown {
  room.left--;
  const properties: (readonly [string, Uint8Array])[] = [];
  const held: (readonly [string, WireThrown | readonly WireThrown[]])[] = [];
  const left: string[] = [];
  const put = (key: string, value: unknown) => {
    const bytes = packed(value);
    if (bytes.left) left.push(key);
    else properties.push([key, bytes.value]);
  };
  for (const key of attempt(() => kept.Object.keys(error)) ?? [])
    if (!BUILT_IN.has(key)) read(error, key, left, (value) => put(key, value));
  for (const key of HOLDERS)
    read(error, key, left, (value) => {
      if (value === undefined || depth === MAX_DEPTH || room.left <= 0) return;
      if (isError(value)) held.push([key, describe(value, depth + 1, room)]);
      else if (key === "errors" && kept.Array.isArray(value)) {
        const errors: WireThrown[] = [];
        for (const one of value) if (room.left > 0) errors.push(describe(one, depth + 1, room));
        held.push([key, errors]);
      } else put(key, value);
    });
  return {
    thrown: "error",
    type: typeOf(error),
    name: textOf(error, "name") ?? "Error",
    message: textOf(error, "message") ?? "",
    stack: textOf(error, "stack"),
    properties,
    held,
    left,
  };
}

/** The nearest built-in class; by its name, since the classes of another realm are other objects. */
function typeOf(error: object): string | undefined {
  return attempt(() => {
    for (
      let prototype = kept.Object.getPrototypeOf(error);
      prototype;
      prototype = kept.Object.getPrototypeOf(prototype)
    ) {
      const name = kept.Object.hasOwn(prototype, "constructor") ? prototype.constructor.name : "";
      if (kept.Object.hasOwn(TYPES, name)) return name as string;
    }
    return undefined;
  });
}

function textOf(error: Error, key: "name" | "message" | "stack"): string | undefined {
  const text = attempt(() => error[key]);
  return text === undefined ? undefined : attempt(() => kept.String(text));
}

function read(error: Error, key: string, left: string[], take: (value: unknown) => void): void {
  try {
    take((error as unknown as Record<string, unknown>)[key]);
  } catch {
    left.push(key);
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Serialized as for processes, on threads too: so every executor leaves out the same properties. */
function packed(value: unknown): { value: Uint8Array; left?: false } | { value?: undefined; left: true } {
  try {
    return { value: serialize(value) };
  } catch {
    return { left: true };
  }
}

/** The thrown value, as messages show it. */
export function textOfThrown({ thrown, name, message }: WireThrown): string {
  return thrown === "error" ? `${name}: ${message}` : `it threw ${message}`;
}

/** The thrown value, rebuilt, and the names of the properties that were left out. */
export function rebuildThrown(wire: WireThrown): { thrown: unknown; left: string[] } {
  const left = [...(wire.left ?? [])];
  if (wire.thrown === "value") {
    const { value, message } = wire;
    return { thrown: value === undefined ? message : (attempt(() => [deserialize(value)]) ?? [message])[0], left };
  }
  const error = (TYPES[wire.type ?? ""] ?? of(Error))(wire.message, wire.name);
  const define = (key: string, value: unknown) =>
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  for (const [key, bytes] of wire.properties ?? [])
    read(error, key, left, () => {
      const value = deserialize(bytes);
      if ((HOLDERS as readonly string[]).includes(key)) define(key, value);
      else (error as unknown as Record<string, unknown>)[key] = value;
    });
  for (const [key, value] of wire.held ?? []) {
    const parts = ("thrown" in value ? [value] : value).map(rebuildThrown);
    for (const part of parts) left.push(...part.left.map((name) => `${key}.${name}`));
    define(key, "thrown" in value ? parts[0]?.thrown : parts.map(({ thrown }) => thrown));
  }
  if (error.name !== wire.name) define("name", wire.name);
  define("stack", wire.stack ?? textOfThrown(wire)); // the new error's stack would name this function
  return { thrown: error, left };
}
