/** Elements of the heap, written into a file or stream. */
import { type FileHandle, open } from "node:fs/promises";
import { orAbort } from "../abort.js";
import { checkRunOptions, type RunOptions } from "../run-options.js";
import { knownOptions, show } from "../validate.js";
import type { AnyArray, HeapArray } from "./elements.js";
import { bytesOf, PIECE, pinned, progressOf } from "./load.js";
import type { ByteWriter, Target } from "./places.js";
import { isFileHandle } from "./source.js";

/** See `heap.save`. */
export async function saveArray(target: Target, array: HeapArray, options: RunOptions = {}): Promise<void> {
  checkRunOptions(options);
  knownOptions(options, ["signal", "onProgress"]);
  const unpin = pinned("array", undefined, array);
  try {
    await writeArray(target, array, options);
  } finally {
    unpin();
  }
}

/** @param head bytes before the elements */
export async function writeArray(
  target: Target,
  array: AnyArray,
  options: RunOptions,
  head: Uint8Array = new Uint8Array(),
): Promise<void> {
  options.signal?.throwIfAborted();
  const content = { array, head };
  if (typeof target === "string" || target instanceof URL) await writePath(target, content, options);
  else if (isFileHandle(target)) await writeAll((piece) => writeFile(target, piece), content, options);
  else if (isByteWriter(target)) await writeStream(target, content, options);
  else throw new TypeError(`target must be a path, a file: URL, a FileHandle or a Writable, got ${show(target)}`);
}

interface Content {
  readonly head: Uint8Array;
  readonly array: AnyArray;
}

async function writePath(path: string | URL, content: Content, options: RunOptions): Promise<void> {
  const file = await open(path, "w");
  try {
    await writeAll((piece) => writeFile(file, piece), content, options);
  } finally {
    await file.close();
  }
}

async function writeAll(
  write: (piece: Uint8Array) => Promise<void>,
  { head, array }: Content,
  options: RunOptions,
): Promise<void> {
  if (head.length > 0) await write(head);
  const bytes = bytesOf(array);
  const tell = progressOf(options, array.length);
  for (let at = 0; at < bytes.length; at += PIECE) {
    if (at > 0) tell(at / array.BYTES_PER_ELEMENT);
    await write(bytes.subarray(at, at + PIECE));
    options.signal?.throwIfAborted();
  }
  tell(array.length);
}

async function writeFile(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
}

async function writeStream(stream: ByteWriter, content: Content, options: RunOptions): Promise<void> {
  // The callback of a piece has the error of a stream that has failed or ended; where no one listened, it would end the program.
  const ignore = () => {};
  stream.on("error", ignore);
  const write = (piece: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      // A stream that is destroyed does not call back for the piece that it is writing.
      const closed = () => reject(new Error("target was closed before the array was written"));
      stream.on("error", reject);
      stream.on("close", closed);
      // A stream may keep what it is given: it gets copies.
      stream.write(Buffer.from(piece), (error) => {
        stream.off("error", reject);
        stream.off("close", closed);
        if (error) reject(error);
        else resolve();
      });
    });
  await writeAll((piece) => orAbort(write(piece), options.signal), content, options);
  stream.off("error", ignore);
}

function isByteWriter(value: unknown): value is ByteWriter {
  const { write, on } = (value ?? {}) as Partial<ByteWriter>;
  return typeof write === "function" && typeof on === "function";
}
