/** Outputs of cases: filled before each case, and copied, since the next case writes into the same memory. */
import { types } from "node:util";
import { show } from "../validate.js";

export type Filling = 0 | 1;

/**
 * Fills all numbers of an output: typed arrays, array buffers, arrays and plain objects of numbers or of such.
 * @throws TypeError for an output that can't be filled: a case that writes nothing would pass unseen
 */
export function fill(output: unknown, filling: Filling): void {
  if (!tryFill(output, filling))
    throw new TypeError(
      `output() must give a typed array (or an array or object of them), which is cleared before each case, got ${show(output)}`,
    );
}

function tryFill(output: unknown, filling: Filling): boolean {
  if (types.isTypedArray(output)) {
    // Typed arrays of numbers and of bigints have no common type of `fill`.
    (output as { fill(value: unknown): void }).fill(isBig(output) ? BigInt(filling) : filling);
    return true;
  }
  if (types.isAnyArrayBuffer(output)) {
    new Uint8Array(output).fill(filling);
    return true;
  }
  if (!isPlain(output)) return false;
  const holder = output as Record<string, unknown>;
  for (const [key, value] of Object.entries(holder)) {
    if (typeof value === "number") holder[key] = filling;
    else if (typeof value === "bigint") holder[key] = BigInt(filling);
    else if (!tryFill(value, filling)) return false;
  }
  return true;
}

const isBig = (array: NodeJS.TypedArray) => array instanceof BigInt64Array || array instanceof BigUint64Array;

/** Whether every number of an output is as `fill` left it. */
export function isFilled(output: unknown, filling: Filling): boolean {
  if (typeof output === "number" || typeof output === "bigint") return Number(output) === filling;
  if (types.isTypedArray(output)) {
    const wanted = isBig(output) ? BigInt(filling) : filling;
    return (output as Uint8Array).every((element) => element === wanted);
  }
  if (types.isAnyArrayBuffer(output)) return isFilled(new Uint8Array(output), filling);
  return Object.values(output as object).every((value) => isFilled(value, filling));
}

/** A copy that later writes do not reach: `structuredClone` would share a SharedArrayBuffer. */
export function copy<T>(value: T): T {
  return copyOf(value) as T;
}

function copyOf(value: unknown): unknown {
  if (types.isTypedArray(value)) return value.slice();
  if (types.isAnyArrayBuffer(value)) return value.slice(0);
  if (Array.isArray(value)) return value.map(copyOf);
  if (types.isMap(value) || types.isSet(value) || types.isDate(value)) return structuredClone(value);
  // Objects of other classes can't be copied: the class alone knows how.
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copyOf(part)]));
}

/** An array, or an object of no class. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
