/** The values that `prepareMain` gives to an interpreter: primitives by their handles, heap arrays by their places. */
import { withoutPools } from "../job/arguments.js";
import type { ElementType } from "../memory/elements.js";
import { type AnyArray, elementType, isOnHeap, pin } from "../memory/heap.js";
import { Shared, type SyncHandle } from "../sync/shared.js";
import { plainObject, show } from "../validate.js";
import type { InterpreterIdentity } from "./identity.js";

type Packed =
  | { readonly as: "value"; readonly value: unknown }
  | { readonly as: "primitive"; readonly handle: SyncHandle }
  | { readonly as: "array"; readonly type: ElementType; readonly pointer: number; readonly length: number }
  | { readonly as: "interpreter"; readonly identity: InterpreterIdentity };

/** A value under its name, as it crosses. */
export type PackedValue = Packed & { readonly name: string };

/** ECMAScript's names; which of them are words of the language only a parser knows. */
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/**
 * Captures the values: later changes by the caller are not seen.
 * @throws TypeError for a name that no variable can have, a value that can't be cloned, and a primitive within one
 */
export function packValues(
  values: unknown,
  isInterpreter: (value: object) => value is InterpreterIdentity,
): PackedValue[] {
  plainObject("values", values);
  const names = Object.keys(values as object).map(checkedName);
  const plain = withoutPools(Object.values(values as object));
  const packed = names.map((name, i) => ({ name, ...pack(name, plain[i], isInterpreter) }));
  for (const one of packed) if (one.as === "value") refusePrimitives(one);
  return cloned(packed);
}

function checkedName(name: string): string {
  if (IDENTIFIER.test(name) && isVariable(name)) return name;
  throw new TypeError(`values: names must be identifiers, got ${show(name)}`);
}

function isVariable(name: string): boolean {
  try {
    new Function(`async () => { var ${name}; }`); // sources may await, so that it is a word of theirs
    return true;
  } catch {
    return false;
  }
}

function pack(name: string, value: unknown, isInterpreter: (value: object) => value is InterpreterIdentity): Packed {
  if (typeof value !== "object" || value === null) return { as: "value", value };
  if (value instanceof Shared) return { as: "primitive", handle: value.handle };
  if (isInterpreter(value)) return { as: "interpreter", identity: { id: value.id, name: value.name } };
  const type = elementType(value);
  if (type === undefined || !isOnHeap(value)) return { as: "value", value };
  const array = value as AnyArray;
  const unpin = pin(array);
  if (!unpin) throw new RangeError(`values.${name} is a heap array that has been freed, or reaches beyond one`);
  unpin();
  return { as: "array", type, pointer: array.byteOffset, length: array.length };
}

/** A clone of a primitive would be an object without methods, and lock nothing. */
function refusePrimitives({ name, value }: { readonly name: string; readonly value: unknown }): void {
  const seen = new Set<object>();
  const see = (part: unknown) =>
    typeof part === "object" && part !== null && !ArrayBuffer.isView(part) && seen.add(part);
  see(value);
  for (const part of seen) {
    if (part instanceof Shared)
      throw new TypeError(
        `values.${name} holds a ${(part.handle as SyncHandle).kind}: primitives of allcores/sync must be values ` +
          "themselves, not parts of one",
      );
    if (part instanceof Map || part instanceof Set) for (const one of part) see(one);
    for (const one of propertiesOf(part)) see(one);
  }
}

/** Of an object whose getters throw, none: the clone says so. */
function propertiesOf(part: object): unknown[] {
  try {
    return Object.values(part);
  } catch {
    return [];
  }
}

/** One clone of all together: an object that is given twice stays one. */
function cloned(packed: PackedValue[]): PackedValue[] {
  try {
    return structuredClone(packed);
  } catch (cause) {
    for (const one of packed) refuse(one);
    throw cause;
  }
}

function refuse(packed: PackedValue): void {
  try {
    structuredClone(packed);
  } catch (cause) {
    throw new TypeError(`values.${packed.name} can't be sent to an interpreter: ${(cause as Error).message}`, {
      cause,
    });
  }
}
