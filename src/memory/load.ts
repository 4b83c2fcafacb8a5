/** Elements of a file or stream, read into an array of the heap. */
import { checkRunOptions, PROGRESS_MS, type RunOptions } from "../run-options.js";
import { performance } from "../timers.js";
import { knownOptions, oneOf, show, wholeNumber } from "../validate.js";
import { type AnyArray, ARRAY_TYPES, type ElementType, elementType, type HeapArray } from "./elements.js";
import { allocateArray, freeArray, pin } from "./heap.js";
import type { Reading, Source } from "./places.js";
import { openSource } from "./source.js";

/** What part of a source is read, and where to. Progress counts elements; of a stream of unknown length `total` is Infinity. */
export interface LoadOptions<T extends ElementType = ElementType> extends RunOptions {
  /** The byte to begin at, default 0. */
  readonly byteOffset?: number | undefined;
  /** How many elements, default all, or as many as `out` has. */
  readonly length?: number | undefined;
  /** A heap array of the same length, which is overwritten; after an error it holds a part. */
  readonly out?: HeapArray<T> | undefined;
}

const ELEMENT_TYPES = Object.keys(ARRAY_TYPES) as ElementType[];
const OPTIONS = ["byteOffset", "length", "out", "signal", "onProgress"];

/** Bytes that are read at once: between pieces, the signal is looked at. */
export const PIECE = 2 ** 22;

/** See `heap.load`. */
export async function loadArray<T extends ElementType>(
  source: Source,
  type: T,
  options: LoadOptions<T> = {},
): Promise<HeapArray<T>> {
  checkRunOptions(options);
  knownOptions(options, OPTIONS);
  oneOf("type", type, ELEMENT_TYPES);
  const { byteOffset = 0, length, out, signal } = options;
  wholeNumber("byteOffset", byteOffset, 0, Number.MAX_SAFE_INTEGER);
  if (length !== undefined) wholeNumber("length", length, 0, Number.MAX_SAFE_INTEGER);
  const unpin = out && pinned("out", type, out);
  try {
    if (out && length !== undefined && out.length !== length)
      throw new RangeError(`out must have length = ${length} elements, got ${out.length}`);
    signal?.throwIfAborted();
    const reading = await openSource(source, byteOffset, signal);
    try {
      return await readArray(reading, type, options);
    } finally {
      await reading.close();
    }
  } finally {
    unpin?.();
  }
}

/**
 * Pins an array of the heap.
 * @throws TypeError for another one; RangeError for one that is not live
 */
export function pinned(name: string, type: ElementType | undefined, array: HeapArray): () => void {
  const found = elementType(array);
  if (found === undefined || found !== (type ?? found))
    throw new TypeError(`${name} must be an array made by heap.${type ?? "float64 or the like"}, got ${show(array)}`);
  const unpin = pin(array);
  if (!unpin) throw new RangeError(`${name} must be a live array of the heap`);
  return unpin;
}

async function readArray<T extends ElementType>(
  reading: Reading,
  type: T,
  options: LoadOptions<T>,
): Promise<HeapArray<T>> {
  const unit = ARRAY_TYPES[type].BYTES_PER_ELEMENT;
  const all = reading.bytes === undefined ? undefined : elementsIn(reading.bytes, unit, options);
  const length = options.length ?? all ?? options.out?.length;
  if (length === undefined) return gather(reading, type, options);
  const { out } = options;
  if (out && out.length !== length)
    throw new RangeError(`out must have ${length} elements, as the source, got ${out.length}`);
  if (all !== undefined && all < length) throw tooShort(all, length);
  const array = out ?? allocateArray(type, length, false);
  try {
    const tell = progressOf(options, length);
    const bytes = await fill(reading, bytesOf(array), options, (bytes) => tell(bytes / unit));
    if (bytes < array.byteLength) throw tooShort(Math.floor(bytes / unit), length);
    const mayBeLonger = all === undefined && options.length === undefined;
    if (mayBeLonger && (await reading.read(new Uint8Array(1))) > 0)
      throw new RangeError(`out must have as many elements as the source, which has more than ${length}`);
    tell(length);
    return array;
  } catch (error) {
    if (!out) freeArray(array);
    throw error;
  }
}

/** Reads a stream of unknown length: it is copied once more, since arrays of the heap do not grow. */
async function gather<T extends ElementType>(
  reading: Reading,
  type: T,
  options: LoadOptions<T>,
): Promise<HeapArray<T>> {
  const unit = ARRAY_TYPES[type].BYTES_PER_ELEMENT;
  const pieces: Uint8Array[] = [];
  const tell = progressOf(options, Infinity);
  let bytes = 0;
  for (let piece: Uint8Array; bytes === pieces.length * PIECE; pieces.push(piece)) {
    piece = new Uint8Array(PIECE);
    bytes += await fill(reading, piece, options, (some) => tell(Math.floor((bytes + some) / unit)));
  }
  const length = elementsIn(bytes, unit, options);
  options.onProgress?.({ done: length, total: length });
  const array = allocateArray(type, length, false);
  const target = bytesOf(array);
  for (const [i, piece] of pieces.entries()) target.set(piece.subarray(0, bytes - i * PIECE), i * PIECE);
  return array;
}

/** Fills a view. @returns how many bytes there were */
export async function fill(
  reading: Reading,
  view: Uint8Array,
  { signal }: RunOptions,
  tell: (bytes: number) => void,
): Promise<number> {
  let done = 0;
  while (done < view.length) {
    const read = await reading.read(view.subarray(done, done + PIECE));
    signal?.throwIfAborted();
    if (read === 0) break;
    done += read;
    if (done < view.length) tell(done);
  }
  return done;
}

/** @returns a function that reports the elements done to `onProgress`, at most every 100 ms, and when all are */
export function progressOf({ onProgress }: RunOptions, total: number): (done: number) => void {
  let last = performance.now();
  return (done) => {
    const now = performance.now();
    if (!onProgress || (done < total && now - last < PROGRESS_MS)) return;
    last = now;
    onProgress({ done, total });
  };
}

export function bytesOf({ buffer, byteOffset, byteLength }: AnyArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** @throws RangeError when the elements do not end with the source, unless fewer are asked for */
function elementsIn(bytes: number, unit: number, { length }: LoadOptions): number {
  if (bytes % unit !== 0 && length === undefined)
    throw new RangeError(`the source has ${bytes} bytes, which is no multiple of the ${unit} bytes of an element`);
  return Math.floor(bytes / unit);
}

function tooShort(found: number, length: number): RangeError {
  return new RangeError(`length is ${length}, but the source has ${found} elements`);
}
