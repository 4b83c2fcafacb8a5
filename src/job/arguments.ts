/**
 * The arguments of a job, captured when it is given: values as one clone, which later changes by the caller do not reach;
 * arrays of the heap as where they lie, pinned until the job is over.
 */
import { type AnyArray, elementType, isOnHeap, pin } from "../memory/heap.js";
import { kindOfWords } from "../sync/shared.js";
import { show } from "../validate.js";
import type { ArrayArgument } from "./array-argument.js";
import { alone } from "./clone.js";
import { rangesOf } from "./element-ranges.js";
import type { Job } from "./job.js";
import { checkPrimitive, strayWords } from "./primitives.js";
import type { Range } from "./range.js";
import { roleOf } from "./roles.js";

export interface CapturedArguments {
  /** The arguments that are no arrays of the heap, in their order. */
  readonly values: readonly unknown[];
  /** The arrays of the heap, in their order. */
  readonly arrays: readonly ArrayArgument[];
}

interface Value {
  readonly index: number;
  readonly value: unknown;
}

/** @param releases is given what unpins each array */
export function captureArguments(job: Job, range: Range | undefined, releases: (() => void)[]): CapturedArguments {
  const values: Value[] = [];
  const arrays: ArrayArgument[] = [];
  for (const [index, value] of (job.args ?? []).entries()) {
    checkPrimitive(`args[${index}]`, value, job.kernel.language);
    const array = heapArray(job, index, value);
    if (!array) values.push({ index, value });
    else {
      const unpin = pin(array);
      if (!unpin) throw new RangeError(`args[${index}] is a heap array that has been freed, or reaches beyond one`);
      releases.push(unpin);
      arrays.push(describeArray(job, range, index, array));
    }
  }
  return { values: cloned(values), arrays };
}

/** The place of a value among all arguments. */
export function indexOfValue({ arrays }: CapturedArguments, position: number): number {
  let index = position;
  for (const array of arrays) if (array.index <= index) index++;
  return index;
}

/** The argument, if it is an array of the heap. @throws TypeError for one that is none and can't be taken as a value */
function heapArray({ kernel, n }: Job, index: number, value: unknown): AnyArray | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  if (elementType(value) !== undefined && isOnHeap(value)) return value as AnyArray;
  if (n === undefined && kernel.language === "js") return undefined;
  throw new TypeError(
    strayWords(`args[${index}]`, value, kernel.language) ??
      `args[${index}] must lie on the shared heap, got an ordinary ${show(value)}; make it with heap.float64(...) ` +
        "or the like",
  );
}

function describeArray({ outputs }: Job, range: Range | undefined, index: number, array: AnyArray): ArrayArgument {
  const declared = outputs?.find((output) => output.index === index);
  const role = declared ? "out" : roleOf(array);
  const { byteOffset: pointer, length } = array;
  const elements = declared
    ? { ...declared.cover, end: length, isDeclared: true }
    : role !== "in" && rangesOf(length, range);
  const primitive = kindOfWords(array);
  const type = elementType(array) as ArrayArgument["type"];
  return { index, type, pointer, length, role, elements: elements || undefined, ...(primitive && { primitive }) };
}

/** One clone of all together: an object that is given twice stays one, and a buffer under several views is copied once. */
function cloned(given: readonly Value[]): readonly unknown[] {
  const values = given.map(({ value }) => value);
  if (!values.some((value) => typeof value === "object" || typeof value === "function" || typeof value === "symbol"))
    return values;
  try {
    return structuredClone(withoutPools(values));
  } catch (cause) {
    const refused = given.find(({ value }) => !canBeCloned(value));
    const name = refused ? `args[${refused.index}]` : "args"; // together they may be too much for the stack
    throw new TypeError(`${name} can't be sent to a worker: ${(cause as Error).message}`, { cause });
  }
}

/** A Buffer that alone shows a part of Node's pool would bring all of it: 8 KiB, with what other code has left there. */
function withoutPools(values: readonly unknown[]): unknown[] {
  const buffers = values.map((value) => (ArrayBuffer.isView(value) ? value.buffer : undefined));
  const isOnly = (buffer: ArrayBufferLike) => buffers.filter((other) => other === buffer).length === 1;
  return values.map((value) => (Buffer.isBuffer(value) && isOnly(value.buffer) ? alone(value) : value));
}

function canBeCloned(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
