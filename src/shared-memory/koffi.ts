/** koffi, by which the system is called: an optional peer dependency, loaded when it is first needed (27-34 ms). */
import { createRequire } from "node:module";
import { UnsupportedError } from "../errors.js";

/** The part of koffi 3 that is used here. */
export interface Koffi {
  readonly version: string;
  /** A library, or with null what the program itself is linked with. */
  load(path: string | null): Library;
  sizeof(type: string): number;
  /** An ArrayBuffer on foreign memory, which it does not free. */
  view(address: bigint, bytes: number): ArrayBuffer;
  /** The error number that this thread's last call has left. */
  errno(): number;
}

interface Library {
  /** @throws Error when the library has no such function */
  func(name: string, result: string, parameters: readonly string[]): (...args: readonly unknown[]) => unknown;
}

let loaded: Koffi | undefined;

/** @throws UnsupportedError that says why koffi is not to be had, and what helps */
export function koffi(): Koffi {
  loaded ??= load();
  return loaded;
}

function load(): Koffi {
  let found: Koffi;
  try {
    const require = createRequire(import.meta.url);
    found = require("koffi") as Koffi;
  } catch (cause) {
    throw new UnsupportedError(reasonOf(cause as NodeJS.ErrnoException), { cause });
  }
  // koffi 2 has pointers of another type.
  if (found.version.startsWith("3.")) return found;
  throw new UnsupportedError(`shared memory needs koffi 3, found ${found.version}: npm install koffi@3`);
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "MODULE_NOT_FOUND") return "shared memory needs the package koffi: npm install koffi@3";
  if (code === "ERR_DLOPEN_DISABLED" || code === "ERR_ACCESS_DENIED")
    return "shared memory needs the native addon of koffi, which this process may not load: run node without --no-addons, and where it has the permission model with --allow-addons and the right to read node_modules";
  if (message.startsWith("Cannot find the native Koffi module"))
    return `shared memory needs the native addon of koffi for ${process.platform}-${process.arch}, which is not installed beside it: install without --omit=optional`;
  return `shared memory needs koffi, which can't be loaded: ${message}`;
}
