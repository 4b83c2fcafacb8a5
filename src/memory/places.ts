/** Where elements are read from and written to, as types that need none of Node's. */

/** A `FileHandle` of `node:fs/promises`. */
export interface OpenFile {
  readonly fd: number;
  stat(): Promise<{ isFile(): boolean }>;
}

/** A path, a file: URL, an open file, a stream, or a Blob. */
export type Source = string | URL | OpenFile | AsyncIterable<Uint8Array> | { readonly size: number; stream(): unknown };

/** A `Writable` of `node:stream`. */
export interface ByteWriter {
  write(piece: Uint8Array, callback: (error?: Error | null) => void): boolean;
  on(event: "error" | "close", listener: (error: Error) => void): unknown;
  off(event: "error" | "close", listener: (error: Error) => void): unknown;
}

/** A path, a file: URL, an open file, or a stream. */
export type Target = string | URL | OpenFile | ByteWriter;

/** A source that is being read. */
export interface Reading {
  /** Bytes that are left; undefined: not known before its end. */
  readonly bytes: number | undefined;
  /** Fills the beginning of a view. @returns how many bytes, 0 at the end */
  read(view: Uint8Array): Promise<number>;
  close(): Promise<void>;
}
