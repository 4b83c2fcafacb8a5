/**
 * One call of a verb, from its options to its result:
 *
 *   input ──> on the heap: as it is; ordinary: copied into a temporary array ─┐
 *   output ─> on the heap: as it is; ordinary or none: a temporary array ─────┼─> steps, range, reduce ─> result
 *   between, temporary ─> arrays of the call's own ───────────────────────────┘
 *
 * Temporary arrays go back when the call ends; the next call gets the same memory, whose pages are there: a first touch
 * costs up to 5 ns a byte, a copy 0.07.
 */
import { type ComputeOptions, executorOf } from "../compute-options.js";
import { copyInSteps, copyOf } from "../copies.js";
import type { Executor } from "../executors/executor.js";
import type { AccumulateOptions } from "../executors/options.js";
import { type Kernel, type Untyped, wasmKernel } from "../job/handles.js";
import { input, temp } from "../job/roles.js";
import type { Step } from "../job/steps.js";
import { packageFile } from "../locate.js";
import {
  type AnyArray,
  arrayTypeName,
  type ElementType,
  elementType,
  type HeapArray,
  isOnHeap,
  type OrdinaryArray,
  pin,
  temporaryArray,
} from "../memory/heap.js";
import { checkRunOptions, type RunOptions } from "../run-options.js";
import { knownOptions, show } from "../validate.js";

/** Where and how a verb computes. */
export interface ArraysOptions extends ComputeOptions {
  /** False: arrays off the heap are a TypeError. Default: they are copied in and back. */
  readonly copy?: boolean | undefined;
}

/** The same, with a place for the result. */
export interface Out<T> extends ArraysOptions {
  /** An array of the result's type and length, on the heap or ordinary: it is overwritten, and what the promise gives back. */
  readonly out?: T | undefined;
}

const OPTIONS = ["executor", "signal", "onProgress", "copy"];

/** Arguments of kernels, by the names of their parameters. */
type Named = Record<string, unknown>;
type ArraysKernel = Kernel<Untyped, Named>;

const kernels = new Map<string, ArraysKernel>();

/** An export of `assembly/arrays/<file>.ts`. */
export function kernel(file: string, name: string): ArraysKernel {
  const key = `${file} ${name}`;
  let found = kernels.get(key);
  if (!found) {
    found = wasmKernel(packageFile(`arrays/kernels/${file}.wasm`), name) as ArraysKernel;
    kernels.set(key, found);
  }
  return found;
}

/** Where a result is computed, and what the promise gives for it. */
export interface Output<T extends ElementType> {
  readonly array: HeapArray<T>;
  /** The caller's array, filled, or a new ordinary one. */
  result(): Promise<HeapArray<T> | OrdinaryArray<T>>;
}

/**
 * Checks the options, does the work, and gives back what the call took, however it ends.
 * @param own the names of the verb's own options
 */
export async function withCall<R>(
  options: ArraysOptions,
  own: readonly string[],
  work: (call: Call) => R | Promise<R>,
): Promise<R> {
  checkRunOptions(options);
  knownOptions(options, [...OPTIONS, ...own]);
  const { copy } = options;
  if (copy !== undefined && typeof copy !== "boolean")
    throw new TypeError(`copy must be true or false, got ${show(copy)}`);
  const call = new Call(options, executorOf(options));
  try {
    options.signal?.throwIfAborted();
    return await work(call);
  } finally {
    call.release();
  }
}

/** See `withCall`. */
export class Call {
  readonly executor: Executor;
  readonly #options: ArraysOptions;
  readonly #releases: (() => void)[] = [];

  /** @internal */
  constructor(options: ArraysOptions, executor: Executor) {
    this.#options = options;
    this.executor = executor;
  }

  /** @internal */
  release(): void {
    for (const release of this.#releases.splice(0)) release();
  }

  /**
   * An array that is read: on the heap, for kernels.
   * @throws TypeError for an array of another type, or off the heap with `copy: false`; RangeError for one that was freed
   */
  async input<T extends ElementType>(name: string, array: unknown, types: readonly T[]): Promise<HeapArray<T>> {
    const given = checkedArray(name, array, types);
    if (isOnHeap(given)) return input(this.#pinned(name, given));
    this.#refuseOrdinary(name, given);
    const staged = this.temporary(elementType(given) as T, given.length);
    await copyInSteps(given, staged, this.#options.signal);
    return input(staged);
  }

  /**
   * Where the result goes.
   * @param given the option
   * @throws TypeError for an array of another type, or off the heap with `copy: false`; RangeError for another length
   */
  output<T extends ElementType>(name: string, given: unknown, type: T, length: number): Output<T> {
    const { executor } = this;
    if (given === undefined) {
      const array = this.temporary(type, length);
      return { array, result: () => copyOf(array, executor) };
    }
    const array = checkedArray(name, given, [type]);
    if (array.length !== length) throw new RangeError(`${name} must have ${length} elements, got ${array.length}`);
    if (isOnHeap(array)) {
      const pinned = this.#pinned<T>(name, array);
      return { array: pinned, result: async () => pinned };
    }
    this.#refuseOrdinary(name, array);
    const staged = this.temporary(type, length);
    return {
      array: staged,
      result: async () => {
        await copyInSteps(staged, array, this.#options.signal);
        return array as OrdinaryArray<T>;
      },
    };
  }

  /** An array of the call's own, not zeroed, in no statistics. */
  temporary<T extends ElementType>(type: T, length: number): HeapArray<T> {
    const { array, free } = temporaryArray(type, length, `a temporary ${arrayTypeName(type)}(${length})`);
    this.#releases.push(free);
    return array;
  }

  /** The same, of use between the steps of a job alone. */
  between<T extends ElementType>(type: T, length: number): HeapArray<T> {
    return temp(this.temporary(type, length));
  }

  /** A small array of the verb's own, for kernels. */
  staged<T extends ElementType>(type: T, content: OrdinaryArray<T>): HeapArray<T> {
    const staged = this.temporary(type, content.length);
    staged.set(content as never);
    return input(staged);
  }

  /** A small array on the heap, as an ordinary one. */
  copied<T extends ElementType>(array: HeapArray<T>): Promise<OrdinaryArray<T>> {
    return copyOf(array, this.executor);
  }

  /** Runs steps as one job. */
  steps(steps: readonly Step[]): Promise<void> {
    return this.executor.runSteps(steps, this.#runOptions);
  }

  /** Runs a kernel over [0, n). */
  range(kernel: ArraysKernel, n: number, args: Named, options?: { readonly grain?: number }): Promise<void> {
    return this.executor.parallelFor(kernel, n, args, { ...this.#runOptions, ...options });
  }

  /** Runs a kernel with accumulators over [0, n). */
  reduce<A extends HeapArray>(
    kernel: ArraysKernel,
    n: number,
    args: Named,
    options: Pick<AccumulateOptions<A>, "out" | "combine" | "grain" | "identity">,
  ): Promise<A> {
    return this.executor.parallelReduce(kernel, n, args, { ...this.#runOptions, ...options });
  }

  get #runOptions(): RunOptions {
    const { signal, onProgress } = this.#options;
    return { signal, onProgress };
  }

  #pinned<T extends ElementType>(name: string, array: AnyArray): HeapArray<T> {
    const unpin = pin(array);
    if (!unpin) throw new RangeError(`${name} has been freed, or reaches beyond a heap array`);
    this.#releases.push(unpin);
    return array as HeapArray<T>;
  }

  #refuseOrdinary(name: string, array: AnyArray): void {
    if (this.#options.copy === false)
      throw new TypeError(
        `${name} must be made by heap.${elementType(array)}, since copy is false, got an ordinary ${show(array)}`,
      );
  }
}

/** @throws TypeError for what is no array of these types */
export function checkedArray(name: string, array: unknown, types: readonly ElementType[]): AnyArray {
  const type = elementType(array);
  if (type && types.includes(type)) return array as AnyArray;
  const names = types.map(arrayTypeName);
  const list = names.length > 1 ? `${names.slice(0, -1).join(", ")} or ${names.at(-1)}` : names[0];
  throw new TypeError(`${name} must be ${list?.startsWith("Int") ? "an" : "a"} ${list}, got ${show(array)}`);
}

/**
 * Refuses an output that shares memory with an input, which would be read after it was overwritten.
 * @param inPlace whether it may be the same elements
 * @throws RangeError
 */
export function separate(
  name: string,
  output: unknown,
  other: string,
  array: AnyArray,
  { inPlace = false }: { readonly inPlace?: boolean } = {},
): void {
  if (!ArrayBuffer.isView(output) || output.buffer !== array.buffer) return;
  const [begin, end] = [output.byteOffset, output.byteOffset + output.byteLength];
  const overlaps = begin < array.byteOffset + array.byteLength && array.byteOffset < end;
  const isSame = begin === array.byteOffset && output.byteLength === array.byteLength;
  if (overlaps && !(inPlace && isSame))
    throw new RangeError(`${name} must not overlap ${other}${inPlace ? ", unless it is the same elements" : ""}`);
}
