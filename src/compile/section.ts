/** Writes a module's metadata (memory/metadata.ts) behind its last section: no offset of its code changes. */
import type { ModuleMetadata } from "../memory/metadata.js";
import { METADATA_SECTION } from "../memory/wasm.js";

/** The module with its metadata. */
export function withMetadata(wasm: Uint8Array, metadata: ModuleMetadata): Uint8Array {
  const name = new TextEncoder().encode(METADATA_SECTION);
  const content = new TextEncoder().encode(JSON.stringify(metadata));
  const body = [...leb128(name.length), ...name];
  const head = [0, ...leb128(body.length + content.length), ...body];
  const module = new Uint8Array(wasm.length + head.length + content.length);
  module.set(wasm);
  module.set(head, wasm.length);
  module.set(content, wasm.length + head.length);
  return module;
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >>> 7)];
}
