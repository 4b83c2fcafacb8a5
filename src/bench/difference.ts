/** The first difference of two outcomes, in depth: numbers, bigints, strings, typed arrays, arrays and plain objects. */
import { isDeepStrictEqual, types } from "node:util";
import { show } from "../validate.js";

type Leaf = number | bigint;
type Elements = ArrayLike<unknown>;
/** Whether two numbers (of one type) are the same. */
export type Same = (a: Leaf, b: Leaf) => boolean;

/** Equal to the last bit: 0 is not -0. NaN equals NaN, since JS does not show its bits. */
export const exactly: Same = Object.is;

/** Equal if no further apart than the tolerance, in the unit of the values. */
export function within(tolerance: number): Same {
  return (a, b) => {
    if (Object.is(a, b) || a === b) return true;
    if (typeof a === "bigint" && typeof b === "bigint") return Number(a > b ? a - b : b - a) <= tolerance;
    return Math.abs((a as number) - (b as number)) <= tolerance;
  };
}

/**
 * The first difference, in words, or undefined where there is none.
 * @param path the way to the values, such as `.hits` or `[3]`
 */
export function difference(value: unknown, expected: unknown, same: Same, path = ""): string | undefined {
  if (agrees(value, expected, same)) return undefined;
  const kind = kindOf(value);
  if (kind !== kindOf(expected)) return differs(path, value, expected);
  if (kind === "elements") return elementsDiffer(value as Elements, expected as Elements, same, path);
  if (kind === "bytes") {
    const [ours, theirs] = [value, expected].map((buffer) => new Uint8Array(buffer as ArrayBuffer));
    return elementsDiffer(ours as Uint8Array, theirs as Uint8Array, same, path);
  }
  if (kind === "record") return recordsDiffer(value as object, expected as object, same, path);
  return isDeepStrictEqual(value, expected) ? undefined : differs(path, value, expected);
}

/** Whether two values are the same, without a look into objects. */
function agrees(value: unknown, expected: unknown, same: Same): boolean {
  if (typeof value !== typeof expected || (typeof value !== "number" && typeof value !== "bigint"))
    return Object.is(value, expected);
  return same(value, expected as Leaf);
}

/** Shows -0 and 0 apart, so that a reader sees the difference. */
function differs(path: string, value: unknown, expected: unknown): string {
  const written = (what: unknown) => (Object.is(what, -0) ? "-0" : show(what));
  return `${path ? `${path} is ` : ""}${written(value)}, not ${written(expected)}`;
}

/** "elements" of one class each, "bytes", "record", or the value's type or class. */
function kindOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value === null ? null : typeof value;
  if (Array.isArray(value)) return "elements";
  if (types.isTypedArray(value)) return "elements";
  if (types.isAnyArrayBuffer(value)) return "bytes";
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? "record" : prototype;
}

function elementsDiffer(value: Elements, expected: Elements, same: Same, path: string): string | undefined {
  // An Int32Array is no Float64Array, nor an Array, though all of their elements may agree.
  if (Object.getPrototypeOf(value) !== Object.getPrototypeOf(expected) || value.length !== expected.length)
    return differs(path, value, expected);
  for (let i = 0; i < value.length; i++) {
    const [element, wanted] = [value[i], expected[i]];
    if (agrees(element, wanted, same)) continue; // before the path is written, which takes longer than the rest
    const found = difference(element, wanted, same, `${path}[${i}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function recordsDiffer(value: object, expected: object, same: Same, path: string): string | undefined {
  const [ours, theirs] = [value as Record<string, unknown>, expected as Record<string, unknown>];
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    if (!Object.hasOwn(ours, key)) return `${path}.${key} is missing`;
    if (!Object.hasOwn(theirs, key)) return `${path}.${key} is ${show(ours[key])}, where there should be none`;
    const found = difference(ours[key], theirs[key], same, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
