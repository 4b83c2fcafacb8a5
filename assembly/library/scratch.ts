/** Memory of one worker, for the length of a call. */
import { Ptr } from "./ptr";

/**
 * `length` elements in this worker's arena, not zeroed (those of `new StaticArray<T>(length)` are). The elements are gone
 * when the call returns. Throws when the arena is full.
 */
export function scratch<T>(length: i32): Ptr<T> {
  if (<u32>length > (<u32>0x3fffffff) >> alignof<T>()) throw new RangeError("the arena is full"); // the size in bytes would wrap at 2^32
  // @ts-ignore: a global of rt/arena.ts
  return changetype<Ptr<T>>(__arena_scratch((<usize>length) << alignof<T>()));
}

/** The arena's present end: `release` of it gives back all that was allocated since, such as by one item of a loop. */
export function mark(): usize {
  // @ts-ignore: a global of rt/arena.ts
  return __arena_mark();
}

/** Gives back all that was allocated since `mark`: the kernel must not use it any more. */
export function release(mark: usize): void {
  // @ts-ignore: a global of rt/arena.ts
  __arena_release(mark);
}
