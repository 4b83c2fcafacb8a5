/** Results that move to the caller instead of being copied. */

let marked: ArrayBuffer[] = [];

/**
 * For JS kernels: `return transfer(array)` moves the array's buffer to the caller, without a copy; the kernel's own view
 * of it is empty afterwards. Processes, which can't move memory, copy.
 */
export function transfer<T extends ArrayBuffer | ArrayBufferView<ArrayBuffer>>(value: T): T {
  marked.push(ArrayBuffer.isView(value) ? value.buffer : value);
  return value;
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
