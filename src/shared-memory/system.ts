/**
 * The system's calls for shared memory: names are opened, given bytes, mapped and unlinked. Each that fails throws an error
 * with `code`, `errno` and `syscall`, as those of node:fs do.
 */
import { fstatSync, ftruncateSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import { UnsupportedError } from "../errors.js";
import { type Koffi, koffi } from "./koffi.js";

/** Only the user that made it may open a block. */
const MODE = 0o600;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const EINTR = 4;

/** The calls that the system has. Results are numbers, addresses bigints. */
interface Calls {
  readonly koffi: Koffi;
  open(path: string, flags: number): number;
  unlink(path: string): number;
  close(file: number): number;
  map(bytes: number, file: number): bigint;
  unmap(address: bigint, bytes: number): number;
  /** Takes pages from the system; returns its error. macOS has none, and takes them with the size. */
  readonly reserve: ((file: number, bytes: number) => number) | undefined;
}

let bound: Calls | undefined;

function calls(): Calls {
  bound ??= bind();
  return bound;
}

function bind(): Calls {
  if (process.platform === "win32") throw new UnsupportedError("Windows has no POSIX shared memory");
  const ffi = koffi();
  const library = ffi.load(null);
  // Where parameters are variadic, Apple's processors expect them elsewhere.
  const isVariadic = process.platform === "darwin";
  try {
    const open = library.func("shm_open", "int", ["str", "int", isVariadic ? "..." : "uint"]);
    const mode = isVariadic ? ["uint", MODE] : [MODE];
    const unlink = library.func("shm_unlink", "int", ["str"]);
    const close = library.func("close", "int", ["int"]);
    const map = library.func("mmap", "void *", ["void *", "size_t", "int", "int", "int", "long"]);
    const unmap = library.func("munmap", "int", ["void *", "size_t"]);
    const reserve = isVariadic ? undefined : library.func("posix_fallocate", "int", ["int", "long", "long"]);
    return {
      koffi: ffi,
      open: (path, flags) => open(path, flags, ...mode) as number,
      unlink: (path) => unlink(path) as number,
      close: (file) => close(file) as number,
      map: (bytes, file) => map(null, bytes, PROT_READ_WRITE, MAP_SHARED, file, 0) as bigint,
      unmap: (address, bytes) => unmap(address, bytes) as number,
      reserve: reserve && ((file, bytes) => reserve(file, 0, bytes) as number),
    };
  } catch (cause) {
    throw new UnsupportedError(`this system has no POSIX shared memory: ${(cause as Error).message}`, { cause });
  }
}

/** Opens a name; the file is closed by `closeBlock`. */
export function openBlock(name: string, flags: number): number {
  const { open, koffi } = calls();
  const file = open(`/${name}`, flags);
  if (file < 0) throw systemError("shm_open", koffi.errno());
  return file;
}

/** Removes a name; a process that has the block mapped keeps it. */
export function unlinkBlock(name: string): void {
  const { unlink, koffi } = calls();
  if (unlink(`/${name}`) < 0) throw systemError("shm_unlink", koffi.errno());
}

/** The same where it may be gone already, or be another user's. */
export function tryUnlinkBlock(name: string): void {
  calls().unlink(`/${name}`);
}

export function closeBlock(file: number): void {
  calls().close(file);
}

/** Its size, and which of those that had the name it is: nothing else has the same identity while this one is there. */
export function describeBlock(file: number): { readonly bytes: number; readonly identity: string } {
  const { size, dev, ino } = fstatSync(file);
  return { bytes: size, identity: `${dev}:${ino}` };
}

/** Gives a new block its pages (48 MB: 4-8 ms): a write to one that the system has no room for would end the process. */
export function reserveBlock(file: number, bytes: number): void {
  const { reserve } = calls();
  if (!reserve) ftruncateSync(file, bytes);
  let error = reserve ? EINTR : 0;
  while (error === EINTR) error = reserve?.(file, bytes) ?? 0;
  if (error !== 0) throw systemError("posix_fallocate", error);
}

/** @returns the address of the mapping */
export function mapBlock(file: number, bytes: number): bigint {
  const { map, koffi } = calls();
  const address = map(bytes, file);
  if (address === 2n ** BigInt(8 * koffi.sizeof("void *")) - 1n) throw systemError("mmap", koffi.errno());
  return address;
}

export function unmapBlock(address: bigint, bytes: number): void {
  calls().unmap(address, bytes);
}

/** The buffer of a mapping. */
export function bufferOn(address: bigint, bytes: number): ArrayBuffer {
  return calls().koffi.view(address, bytes);
}

function systemError(syscall: string, errno: number): NodeJS.ErrnoException {
  const [code, text] = getSystemErrorMap().get(-errno) ?? [`error ${errno}`, "unknown to Node"];
  return Object.assign(new Error(`${code}: ${text}, ${syscall}`), { code, errno: -errno, syscall });
}
