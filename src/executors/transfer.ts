/** Results that move to the caller instead of being copied. */
import * as threads from "node:worker_threads";

let marked: ArrayBuffer[] = [];

/** Node 21 and later. */
const { isMarkedAsUntransferable } = threads as { isMarkedAsUntransferable?: (value: object) => boolean };

/**
 * For JS kernels: `return transfer(array)` moves the array's buffer to the caller, without a copy; the kernel's own view
 * of it is empty afterwards. Processes, which can't move memory, copy, and so does everything where the memory can't be
 * moved: a part of Node's pool (`Buffer.from("abc")`), the memory of a Wasm module, a buffer marked as untransferable.
 */
export function transfer<T extends ArrayBuffer | ArrayBufferView<ArrayBuffer>>(value: T): T {
  const buffer = (ArrayBuffer.isView(value) ? value.buffer : value) as ArrayBuffer;
  const isPart = Buffer.isBuffer(value) && value.byteLength < buffer.byteLength;
  if (!isPart && !isMarkedAsUntransferable?.(buffer)) marked.push(buffer);
  return value;
}

/** Whether the buffer is to move with the next result. */
export function isMarked(buffer: ArrayBufferLike): boolean {
  return marked.includes(buffer as ArrayBuffer);
}

/** The buffers marked since the last call that can still move: one marked twice, shared, or gone would fail the rest. */
export function takeTransfers(): ArrayBuffer[] {
  if (marked.length === 0) return [];
  const taken = new Set(marked);
  marked = [];
  return [...taken].filter((buffer) => buffer instanceof ArrayBuffer && !isDetached(buffer));
}

/** Node 20 has no `detached`: only an empty buffer may be, and then no view of it can be made. */
function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
