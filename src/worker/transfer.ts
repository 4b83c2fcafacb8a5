/** Results that move to the caller instead of being copied. */

import * as threads from "node:worker_threads";
import { kept } from "../builtins.js";

let marked: ArrayBuffer[] = [];
/** Whether results of this thread can move: they can from thread to thread. */
let canMove = false;

/** Called by the entry of a thread. */
export function allowMoves(): void {
  canMove = true;
}

/** Node 21 and later. */
const { isMarkedAsUntransferable } = threads as { isMarkedAsUntransferable?: (value: object) => boolean };

/**
 * For JS kernels: `return transfer(array)` moves the array's buffer to the caller, without a copy; the kernel's view of
 * it is empty afterwards. A view of less than half of its buffer is copied, and so are buffers that can't move (the memory
 * of a Wasm module, one marked as untransferable), and everything in processes.
 */
export function transfer<T extends ArrayBuffer | ArrayBufferView<ArrayBuffer>>(value: T): T {
  if (!canMove) return value;
  const buffer = (kept.ArrayBuffer.isView(value) ? value.buffer : value) as ArrayBuffer;
  // A small view shows Node's pool, or a Wasm module's memory, which looks like any buffer to Node 20: a copy is cheaper.
  const isSmallPart = value.byteLength < buffer.byteLength / 2;
  if (!isSmallPart && !isMarkedAsUntransferable?.(buffer)) marked.push(buffer);
  return value;
}

/** Whether the buffer is to move with the next result. */
export function isMarked(buffer: ArrayBufferLike): boolean {
  return marked.includes(buffer as ArrayBuffer);
}

/** The buffers marked since the last call that can still move. A buffer given twice, shared or gone would fail the post. */
export function takeTransfers(): ArrayBuffer[] {
  if (marked.length === 0) return [];
  const taken = new kept.Set(marked);
  marked = [];
  return [...taken].filter((buffer) => buffer instanceof kept.ArrayBuffer && !isDetached(buffer));
}

/** Node 20 has no `detached`: only an empty buffer may be, and then no view of it can be made. */
function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    new kept.Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
