/** Memory of one worker, for the length of a call. */
import { Ptr } from "./ptr";

/**
 * `length` elements in this worker's arena, as they were left (not zeroed, which `new StaticArray<T>(length)` is): gone
 * when the call returns. Throws when the arena is full.
 */
export function scratch<T>(length: i32): Ptr<T> {
  if (<u32>length > (<u32>0x3fffffff) >> alignof<T>()) throw new RangeError("the arena is full"); // in bytes: 2^32 is 0
  // @ts-ignore: a global of rt/arena.ts
  return changetype<Ptr<T>>(__arena_scratch((<usize>length) << alignof<T>()));
}

/** How much of the arena is taken: `release(mark())` around what a loop allocates for each item gives it back. */
export function mark(): usize {
  // @ts-ignore: a global of rt/arena.ts
  return __arena_mark();
}

/** Gives back all that was allocated since `mark`: nothing of it may be used any more. */
export function release(mark: usize): void {
  // @ts-ignore: a global of rt/arena.ts
  __arena_release(mark);
}
