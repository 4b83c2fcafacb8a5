/** Copies between the heap and ordinary memory that do not hold the caller: large ones in steps, or in a worker. */
import type { Executor } from "./executors/executor.js";
import { jsKernel } from "./job/handles.js";
import { packageFile } from "./locate.js";
import {
  type AnyArray,
  ARRAY_TYPES,
  type ElementType,
  elementType,
  type HeapArray,
  type OrdinaryArray,
} from "./memory/heap.js";
import { setImmediate } from "./timers.js";
import type { copyOut } from "./worker/entry/copy.js";

/** Larger arrays are not copied on the caller's thread in one go: into fresh memory, 48 MB cost it 120 ms. */
const INLINE_BYTES = 4 * 2 ** 20;
/** Bytes copied between two turns of the event loop. */
const STEP_BYTES = 2 ** 20;

/** Copies all elements. @param signal looked at between steps */
export async function copyInSteps(from: AnyArray, to: AnyArray, signal?: AbortSignal): Promise<void> {
  if (from.byteLength <= INLINE_BYTES) {
    to.set(from as never);
    return;
  }
  const step = STEP_BYTES / from.BYTES_PER_ELEMENT;
  for (let at = 0; at < from.length; at += step) {
    to.set(from.subarray(at, at + step) as never, at);
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}

/** The content of an array on the heap, in a new ordinary array. */
export async function copyOf<T extends ElementType>(
  shared: HeapArray<T>,
  executor: Executor,
): Promise<OrdinaryArray<T>> {
  const { parallel, sharedMemory } = executor.capabilities;
  if (parallel && sharedMemory && !executor.isShutdown && shared.byteLength > INLINE_BYTES) {
    const kernel = jsKernel<typeof copyOut>(packageFile("worker/entry/copy.js"), "copyOut");
    return (await executor.submit(kernel, [shared])) as OrdinaryArray<T>;
  }
  const copy = new ARRAY_TYPES[elementType(shared) as T](shared.length) as OrdinaryArray<T>;
  await copyInSteps(shared, copy);
  return copy;
}
