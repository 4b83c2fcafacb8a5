/**
 * A child process's copies of a job's array arguments: filled when the job is opened, the parts of results given back claim
 * by claim. At the end the process looks for what the kernel changed outside of these parts: such a change is lost.
 */
import { createHash } from "node:crypto";
import { byteLength } from "../job/array-argument.js";
import { bytesOfItems } from "../job/element-ranges.js";
import { allocateInternal, freeInternal, viewOf } from "../memory/heap.js";
import type { JobFile } from "./job-file.js";
import type { CarriedArray, LoosePart } from "./process-messages.js";

/** An array argument whose `pointer` is that of the copy. */
interface LocalArray extends CarriedArray {
  readonly callerPointer: number;
}

type Items = readonly [begin: number, end: number];

const COMPARE_BYTES = 2 ** 20;

export class ArrayCopies {
  readonly #arrays: LocalArray[] = [];
  /** Digests of the parts that did not go through the file, by array and place: the process keeps nothing else of them. */
  readonly #loose = new Map<string, string>();

  /** @param n items of the job. @param temps has the arrays between steps */
  constructor(
    given: readonly CarriedArray[],
    private readonly file: JobFile | undefined,
    private readonly n: number,
    private readonly temps?: JobFile,
  ) {
    try {
      for (const array of given) this.#bringIn(array);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  get arrays(): readonly CarriedArray[] {
    return this.#arrays;
  }

  #bringIn(array: CarriedArray): void {
    const { pointer: callerPointer, input, snapshotAt } = array;
    const bytes = byteLength(array);
    // The same memory given twice, perhaps as another type, is the same memory here too.
    const twin = this.#arrays.find((one) => one.callerPointer === callerPointer && byteLength(one) === bytes);
    const isFilled = input !== undefined || snapshotAt !== undefined;
    // Of a declared output nothing is compared with what it was.
    const isZeroed = !isFilled && !array.elements?.isDeclared;
    const pointer = twin?.pointer ?? allocateInternal(bytes, "a copy of an array", isZeroed);
    this.#arrays.push({ ...array, pointer, callerPointer });
    if (!twin) this.#fetchInput(array, this.#bytes(pointer, 0, bytes), 0);
  }

  /** Brings the part of each result back to what it was before the job. */
  restore([begin, end]: Items): void {
    for (const array of this.#arrays) {
      if (!array.elements || array.role === "in") continue;
      const [from, to] = bytesOfItems(array, array.elements, begin, end, this.n);
      this.#fetchInput(array, this.#bytes(array.pointer, from, to), from);
    }
  }

  /** Writes the part of each result into the file. @returns what does not fit there */
  giveParts([begin, end]: Items): LoosePart[] {
    const loose: LoosePart[] = [];
    for (const array of this.#arrays) {
      if (!array.elements) continue;
      const [from, to] = bytesOfItems(array, array.elements, begin, end, this.n);
      const bytes = this.#bytes(array.pointer, from, to);
      if (this.#fileOf(array)?.write(bytes, array.resultAt + from)) continue;
      const part = bytes.slice();
      loose.push({ index: array.index, bytes: part });
      if (!array.elements.isDeclared) this.#loose.set(`${array.index} ${from}`, digestOf(part));
    }
    return loose;
  }

  /** Whether there are arrays that the kernel might change elsewhere: those of `Job.outputs` are not looked at. */
  get canBeChangedElsewhere(): boolean {
    return this.#arrays.some(({ elements }) => !elements?.isDeclared);
  }

  /**
   * The index of the first argument with a change that is lost: outside of the returned parts, or in one of them after it
   * was returned.
   */
  changedElsewhere(returned: readonly Items[]): number | undefined {
    const inOrder = [...returned].sort((a, b) => a[0] - b[0]);
    return this.#arrays.find((array) => !array.elements?.isDeclared && this.#isChanged(array, inOrder))?.index;
  }

  #isChanged(array: LocalArray, returned: readonly Items[]): boolean {
    const { elements } = array;
    let from = 0;
    for (const [begin, end] of returned) {
      if (!elements) break;
      const [start, stop] = bytesOfItems(array, elements, begin, end, this.n);
      if (!this.#isAsGiven(array, from, start) || !this.#isAsReturned(array, start, stop)) return true;
      from = stop;
    }
    return !this.#isAsGiven(array, from, byteLength(array));
  }

  #isAsGiven(array: LocalArray, from: number, to: number): boolean {
    return this.#isLike(array, from, to, (part, at) => this.#fetchInput(array, part, at));
  }

  #isAsReturned(array: LocalArray, from: number, to: number): boolean {
    const { resultAt } = array;
    const file = this.#fileOf(array);
    const digest = this.#loose.get(`${array.index} ${from}`);
    if (digest !== undefined) return digestOf(this.#bytes(array.pointer, from, to).slice()) === digest;
    return this.#isLike(array, from, to, (part, at) => file?.read(part, resultAt + at));
  }

  /** Brings a part of what the array was before the job; nothing where it was not carried in. */
  #fetchInput(array: CarriedArray, part: Uint8Array, at: number): void {
    const { input, snapshotAt } = array;
    if (input) part.set(input.subarray(at, at + part.length));
    else if (snapshotAt !== undefined) this.#fileOf(array)?.read(part, snapshotAt + at);
  }

  #fileOf({ isTemp }: CarriedArray): JobFile | undefined {
    return isTemp ? this.temps : this.file;
  }

  /** Compares bytes of an array with what `fetch` brings, zeros if nothing. */
  #isLike({ pointer }: LocalArray, from: number, to: number, fetch: (part: Uint8Array, at: number) => void): boolean {
    const original = new Uint8Array(Math.min(COMPARE_BYTES, to - from));
    for (let at = from; at < to; at += original.length) {
      const part = original.subarray(0, Math.min(original.length, to - at));
      fetch(part, at);
      if (Buffer.compare(this.#bytes(pointer, at, at + part.length), part) !== 0) return false;
    }
    return true;
  }

  #bytes(pointer: number, from: number, to: number): Uint8Array {
    return viewOf("uint8", pointer + from, to - from);
  }

  free(): void {
    for (const pointer of new Set(this.#arrays.map((array) => array.pointer))) freeInternal(pointer);
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}
