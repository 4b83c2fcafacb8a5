/** What the owner and the compiler's thread say to each other. */
import type { KernelSignature } from "../memory/metadata.js";

/** What is to be compiled, and how. */
export interface CompileRequest {
  /** The kernel's file, absolute. */
  readonly file: string;
  /** Where its static data is to begin. */
  readonly base: number;
  /** Bytes of an arena, if it allocates. */
  readonly arena: number;
  /** 0 to 3: how much to optimise. */
  readonly optimize: number;
  /** Whether assertions are left out. */
  readonly noAssert: boolean;
}

/** A file that was read, or looked for and not found (no digest): the result depends on both. */
export interface Dependency {
  readonly path: string;
  readonly digest: string | undefined;
}

export interface Compiled {
  readonly wasm: Uint8Array;
  /** Its source map, JSON. */
  readonly map: string;
  readonly kernels: readonly KernelSignature[];
  /** It needs a slot. */
  readonly hasStaticData: boolean;
  readonly warnings: readonly string[];
  readonly dependencies: readonly Dependency[];
}

/** Dependencies come with errors, too: `--watch` waits for one of them to change. */
export type CompileReply =
  | { readonly state: "done"; readonly compiled: Compiled }
  | { readonly state: "failed"; readonly message: string; readonly dependencies: readonly Dependency[] }
  | { readonly state: "missing"; readonly message: string };
