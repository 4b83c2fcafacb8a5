/**
 * `Atomics.waitAsync`, which can't be taken back: an abandoned wait stays until the word is notified, and takes 0.9 KB. So
 * all callers in this thread that wait for a bell to change from one value share one wait: a lock that is adopted anew for
 * each try leaves no more behind than one that is kept.
 */

interface WaitAsync {
  waitAsync(words: Int32Array, at: number, value: number): { async: boolean; value: "not-equal" | Promise<string> };
}
/** TypeScript's library of es2023 has no `waitAsync`. */
const { waitAsync } = Atomics as unknown as WaitAsync;

/** One wait, and the callbacks that its end calls. */
interface Armed {
  readonly value: number;
  readonly callbacks: Set<() => void>;
}

/** The last wait for each word, by the word's byte offset. */
const armed = new WeakMap<ArrayBufferLike, Map<number, Armed>>();

/** Calls `wake` when the word is notified. @returns false when its value is another one: `wake` is never called */
export function armWord(words: Int32Array, at: number, value: number, wake: () => void): boolean {
  const { value: promise } = waitAsync(words, at, value);
  if (typeof promise === "string") return false;
  promise.then(wake);
  return true;
}

/**
 * The same for a bell: a word that changes with each notify, so that one wait for its value serves all callers.
 * @returns a function that withdraws `wake`, or undefined when the value is another one
 */
export function armBell(words: Int32Array, at: number, value: number, wake: () => void): (() => void) | undefined {
  const known = waitFor(words, at, value);
  known?.callbacks.add(wake);
  return known && (() => void known.callbacks.delete(wake));
}

function waitFor(words: Int32Array, at: number, value: number): Armed | undefined {
  const byte = words.byteOffset + 4 * at;
  const ofBuffer = armed.get(words.buffer) ?? new Map<number, Armed>();
  armed.set(words.buffer, ofBuffer);
  const known = ofBuffer.get(byte);
  if (known?.value === value) return known;
  const made: Armed = { value, callbacks: new Set() };
  const ring = () => {
    if (ofBuffer.get(byte) === made) ofBuffer.delete(byte);
    for (const callback of [...made.callbacks]) callback();
  };
  if (!armWord(words, at, value, ring)) return undefined;
  ofBuffer.set(byte, made);
  return made;
}
