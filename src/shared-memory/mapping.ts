/**
 * A mapping as an ArrayBuffer that unmaps it when it has been collected. Reading memory that is no longer mapped ends the
 * process, so nothing else does: an array on the buffer keeps the mapping.
 */
import { bufferOn, mapBlock, unmapBlock } from "./system.js";

interface Mapping {
  readonly address: bigint;
  readonly bytes: number;
}

const mappings = new FinalizationRegistry<Mapping>(({ address, bytes }) => unmapBlock(address, bytes));

/** Maps an open block. */
export function mapped(file: number, bytes: number): ArrayBuffer {
  const address = mapBlock(file, bytes);
  const buffer = bufferOn(address, bytes);
  // From Node 21 on these move the mapping into a new buffer, and the old one is collected while that is in use.
  for (const method of ["transfer", "transferToFixedLength"])
    if (method in buffer) Object.defineProperty(buffer, method, { value: refuseTransfer });
  mappings.register(buffer, { address, bytes });
  return buffer;
}

function refuseTransfer(): never {
  throw new TypeError(
    "the buffer of shared memory can't be transferred: attach to its name there, or copy with slice()",
  );
}
