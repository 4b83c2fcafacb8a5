/**
 * The mark that says which primitive words on the heap are: kernels get the words as arrays, and the heap may have given
 * them to another array since (`heap.free` clears a block's first line).
 */
const MARK = 5;
const FIRST = 0x4c_4f_43_4b;
const KINDS = ["Lock", "RLock", "Semaphore", "BoundedSemaphore", "Event", "Counter"] as const;

/** A primitive that has a mark. */
export type MarkedKind = (typeof KINDS)[number];

/** Marks the words of a new primitive; a kind that kernels do not know gets no mark. */
export function markWords(words: Int32Array, kind: string): void {
  const index = KINDS.indexOf(kind as MarkedKind);
  if (index >= 0) words[MARK] = FIRST + index;
}

/** Which primitive begins with these words, if one does. */
export function markedKind(words: Int32Array): MarkedKind | undefined {
  return KINDS[(words[MARK] ?? 0) - FIRST];
}
