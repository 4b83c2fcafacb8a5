/**
 * The locks that this thread has made on the heap. A kernel that waits for one can't look whether its owner lives, so this
 * thread does: at once when a worker that it has started ends, and every 170 ms while there are such locks.
 */
import { clearInterval, setInterval } from "../timers.js";
import { onAgentEnd } from "./agents.js";
import { LOOK } from "./look.js";
import { markedKind } from "./mark.js";
import type { Words } from "./shared.js";

/** What is done with the words of a lock; a watcher keeps no reference to them. */
interface Watcher {
  /** Called when the thread with this id has ended. */
  markDied(words: Words, agent: number): void;
  /** Looks whether the owner lives, if there is one and a thread sleeps. */
  look(words: Words): void;
}

interface Watched extends Watcher {
  readonly words: WeakRef<Words>;
}

const watched = new Set<Watched>();
const collected = new FinalizationRegistry<Watched>((one) => watched.delete(one));
let timer: NodeJS.Timeout | undefined;

export function watchOwner(words: Words, watcher: Watcher): void {
  const one: Watched = { words: new WeakRef(words), markDied: watcher.markDied, look: watcher.look };
  watched.add(one);
  collected.register(words, one);
  timer ??= setInterval(lookAtAll, Math.min(LOOK.ms, 2 ** 31 - 1)).unref();
}

/** Visits the words that are still a lock: `heap.free` clears the mark. */
function eachLock(visit: (words: Words, watcher: Watcher) => void): void {
  for (const one of watched) {
    const words = one.words.deref();
    if (words && markedKind(words)) visit(words, one);
    else watched.delete(one);
  }
}

function lookAtAll(): void {
  eachLock((words, { look }) => look(words));
  if (watched.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

onAgentEnd((agent) => eachLock((words, { markDied }) => markDied(words, agent)));
