/**
 * The steps of a job as numbers on shared memory: one table for all participants, where a message to each of them would take
 * longer than many a step.
 */
import { type ArrayArgument, type PlacedArray, placeOf } from "../job/array-argument.js";
import type { PreparedSteps } from "../job/prepare-steps.js";
import type { Count, Loop, Route, Stretch } from "../job/step-walk.js";
import { kernelKey, type PlacedJob, type WireKernel } from "../job/wire-job.js";
import type { ArenaClaim } from "../memory/arenas.js";
import { ARRAY_TYPES, type ElementType } from "../memory/elements.js";

const TYPES = Object.keys(ARRAY_TYPES) as ElementType[];
/** Stands for what is not there, where a number is 0 or more. */
const NONE = -1;
/** Kinds of a value: itself, or its place among the objects. */
const NUMBER = 0;
const OBJECT = 1;

/** A step as a participant has it. */
export interface TableStep extends Required<Stretch>, Pick<PlacedJob, "kernel" | "values" | "arrays"> {
  readonly arenas: ArenaClaim | undefined;
}

export interface StepTable extends Route {
  readonly steps: readonly TableStep[];
}

/** What a table does not hold. */
export interface BesideTable {
  /** Each once: steps name them by their places. */
  readonly kernels: readonly WireKernel[];
  /** Values that are no numbers. */
  readonly objects: readonly unknown[];
}

/** What the task of a job of steps has besides: where its table lies, and how many numbers that has. */
export interface StepsTask extends BesideTable {
  readonly table: number;
  readonly numbers: number;
}

/** Of a step, what its executor knows. */
export interface Expected {
  readonly rate: number;
  readonly arenas: ArenaClaim | undefined;
}

/** @param expected of each step */
export function writeTable(
  { steps, loops }: PreparedSteps,
  expected: readonly Expected[],
): BesideTable & { readonly numbers: readonly number[] } {
  const numbers: number[] = [steps.length, loops.length];
  const kernels = new Map<string, WireKernel>();
  const places = new Map<string, number>();
  const objects: unknown[] = [];
  for (const { first, end, atMost, until } of loops) numbers.push(first, end, atMost, until);
  for (const [i, { job, n, grain, most }] of steps.entries()) {
    const { kernel, values, arrays } = job.wire;
    const key = kernelKey(kernel);
    if (!kernels.has(key)) {
      places.set(key, kernels.size);
      kernels.set(key, kernel);
    }
    const { rate = 0, arenas } = expected[i] ?? {};
    numbers.push(places.get(key) ?? 0, rate, grain ?? NONE, most);
    writeCount(numbers, n);
    numbers.push(arenas?.job ?? NONE);
    if (arenas) numbers.push(arenas.table.pointer, arenas.table.count, arenas.table.bytes);
    numbers.push(values.length);
    for (const value of values)
      if (typeof value === "number") numbers.push(NUMBER, value);
      else numbers.push(OBJECT, objects.push(value) - 1);
    writeArrays(numbers, arrays);
  }
  return { numbers, kernels: [...kernels.values()], objects };
}

function writeCount(numbers: number[], n: number | Count | undefined): void {
  if (n === undefined) numbers.push(NONE, NONE);
  else if (typeof n === "number") numbers.push(NONE, n);
  else numbers.push(TYPES.indexOf(n.type), n.pointer);
}

function writeArrays(numbers: number[], arrays: readonly ArrayArgument[]): void {
  numbers.push(arrays.length);
  for (const array of arrays) {
    const { index, type, pointer, length } = placeOf(array);
    numbers.push(index, TYPES.indexOf(type), pointer, length);
  }
}

export function readTable(numbers: Float64Array, { kernels, objects }: BesideTable): StepTable {
  let at = 0;
  const next = () => numbers[at++] as number;
  const type = () => TYPES[next()] as ElementType;
  const count = next();
  const loopCount = next();
  const loops: Loop[] = [];
  while (loops.length < loopCount) loops.push({ first: next(), end: next(), atMost: next(), until: next() });
  const readCount = (): number | Count | undefined => {
    const kind = next();
    const number = next();
    if (kind !== NONE) return { type: TYPES[kind] as ElementType, pointer: number };
    return number === NONE ? undefined : number;
  };
  const readArenas = (): ArenaClaim | undefined => {
    const job = next();
    return job === NONE ? undefined : { job, table: { pointer: next(), count: next(), bytes: next() } };
  };
  const steps: TableStep[] = [];
  while (steps.length < count) {
    const kernel = kernels[next()] as WireKernel;
    const rate = next();
    const grain = next();
    const most = next();
    const n = readCount();
    const arenas = readArenas();
    const values: unknown[] = [];
    for (let left = next(); left > 0; left--) {
      const isObject = next() === OBJECT;
      const value = next();
      values.push(isObject ? objects[value] : value);
    }
    const arrays: PlacedArray[] = [];
    for (let left = next(); left > 0; left--)
      arrays.push({ index: next(), type: type(), pointer: next(), length: next() });
    steps.push({ kernel, rate, grain: grain === NONE ? undefined : grain, most, n, arenas, values, arrays });
  }
  return { steps, loops };
}
