/** The heap as users see it: what makes arrays and texts, alone or in a scope, and what gives them back. */
import type { RunOptions, SubmitOptions } from "../run-options.js";
import { type AnyArray, ARRAY_TYPES, type Content, type ElementType, type HeapArray } from "./elements.js";
import { allocateArray, freeArray, heapStats, isLive } from "./heap.js";
import { type LoadOptions, loadArray } from "./load.js";
import type { Source, Target } from "./places.js";
import { saveArray } from "./save.js";
import { makeTexts, makeTextsAsync, Texts } from "./texts.js";

type MadeBy = {
  /** @throws MemoryError when the heap is exhausted; TypeError for elements of the wrong type */
  readonly [T in ElementType]: (content: Content<T>) => HeapArray<T>;
};

/** Zeroed typed arrays of a length, or copies of an array's numbers (bigints for int64 and uint64), on shared memory. */
export interface Allocating extends MadeBy {
  /**
   * Reads little-endian elements straight into a heap array: `await heap.load("prices.f64", "float64")`. A file is read where
   * it is to lie, without a copy; a stream or Blob a piece at a time.
   * @param source a path or file: URL, an open FileHandle (read by position, not closed), a stream or async iterable of
   *   Uint8Arrays, or a Blob
   * @returns the array, or `out`. Rejects with a RangeError for a size that is no multiple of the element's or not that of
   *   `out`, a MemoryError when the heap is exhausted, the signal's reason, or the error of the file or stream
   */
  load<T extends ElementType>(source: Source, type: T, options?: LoadOptions<NoInfer<T>>): Promise<HeapArray<T>>;
  /**
   * Strings as bytes and offsets, for kernels: a million of 17 letters take about 60 ms of this thread.
   * @throws TypeError for what is no string; MemoryError when the heap is exhausted
   */
  texts(strings: readonly string[]): Texts;
  /**
   * The same for many: other work of this thread has its turn every 5 ms.
   * @returns rejects as `texts` throws, and with the signal's reason
   */
  textsAsync(strings: Iterable<string> | AsyncIterable<string>, options?: SubmitOptions): Promise<Texts>;
}

/**
 * Runs allocations that are freed together, in the reverse order, when the scope is disposed. What `load` and `textsAsync`
 * bring only then is freed at once, and they reject with a RangeError.
 */
export interface HeapScope extends Allocating, Disposable {}

/**
 * The shared heap of this process: typed arrays that all threads see, made with a length (zeroed) or from numbers, given
 * back by `free`. Only the thread that imported the package allocates.
 */
export interface Heap extends Allocating {
  /**
   * Writes an array's elements, little-endian.
   * @param target a path or file: URL (a file that is there is overwritten; after an error it holds a part), an open
   *   FileHandle (written from where it is, not closed), or a Writable (not ended)
   * @returns rejects with a RangeError for what is no live array of the heap, the signal's reason, or the error of the file
   *   or stream
   */
  save(target: Target, array: HeapArray, options?: RunOptions): Promise<void>;
  /**
   * Gives the memory of an array or of texts back. Its old views still read the same memory, whichever array has it then.
   * @throws RangeError for what is not a live array of the heap (a subarray, freed twice) or is used by a running job
   */
  free(what: AnyArray | Texts): void;
  /** `using scope = heap.scope()`: arrays made by the scope are freed at its end. */
  scope(): HeapScope;
  /** Bytes: `reserved` at most, `used` by live user arrays, `free` the difference; and how many arrays are live. */
  stats(): { reserved: number; used: number; free: number; allocations: number };
}

/** @param begin of an allocation @returns what is given the array, which may come later */
function allocating(begin: () => (array: AnyArray) => void = () => () => {}): Allocating {
  const methods = {} as Record<ElementType, (content: Content<ElementType>) => AnyArray>;
  for (const type of Object.keys(ARRAY_TYPES) as ElementType[])
    methods[type] = (content) => {
      const array = allocateArray(type, content);
      begin()(array);
      return array;
    };
  const noted = (texts: Texts, made = begin()) => {
    made(texts.block);
    return texts;
  };
  return {
    ...(methods as MadeBy),
    load: async (source, type, options) => {
      const made = begin();
      const array = await loadArray(source, type, options);
      if (array !== options?.out) made(array);
      return array;
    },
    texts: (strings) => noted(makeTexts(strings)),
    textsAsync: async (strings, options) => {
      const made = begin();
      return noted(await makeTextsAsync(strings, options), made);
    },
  };
}

/** The shared heap: see `Heap`. */
export const heap: Heap = Object.freeze({
  ...allocating(),
  save: saveArray,
  free: (what: AnyArray | Texts) => freeArray(what instanceof Texts ? what.block : what),
  stats: heapStats,

  scope(): HeapScope {
    const made: AnyArray[] = [];
    let disposals = 0;
    const begin = () => {
      const before = disposals;
      return (array: AnyArray) => {
        if (disposals === before) made.push(array);
        else {
          freeArray(array);
          throw new RangeError("the scope of heap.scope() was disposed before the array was there");
        }
      };
    };
    return {
      ...allocating(begin),
      [Symbol.dispose]() {
        disposals++;
        let failure: unknown;
        const kept: AnyArray[] = [];
        for (const array of made.splice(0).reverse()) {
          if (!isLive(array)) continue; // freed by hand
          try {
            freeArray(array);
          } catch (error) {
            failure ??= error; // in use: disposing again frees it
            kept.unshift(array);
          }
        }
        made.push(...kept);
        if (failure !== undefined) throw failure;
      },
    };
  },
});
