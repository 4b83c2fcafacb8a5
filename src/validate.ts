/** Checks of arguments: the passing case first and cheap, the message names the argument, what it got, what is allowed. */

/** How a value looks in an error message: strings quoted, bigints with their n, long things cut. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `a function${value.name ? ` (${value.name})` : ""}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name}(${(value as Uint8Array).length ?? value.byteLength})`;
  if (typeof value === "object" && value !== null) return `an object (${value.constructor?.name ?? "no prototype"})`;
  return String(value);
}

/** A whole number in [min, max], as given. */
export function wholeNumber(name: string, value: unknown, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  const range = `a whole number from ${min} to ${max === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : max}`;
  if (typeof value !== "number") throw new TypeError(`${name} must be ${range}, got ${show(value)}`);
  throw new RangeError(`${name} must be ${range}, got ${value}`);
}

/** A finite number. */
export function finiteNumber(name: string, value: unknown): number {
  if (Number.isFinite(value)) return value as number;
  if (typeof value !== "number") throw new TypeError(`${name} must be a finite number, got ${show(value)}`);
  throw new RangeError(`${name} must be a finite number, got ${value}`);
}

/** A time in ms, 0 or more; undefined and Infinity mean for ever. */
export function milliseconds(name: string, value: unknown): number {
  if (value === undefined) return Infinity;
  if (typeof value === "number" && value >= 0) return value;
  const message = `${name} must be a time in milliseconds, 0 or more, got ${show(value)}`;
  throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
}

/** One of a few strings. */
export function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  if (allowed.includes(value as T)) return value as T;
  const list = allowed.map((item) => JSON.stringify(item)).join(", ");
  const message = `${name} must be one of ${list}, got ${show(value)}`;
  throw typeof value === "string" ? new RangeError(message) : new TypeError(message);
}

/** Whether `for (const item of value)` can go over it: strings too. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === "function";
}

/** Whether a value has an async iterator; `for await` goes over ordinary iterables too. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === "function";
}

/** Whether it is a promise or the like: futures, and the promises of other libraries. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && typeof (value as { then?: unknown }).then === "function";
}

/** A plain options object: present, and an object. */
export function optionsObject(name: string, value: unknown): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw new TypeError(`${name} must be an options object, got ${show(value)}`);
}

/** Options of these names alone: a name that is mistyped would have no effect. */
export function knownOptions(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(`options: unknown option ${show(unknown)}; known are ${known.join(", ")}`);
}

/** An object literal, or one without a prototype. */
export function plainObject(name: string, value: unknown): void {
  optionsObject(name, value);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return;
  throw new TypeError(`${name} must be a plain object, got ${show(value)}`);
}

/** A string or a boolean, or nothing. */
export function optionalPlain(name: string, type: "string" | "boolean", value: unknown): void {
  if (value === undefined || typeof value === type) return;
  throw new TypeError(`${name} must be a ${type}, got ${show(value)}`);
}

/** A function, or nothing. */
export function optionalFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new TypeError(`${name} must be a function, got ${show(value)}`);
}

/** An AbortSignal, or nothing. */
export function optionalSignal(name: string, value: unknown): void {
  if (value === undefined || value instanceof AbortSignal) return;
  throw new TypeError(`${name} must be an AbortSignal, got ${show(value)}`);
}

const UNITS: Record<string, number> = {
  "": 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
};

/** A size in bytes, written as a number or as "512MiB", "2GiB", "1.5gb". */
export function byteSize(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  const match = typeof value === "string" ? /^\s*(\d+(?:\.\d+)?(?:e\d+)?)\s*([a-z]*)\s*$/i.exec(value) : null;
  const unit = UNITS[match?.[2]?.toLowerCase() ?? "?"];
  if (match && unit !== undefined) return Math.floor(Number(match[1]) * unit);
  const message = `${name} must be a size such as "512MiB" or "2GiB", got ${show(value)}`;
  throw typeof value === "string" ? new RangeError(message) : new TypeError(message);
}

/** A whole number in [0, 2^64 - 1]: a safe integer or a bigint, as given. */
export function seedNumber(name: string, value: unknown): number | bigint {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  if (typeof value === "bigint" && value >= 0n && value < 2n ** 64n) return value;
  const message = `${name} must be a whole number from 0 to 2^53 - 1 or a bigint from 0n to 2n ** 64n - 1n, got ${show(value)}`;
  throw typeof value === "number" || typeof value === "bigint" ? new RangeError(message) : new TypeError(message);
}
