/**
 * A block of POSIX shared memory: named bytes that every process of the user can map, with no copy.
 *
 *   create(bytes, name?) ─> name ─> attach(name), in any process, thread or language
 *   view(type)           ─> typed arrays on one mapping a SharedMemory
 *   close()              ─> no new views; unmapped once the arrays are collected
 *   unlink()             ─> the name is gone; the memory goes with its last mapping
 */
import { constants as bufferConstants } from "node:buffer";
import { constants, existsSync } from "node:fs";
import { MemoryError, ShutdownError, UnsupportedError } from "../errors.js";
import { ARRAY_TYPES, type ElementType, type HeapArray } from "../memory/elements.js";
import { knownOptions, oneOf, optionsObject, show, wholeNumber } from "../validate.js";
import { removeName, watchName } from "./leaks.js";
import { mapped } from "./mapping.js";
import { checkedName, FOLDER, madeUpName, sweep } from "./name.js";
import { closeBlock, describeBlock, openBlock, reserveBlock, tryUnlinkBlock } from "./system.js";

export interface SharedMemoryOptions {
  /** Its size, 1 to what an ArrayBuffer of this Node holds (4 GiB in Node 20). */
  readonly bytes: number;
  /** 1 to 255 bytes (30 on macOS) without slashes and NULs. Default: one that is made up. */
  readonly name?: string | undefined;
}

const { O_CREAT, O_EXCL, O_RDWR } = constants;
const TYPES = Object.keys(ARRAY_TYPES) as ElementType[];
const OPTIONS = ["bytes", "name"];

/**
 * Memory under a name, shared between processes. An object of its own in each thread: others attach to its `name`, which is
 * what crosses when a SharedMemory is posted; a posted view is a copy. Locks of `allcores/sync` do not lie in it, and
 * `Atomics.wait` does not take its views.
 */
export class SharedMemory implements Disposable {
  /** The name under which other processes attach. */
  readonly name: string;
  readonly bytes: number;
  readonly #isMaker: boolean;
  readonly #identity: string;
  #buffer: ArrayBuffer | undefined;
  #isUnlinked = false;

  /** @param made its bytes, if this thread has made it: macOS rounds them up to pages */
  private constructor(name: string, file: number, made?: number) {
    const { bytes: found, identity } = describeBlock(file);
    const bytes = made ?? found;
    if (bytes === 0) throw new RangeError(`name: shared memory ${show(name)} has no bytes: its maker has not sized it`);
    const most = bufferConstants.MAX_LENGTH;
    if (bytes > most)
      throw new RangeError(`name: shared memory ${show(name)} has ${bytes} bytes, an ArrayBuffer at most ${most}`);
    this.#buffer = mapped(file, bytes);
    this.name = name;
    this.bytes = bytes;
    this.#identity = identity;
    this.#isMaker = made !== undefined;
    if (this.#isMaker) watchName(name, { bytes, identity });
  }

  /**
   * Makes a block of zeros that the user alone may open (mode 0600), takes its pages from the system, and maps it.
   * Removes what dead processes have left under made-up names.
   * @throws RangeError when the name is there already
   * @throws MemoryError when the system has no room for it
   * @throws UnsupportedError where koffi (an optional peer dependency) or the system's shared memory is missing
   */
  static create(options: SharedMemoryOptions): SharedMemory {
    optionsObject("options", options);
    knownOptions(options, OPTIONS);
    const bytes = wholeNumber("bytes", options.bytes, 1, bufferConstants.MAX_LENGTH);
    const name = options.name === undefined ? madeUpName() : checkedName(options.name);
    sweep();
    const file = opened(name, O_CREAT | O_EXCL | O_RDWR);
    try {
      reserveBlock(file, bytes);
      return new SharedMemory(name, file, bytes);
    } catch (error) {
      tryUnlinkBlock(name);
      throw noRoom(name, bytes, error as Error);
    } finally {
      closeBlock(file);
    }
  }

  /**
   * Maps the block that has this name.
   * @throws RangeError when there is none, or it has no bytes or more than an ArrayBuffer holds
   * @throws MemoryError when it can't be mapped
   * @throws UnsupportedError as `create` does, and when it is another user's
   */
  static attach(name: string): SharedMemory {
    const file = opened(checkedName(name), O_RDWR);
    try {
      return new SharedMemory(name, file);
    } catch (error) {
      throw noRoom(name, describeBlock(file).bytes, error as Error);
    } finally {
      closeBlock(file);
    }
  }

  /**
   * A typed array on the memory, in the byte order of the machine. It is no array of the heap: executors copy it.
   * Its `buffer` is an ArrayBuffer that can't be transferred.
   * @param byteOffset where it begins, a multiple of the element's size
   * @param length its elements; default: as many as fit
   * @throws ShutdownError after `close()`
   */
  view<T extends ElementType>(type: T, byteOffset = 0, length?: number): HeapArray<T> {
    const TypedArray = ARRAY_TYPES[oneOf("type", type, TYPES)];
    const size = TypedArray.BYTES_PER_ELEMENT;
    wholeNumber("byteOffset", byteOffset, 0, this.bytes);
    if (byteOffset % size !== 0)
      throw new RangeError(`byteOffset must be a multiple of ${size}, the bytes of a ${type}, got ${byteOffset}`);
    const most = Math.floor((this.bytes - byteOffset) / size);
    const elements = length === undefined ? most : wholeNumber("length", length, 0, most);
    if (!this.#buffer) throw new ShutdownError(`shared memory ${show(this.name)} has been closed`);
    // The type says that the memory is shared; only the buffer's class is another.
    return new TypedArray(this.#buffer, byteOffset, elements) as unknown as HeapArray<T>;
  }

  /** Forbids new views. The memory is unmapped when the last view has been collected. */
  close(): void {
    this.#buffer = undefined;
  }

  /** Removes the name: none attaches any more, and the memory is given back when nothing has it mapped. */
  unlink(): void {
    if (this.#isUnlinked) return;
    removeName(this.name, this.#identity);
    this.#isUnlinked = true;
  }

  /** Closes it; in the thread that made it, unlinks it too. */
  [Symbol.dispose](): void {
    this.close();
    if (this.#isMaker) this.unlink();
  }
}

function opened(name: string, flags: number): number {
  try {
    return openBlock(name, flags);
  } catch (error) {
    if (error instanceof UnsupportedError) throw error;
    const cause = error as NodeJS.ErrnoException;
    const block = `shared memory ${show(name)}`;
    if (cause.code === "EEXIST") throw new RangeError(`name: there is ${block} already`, { cause });
    if (process.platform === "linux" && !existsSync(FOLDER))
      throw new UnsupportedError(`this system has no shared memory: ${FOLDER} is missing`, { cause });
    if (cause.code === "ENOENT") throw new RangeError(`name: there is no ${block}`, { cause });
    throw new UnsupportedError(`${block} can't be opened: ${cause.message}`, { cause });
  }
}

/** The error of what the system refused for want of room, or for a limit; others as they are. */
function noRoom(name: string, bytes: number, error: NodeJS.ErrnoException): Error {
  if (error.syscall === undefined) return error;
  const message = `shared memory ${show(name)}: the system has no room for ${bytes} bytes (${error.message})`;
  return new MemoryError(message, { cause: error });
}
