/**
 * The arguments of a job, captured when it is given: values as one clone, which later changes by the caller do not reach;
 * arrays of the heap as where they lie, pinned until the job is over.
 */
import { type AnyArray, type ElementType, elementType, isOnHeap, pin } from "../memory/heap.js";
import { Texts } from "../memory/texts.js";
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

/** How messages call an argument, and all of them together. */
export interface ArgumentLabels {
  readonly all: string;
  of(index: number): string;
}

/** @param name what messages call the list */
export function listLabels(name: string): ArgumentLabels {
  return { all: name, of: (index) => `${name}[${index}]` };
}

/** @param releases is given what unpins each array */
export function captureArguments(
  job: Omit<Job, "args">,
  args: readonly unknown[],
  range: Range | undefined,
  releases: (() => void)[],
  labels: ArgumentLabels,
): CapturedArguments {
  if (!args.some(isObject)) return { values: [...args], arrays: NO_ARRAYS };
  const values: unknown[] = [];
  const arrays: ArrayArgument[] = [];
  for (const [index, value] of args.entries()) {
    checkPrimitive(labels.of(index), value, job.kernel.language);
    const given = value instanceof Texts ? blockOf(value, job, labels.of(index)) : value;
    const type = heapType(job, labels.of(index), given);
    if (!type) values.push(value);
    else {
      const array = given as AnyArray;
      const unpin = pin(array);
      if (!unpin)
        throw new RangeError(`${labels.of(index)} is a heap array that has been freed, or reaches beyond one`);
      releases.push(unpin);
      arrays.push(describeArray(job, range, { index, type, array }));
    }
  }
  return { values: cloned(values, arrays, labels), arrays };
}

const NO_ARRAYS: readonly ArrayArgument[] = [];

/** Whether it is no plain value, which nothing changes and any message brings. */
function isObject(value: unknown): boolean {
  return typeof value === "object" || typeof value === "function" || typeof value === "symbol";
}

/** The place of a value among all arguments. */
export function indexOfValue(arrays: readonly ArrayArgument[], position: number): number {
  let index = position;
  for (const array of arrays) if (array.index <= index) index++;
  return index;
}

/** The bytes that a Wasm kernel takes for texts. */
function blockOf({ block }: Texts, { kernel }: Omit<Job, "args">, name: string): AnyArray {
  if (kernel.language === "wasm") return block;
  throw new TypeError(
    `${name} is texts, which are for Wasm kernels: pass texts.units and texts.offsets to a JS kernel`,
  );
}

/** The type of an array of the heap; undefined for a value. @throws TypeError for a view that can be taken as neither */
function heapType({ kernel, n }: Omit<Job, "args">, name: string, value: unknown): ElementType | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const type = elementType(value);
  if (type !== undefined && isOnHeap(value)) return type;
  if (n === undefined && kernel.language === "js") return undefined;
  throw new TypeError(
    strayWords(name, value, kernel.language) ??
      `${name} must lie on the shared heap, got ${whereIs(value)} ${show(value)}; make it with heap.float64(...) ` +
        "or the like",
  );
}

/** Shared memory is one heap for all kernels: a Wasm kernel reaches no other, and workers are given no other. */
function whereIs({ buffer }: ArrayBufferView): string {
  return buffer instanceof SharedArrayBuffer
    ? "one on another SharedArrayBuffer, which kernels can't reach:"
    : "an ordinary";
}

interface Given {
  readonly index: number;
  readonly type: ElementType;
  readonly array: AnyArray;
}

function describeArray(
  { outputs }: Omit<Job, "args">,
  range: Range | undefined,
  { index, type, array }: Given,
): ArrayArgument {
  const declared = outputs?.find((output) => output.index === index);
  const marked = roleOf(array);
  const isTemp = marked === "temp";
  const role = declared ? "out" : isTemp ? undefined : marked;
  const { byteOffset: pointer, length } = array;
  const even = role === "in" ? undefined : rangesOf(length, range);
  const elements = declared ? { ...declared.cover, end: length, isDeclared: true } : even;
  const primitive = kindOfWords(array);
  return { index, type, pointer, length, role, elements, ...(isTemp && { isTemp }), ...(primitive && { primitive }) };
}

/** One clone of all together: an object that is given twice stays one, and a buffer under several views is copied once. */
function cloned(
  values: readonly unknown[],
  arrays: readonly ArrayArgument[],
  labels: ArgumentLabels,
): readonly unknown[] {
  if (!values.some(isObject)) return values;
  try {
    return structuredClone(withoutPools(values));
  } catch (cause) {
    const refused = values.findIndex((value) => !canBeCloned(value));
    const which = refused < 0 ? labels.all : labels.of(indexOfValue(arrays, refused)); // together they may be too deep
    throw new TypeError(`${which} can't be sent to a worker: ${(cause as Error).message}`, { cause });
  }
}

/** A Buffer that alone shows a part of Node's pool would bring all of it: 8 KiB, with what other code has left there. */
export function withoutPools(values: readonly unknown[]): unknown[] {
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
