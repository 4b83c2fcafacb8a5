/**
 * What says of words on the heap which primitive they are: to kernels they are given as arrays, and the heap may have given
 * them to another owner since (`heap.free` clears a block's first line).
 */
const MARK = 5;
const FIRST = 0x4c_4f_43_4b;
const KINDS = ["Lock", "RLock", "Semaphore", "BoundedSemaphore", "Event", "Counter"] as const;

/** A primitive that has a mark. */
export type MarkedKind = (typeof KINDS)[number];

/** Marks the words of a new primitive; others than those that kernels know are left alone. */
export function markWords(words: Int32Array, kind: string): void {
  const index = KINDS.indexOf(kind as MarkedKind);
  if (index >= 0) words[MARK] = FIRST + index;
}

/** Which primitive begins with these words, if one does. */
export function markedKind(words: Int32Array): MarkedKind | undefined {
  return KINDS[(words[MARK] ?? 0) - FIRST];
}
