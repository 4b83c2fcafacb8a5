/**
 * The one shared `WebAssembly.Memory` of this process and the arrays on it.
 *
 * The thread that imported the package owns the heap: it alone allocates and frees. Worker entries call `adoptMemory`
 * before anything else; from then on the same module serves views of the owner's memory and refuses to allocate. A
 * child process has a separate memory, which only the executor's code in it allocates from.
 */
import { kept } from "../builtins.js";
import { MemoryError, UnsupportedError } from "../errors.js";
import { byteSize, optionsObject, show, wholeNumber } from "../validate.js";
import { Allocator } from "./allocator.js";
import {
  type AnyArray,
  ARRAY_TYPES,
  type Content,
  copyIn,
  type ElementType,
  elementType,
  type HeapArray,
  notElements,
} from "./elements.js";
import { addressLimit, GREATEST_HEAP, HEAP_START, LINE, PAGE } from "./layout.js";

export {
  type AnyArray,
  ARRAY_TYPES,
  arrayTypeName,
  type ElementType,
  elementType,
  type HeapArray,
  type OrdinaryArray,
} from "./elements.js";

/** A shared `WebAssembly.Memory`: the name itself is not known to users' compilers without the dom library. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** Grows by `delta` pages; returns the size before, in pages. */
  grow(delta: number): number;
}

type Role = "owner" | "worker" | "child";

/** A live user array: how many running jobs use it decides whether it may be freed. */
interface Allocation {
  readonly pointer: number;
  readonly bytes: number;
  users: number;
  live: boolean;
  /** Of the package itself: not among the live user arrays, and so known by its views' identity alone. */
  readonly isTemporary?: boolean;
}

let role: Role = "owner";
let memory: SharedMemory | undefined;
let allocator: Allocator | undefined;
let configured: number | undefined;

/** The greatest size of the heap in bytes: configured, from ALLCORES_HEAP, or all that 32-bit pointers reach. */
function heapLimit(): number {
  if (configured !== undefined) return configured;
  const setting = process.env.ALLCORES_HEAP;
  return setting ? checkedLimit("ALLCORES_HEAP", byteSize("ALLCORES_HEAP", setting)) : GREATEST_HEAP;
}

function checkedLimit(name: string, bytes: number): number {
  const whole = wholeNumber(name, bytes, 2 * PAGE, 2 ** 32);
  return Math.min(GREATEST_HEAP, Math.ceil(whole / PAGE) * PAGE);
}

/**
 * Sets the greatest size of the heap, in bytes (128 KiB to 4 GiB; rounded up to whole 64 KiB pages). Default: 4 GiB less
 * 80 MiB and a page, the greatest that 32-bit pointers reach, or ALLCORES_HEAP. Only before the heap is first used.
 */
export function configureHeap(options: { bytes: number }): void {
  optionsObject("options", options);
  const limit = checkedLimit("bytes", options.bytes);
  if (memory !== undefined)
    throw new UnsupportedError("configureHeap: the heap is in use already; configure it before the first array or job");
  configured = limit;
}

/** The shared memory, made on first use: up to where blocks begin (address space, no pages), later up to the limit. */
export function sharedMemory(): SharedMemory {
  if (memory !== undefined) return memory;
  const limit = heapLimit();
  const maximum = addressLimit(limit) / PAGE;
  try {
    memory = new WebAssembly.Memory({ initial: HEAP_START / PAGE, maximum, shared: true });
  } catch (cause) {
    throw new MemoryError(
      "the shared heap could not be made. V8 reserves about 10 GiB of address space for any shared memory, however " +
        "small: raise the limit (ulimit -v unlimited), or run node with --disable-wasm-trap-handler",
      { cause },
    );
  }
  configured = limit;
  allocator = new Allocator(HEAP_START, maximum * PAGE);
  return memory;
}

/** Called by worker entries, first of all: this thread works on the owner's memory. */
export function adoptMemory(shared: SharedMemory): void {
  role = "worker";
  memory = shared;
}

/** Called by the child process entry, first of all: this process's memory is the executor's, not the user's. */
export function becomeChild(): void {
  role = "child";
}

/** What errors advise where a program runs in a thread that should only load its kernels. */
export const GUARD =
  "where a file is program and kernel, guard the program with `if (!isKernelThread())`, of allcores/worker";

/** Whether this thread may allocate for the user, and so have pools. */
export function ownsHeap(): boolean {
  return role === "owner";
}

/**
 * Takes a block for the package itself (control blocks, scratch, internal outputs): not in `heap.stats()`.
 * @returns a pointer on a cache line; the memory is zeroed unless `zeroed` is false
 */
export function allocateInternal(bytes: number, what: string, zeroed = true): number {
  const { buffer } = sharedMemory();
  const books = allocator;
  if (books === undefined) throw notTheOwner(what);
  const pointer = books.allocate(bytes);
  if (pointer === undefined) throw outOfMemory(bytes, what, books);
  const end = pointer + bytes;
  if (end > buffer.byteLength) growTo(end, bytes, what, pointer);
  // Above the high-water mark pages are zero already; below it, 64-bit stores are 4x as fast as bytes on shared memory.
  const dirty = Math.min(end, books.highWater);
  if (zeroed && dirty > pointer)
    new Float64Array(sharedMemory().buffer, pointer, Math.ceil((dirty - pointer) / 8)).fill(0);
  books.highWater = Math.max(books.highWater, end);
  return pointer;
}

/** Gives back what `allocateInternal` took. */
export function freeInternal(pointer: number): void {
  allocator?.free(pointer);
}

function growTo(end: number, bytes: number, what: string, pointer: number): void {
  const shared = sharedMemory();
  // An eighth more than needed, so that many small arrays do not grow it one page at a time.
  const room = shared.buffer.byteLength;
  const target = Math.min(addressLimit(heapLimit()), Math.max(end, room + Math.floor(room / 8)));
  try {
    shared.grow(Math.ceil((target - room) / PAGE));
  } catch (cause) {
    allocator?.free(pointer);
    throw new MemoryError(`${what}: the system refused ${bytes} bytes more for the shared heap`, { cause });
  }
}

function outOfMemory(bytes: number, what: string, books: Allocator): MemoryError {
  const { total, largest } = books.room();
  return new MemoryError(
    `${what}: ${bytes} bytes asked, ${total} bytes free on the heap (largest stretch ${largest}) of ${heapLimit()}. ` +
      (heapLimit() < GREATEST_HEAP
        ? "Raise the limit with configureHeap({ bytes }), ALLCORES_HEAP=4GiB or --heap"
        : "This is the greatest heap that 32-bit pointers reach: free arrays, or work in parts"),
  );
}

const allocations = new WeakMap<object, Allocation>();
const buffers = new WeakSet<ArrayBufferLike>();
/** Live user arrays by pointer, ascending: finds the array that a subarray is part of. */
const live: Allocation[] = [];
let usedBytes = 0;

function positionOf(pointer: number): number {
  let low = 0;
  let high = live.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((live[middle] as Allocation).pointer <= pointer) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param zeroed false: what is written at once */
export function allocateArray<T extends ElementType>(type: T, content: Content<T>, zeroed = true): HeapArray<T> {
  if (role !== "owner") throw notTheOwner(`heap.${type}`);
  const Type = ARRAY_TYPES[type];
  const length = typeof content === "number" ? content : arrayLength(type, content);
  wholeNumber(`heap.${type}: length`, length, 0, Number.MAX_SAFE_INTEGER);
  const bytes = length * Type.BYTES_PER_ELEMENT;
  const pointer = allocateInternal(bytes, `heap.${type}(${length})`, zeroed && typeof content === "number");
  const { buffer } = sharedMemory();
  buffers.add(buffer);
  const array = view(type, buffer, pointer, length);
  try {
    if (typeof content !== "number") copyIn(type, array, content);
  } catch (error) {
    freeInternal(pointer);
    throw error;
  }
  const allocation: Allocation = { pointer, bytes, users: 0, live: true };
  allocations.set(array, allocation);
  live.splice(positionOf(pointer), 0, allocation);
  usedBytes += bytes;
  return array;
}

function notTheOwner(what: string): UnsupportedError {
  return new UnsupportedError(
    `${what}: only the thread that imported allcores allocates; pass arrays into the kernel, or ask the job for scratch; ${GUARD}`,
  );
}

function arrayLength(type: ElementType, content: ArrayLike<unknown>): number {
  if (typeof content === "object" && content !== null && typeof content.length === "number") return content.length;
  throw notElements(type, content);
}

/**
 * An array for the package itself, as job argument: not zeroed, not in `heap.stats()`.
 * @returns the array, and a function that gives it back
 */
export function temporaryArray<T extends ElementType>(type: T, length: number, what: string) {
  if (role !== "owner") throw notTheOwner(what); // a child could, but a kernel is to do the same everywhere
  const bytes = length * ARRAY_TYPES[type].BYTES_PER_ELEMENT;
  const pointer = allocateInternal(bytes, what, false);
  const array = viewOf(type, pointer, length);
  buffers.add(array.buffer); // which is another one when the memory has grown
  allocations.set(array, { pointer, bytes, users: 0, live: true, isTemporary: true });
  return { array, free: () => freeInternal(pointer) };
}

/** A view of some elements, which is known as the array itself is: those of a temporary array are looked up by identity. */
export function partOf<T extends AnyArray>(array: T, begin = 0, end = array.length): T {
  const part = array.subarray(begin, end) as T;
  const allocation = allocations.get(array);
  if (allocation?.isTemporary) allocations.set(part, allocation);
  return part;
}

/** Whether this is a typed array on the shared heap's memory, live or not. */
export function isOnHeap(value: unknown): boolean {
  return (
    kept.ArrayBuffer.isView(value) &&
    (buffers.has(value.buffer) || (memory !== undefined && value.buffer === memory.buffer))
  );
}

/** The live allocation that an array lies in: made by the heap, or a subarray of such a one. */
function owner(array: AnyArray): Allocation | undefined {
  const known = allocations.get(array);
  if (known) return known.live ? known : undefined;
  if (!isOnHeap(array)) return undefined;
  const candidate = live[positionOf(array.byteOffset) - 1];
  return candidate && array.byteOffset + array.byteLength <= candidate.pointer + candidate.bytes
    ? candidate
    : undefined;
}

/**
 * Marks an array as used by a running job, so that it can't be freed.
 * @returns a function that releases it, or undefined when the array is not on the heap or no longer live
 */
export function pin(array: AnyArray): (() => void) | undefined {
  const allocation = owner(array);
  if (allocation === undefined) return undefined;
  allocation.users++;
  return () => {
    allocation.users--;
  };
}

function view<T extends ElementType>(
  type: T,
  buffer: SharedArrayBuffer,
  pointer: number,
  length: number,
): HeapArray<T> {
  const Type = ARRAY_TYPES[type] as unknown as new (...where: [SharedArrayBuffer, number, number]) => HeapArray<T>;
  return new Type(buffer, pointer, length);
}

/** A view of `length` elements at a pointer into this thread's shared memory. */
export function viewOf<T extends ElementType>(type: T, pointer: number, length: number): HeapArray<T> {
  return view(type, sharedMemory().buffer, pointer, length);
}

let words: Int32Array | undefined;

/** The words of the whole memory, with those of a block among them: the view is kept until the memory has grown beyond. */
export function wordsOf(pointer: number, bytes: number): Int32Array {
  if (words === undefined || words.byteLength < pointer + bytes)
    words = viewOf("int32", 0, sharedMemory().buffer.byteLength / 4);
  return words;
}

/**
 * Gives an array's memory back.
 * @throws RangeError for what is not a live array of the heap (a subarray, freed twice) or is used by a running job
 */
export function freeArray(array: AnyArray): void {
  const allocation = typeof array === "object" && array !== null ? allocations.get(array) : undefined;
  if (allocation === undefined) {
    if (elementType(array) === undefined)
      throw new TypeError(`heap.free: array must be a heap array, got ${show(array)}`);
    throw new RangeError(
      isOnHeap(array)
        ? "heap.free: array is a part of a heap array (or another thread's); free the array that the heap made"
        : "heap.free: array is not on the heap",
    );
  }
  if (!allocation.live) throw new RangeError("heap.free: array has been freed already");
  if (allocation.users > 0)
    throw new RangeError("heap.free: array is used by a running job; await or cancel the job first");
  allocation.live = false;
  live.splice(positionOf(allocation.pointer) - 1, 1);
  usedBytes -= allocation.bytes;
  // A primitive on its first line (a lock that a thread watches) is none any more.
  new Uint8Array(sharedMemory().buffer, allocation.pointer, Math.min(LINE, allocation.bytes)).fill(0);
  freeInternal(allocation.pointer);
}

/** Whether the heap made it, and it has not been freed. */
export function isLive(array: AnyArray): boolean {
  return allocations.get(array)?.live === true;
}

/** Bytes: `reserved` at most, `used` by live user arrays, `free` the difference; and how many arrays are live. */
export function heapStats(): { reserved: number; used: number; free: number; allocations: number } {
  const reserved = heapLimit();
  return { reserved, used: usedBytes, free: reserved - usedBytes, allocations: live.length };
}
