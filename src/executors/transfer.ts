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

/** The buffers marked since the last call. */
export function takeTransfers(): ArrayBuffer[] {
  const taken = marked;
  if (taken.length > 0) marked = [];
  return taken;
}
