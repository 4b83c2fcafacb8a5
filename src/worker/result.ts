/** What a kernel returns, on its way to the caller. */
import { kept } from "../builtins.js";
import { alone } from "../job/clone.js";
import { KernelFault, NOT_SENT } from "../job/failure.js";
import { isThenable } from "../validate.js";
import { isMarked } from "./transfer.js";

/**
 * The result as another thread can be sent it: refused here, where the error can name the kernel and its items, and not by
 * the port. Of a promise, what it brings.
 */
export function sendable(result: unknown): unknown {
  return whenSettled(result, (value) => {
    const part = alone(value, isMarked);
    // A view without bytes may have lost its buffer to another thread.
    if (kept.ArrayBuffer.isView(part) && part.byteLength > 0) return part;
    kept.structuredClone(value);
    return value;
  });
}

/** The result for a caller on this thread: a clone, so that the answer is the same as from a worker. */
export function cloned(result: unknown): unknown {
  return whenSettled(result, (value) => {
    const part = alone(value, isMarked);
    return part === value ? kept.structuredClone(value) : part;
  });
}

function whenSettled(result: unknown, take: (value: unknown) => unknown): unknown {
  if (isThenable(result)) return kept.Promise.resolve(result).then((settled) => whenSettled(settled, take));
  const type = typeof result;
  if (result === null || (type !== "object" && type !== "function" && type !== "symbol")) return result;
  try {
    return take(result);
  } catch (cause) {
    throw new KernelFault(NOT_SENT, cause);
  }
}
