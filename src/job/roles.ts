/** Roles of array arguments: what a process, which shares no memory, must carry in and out. Elsewhere they change nothing. */
import { type AnyArray, elementType, partOf } from "../memory/heap.js";
import { show } from "../validate.js";

/** "in": read only. "out": written, its old content is not read. "inout": both. */
export type Role = "in" | "out" | "inout";

/** "temp": of use between the steps of a job alone. */
const roles = new WeakMap<object, Role | "temp">();

function marked<T extends AnyArray>(array: T, role: Role | "temp"): T {
  if (elementType(array) === undefined)
    throw new TypeError(`array must be a typed array of the heap, got ${show(array)}`);
  const view = partOf(array);
  roles.set(view, role);
  return view;
}

/**
 * Marks an array argument as read only: processes carry it in, and nothing back.
 * @param array a heap array or a part of one
 * @returns a view of the same elements, to be passed in its place
 */
export function input<T extends AnyArray>(array: T): T {
  return marked(array, "in");
}

/**
 * Marks an array argument as written only: processes carry nothing in, and each chunk's part back.
 * @param array a heap array or a part of one; its length must be a multiple of the job's n
 * @returns a view of the same elements, to be passed in its place
 */
export function out<T extends AnyArray>(array: T): T {
  return marked(array, "out");
}

/**
 * Marks an array argument as read and written: processes carry it in, and each chunk's part back.
 * @param array a heap array or a part of one; its length must be a multiple of the job's n
 * @returns a view of the same elements, to be passed in its place
 */
export function inout<T extends AnyArray>(array: T): T {
  return marked(array, "inout");
}

/**
 * Marks an array argument of a step as of use between steps alone: its content before the job does not matter, and is not
 * defined after it. Processes carry it from step to step, and neither in nor back.
 * @param array a heap array or a part of one, which `heap.scope()` frees as any other
 * @returns a view of the same elements, to be passed in its place to steps; any other job refuses it by a TypeError
 */
export function temp<T extends AnyArray>(array: T): T {
  return marked(array, "temp");
}

/** The role that an array argument was marked with. */
export function roleOf(array: AnyArray): Role | "temp" | undefined {
  return roles.get(array);
}

/** Refuses what is of use between steps alone, in a job that is no step. */
export function refuseTemps(
  arrays: readonly { readonly index: number; readonly isTemp?: boolean }[],
  nameOf: (index: number) => string,
): void {
  const found = arrays.find(({ isTemp }) => isTemp);
  if (found)
    throw new TypeError(
      `${nameOf(found.index)} is marked temp, which is for the steps of runSteps: pass the array itself`,
    );
}
