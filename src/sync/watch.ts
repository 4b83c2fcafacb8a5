/**
 * The locks that this thread has made on the heap. A kernel that waits for one can't look whether its owner lives: so when
 * a worker that this thread has started ends, what it held there is told to be without an owner.
 *
 * A lock's MARK says that its words are a lock still: the heap may have given them to somebody else.
 */
import { onAgentEnd } from "./agents.js";
import type { Words } from "./shared.js";

const MARK = 5;
const IS_LOCK = 0x4c_4f_43_4b;

interface Watched {
  readonly words: WeakRef<Words>;
  readonly tell: (words: Words, agent: number) => void;
}

const watched = new Set<Watched>();
const collected = new FinalizationRegistry<Watched>((one) => watched.delete(one));

/** @param tell what to do with the words of a lock when the thread with this id has ended; must not hold them */
export function watchOwner(words: Words, tell: Watched["tell"]): void {
  words[MARK] = IS_LOCK;
  const one: Watched = { words: new WeakRef(words), tell };
  watched.add(one);
  collected.register(words, one);
}

onAgentEnd((agent) => {
  for (const { words: ref, tell } of watched) {
    const words = ref.deref();
    if (words?.[MARK] === IS_LOCK) tell(words, agent);
  }
});
