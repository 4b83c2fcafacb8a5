/** The messages between the calling thread and the compiler's thread. */
import type { KernelSignature } from "../memory/metadata.js";

/** A file to compile, and how. */
export interface CompileRequest {
  /** The kernel's file, absolute. */
  readonly file: string;
  /** The address at which the module's static data begins. */
  readonly base: number;
  /** Bytes of an arena, for a module that allocates. */
  readonly arena: number;
  /** 0 to 3: how much to optimise. */
  readonly optimize: number;
  /** Whether assertions are left out. */
  readonly noAssert: boolean;
  /** Whether indices of arrays are checked. */
  readonly checked: boolean;
}

/** A file that the compiler read, or did not find (no digest): the result depends on both. */
export interface Dependency {
  readonly path: string;
  readonly digest: string | undefined;
}

export interface Compiled {
  readonly wasm: Uint8Array;
  /** Its source map, JSON. */
  readonly map: string;
  readonly kernels: readonly KernelSignature[];
  /** Whether the module needs a slot. */
  readonly hasStaticData: boolean;
  readonly warnings: readonly string[];
  readonly dependencies: readonly Dependency[];
}

/** A failed reply carries dependencies, too: `--watch` waits for one of them to change. */
export type CompileReply =
  | { readonly state: "done"; readonly compiled: Compiled }
  | { readonly state: "failed"; readonly message: string; readonly dependencies: readonly Dependency[] }
  | { readonly state: "missing"; readonly message: string };
