/** Where elements come from: a file, which is read where they are to lie, or a stream, whose pieces are copied. */
import { type FileHandle, open } from "node:fs/promises";
import { orAbort } from "../abort.js";
import { isAsyncIterable, show } from "../validate.js";
import type { Reading, Source } from "./places.js";

/**
 * @param from the byte to begin at
 * @throws TypeError for what is no source; RangeError when it ends before `from`
 */
export async function openSource(source: Source, from: number, signal: AbortSignal | undefined): Promise<Reading> {
  if (typeof source === "string" || source instanceof URL) return readFile(await open(source), from, signal, true);
  if (isFileHandle(source)) return readFile(source, from, signal, false);
  if (isBlob(source)) return readStream(piecesOf(source.stream()), from, signal, source.size - from);
  return readStream(piecesOf(source), from, signal);
}

export function isFileHandle(value: unknown): value is FileHandle {
  const { fd, stat } = (value ?? {}) as Partial<FileHandle>;
  return typeof fd === "number" && typeof stat === "function";
}

function isBlob(source: object): source is { readonly size: number; stream(): unknown } {
  const { size, stream } = (source ?? {}) as { size?: unknown; stream?: unknown };
  return typeof size === "number" && typeof stream === "function";
}

function piecesOf(stream: unknown): AsyncIterator<Uint8Array> {
  if (isAsyncIterable(stream)) return stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  throw new TypeError(
    `source must be a path, a file: URL, a FileHandle, a Blob, or a stream or async iterable of bytes, got ${show(stream)}`,
  );
}

function endsEarly(from: number): RangeError {
  return new RangeError(`byteOffset is ${from}, but the source ends before it`);
}

async function readFile(
  file: FileHandle,
  from: number,
  signal: AbortSignal | undefined,
  isOurs: boolean,
): Promise<Reading> {
  const close = async () => {
    if (isOurs) await file.close();
  };
  try {
    const stat = await file.stat();
    // Pipes and devices have neither size nor positions, and what a system makes as it is read, as in /proc, has no size.
    if (!stat.isFile() || (isOurs && stat.size === 0))
      return await readStream(piecesOf(file.createReadStream({ autoClose: isOurs })), from, signal);
    if (stat.size < from) throw endsEarly(from);
    let position = from;
    const read = async (view: Uint8Array) => {
      const { bytesRead } = await file.read(view, 0, view.length, position);
      position += bytesRead;
      return bytesRead;
    };
    return { bytes: stat.size - from, read, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readStream(
  pieces: AsyncIterator<Uint8Array>,
  from: number,
  signal: AbortSignal | undefined,
  bytes?: number,
): Promise<Reading> {
  let piece: Uint8Array = new Uint8Array();
  /** @returns the next bytes, at most so many; none at the end */
  const take = async (most: number) => {
    while (piece.length === 0) {
      const { done, value } = await orAbort(pieces.next(), signal);
      if (done) break;
      if (!(value instanceof Uint8Array)) throw new TypeError(`source must yield Uint8Arrays, got ${show(value)}`);
      piece = value;
    }
    const taken = piece.subarray(0, most);
    piece = piece.subarray(taken.length);
    return taken;
  };
  const read = async (view: Uint8Array) => {
    const taken = await take(view.length);
    view.set(taken);
    return taken.length;
  };
  // A stream that brings nothing any more would not end before it does.
  const close = async () => void pieces.return?.()?.catch(() => {});
  try {
    for (let left = from; left > 0; ) {
      const { length } = await take(left);
      if (length === 0) throw endsEarly(from);
      left -= length;
    }
    return { bytes, read, close };
  } catch (error) {
    await close();
    throw error;
  }
}
