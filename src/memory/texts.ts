/**
 * Many strings as one block of the heap, which kernels take as `Texts`, after Arrow's layout of strings:
 *
 *   0       uint32: how many | 1 for units of two bytes, 0 for one | bytes from the block to the units | 0
 *   16      uint32: the offsets, in units, one more than there are texts
 *   ...     the units: Latin-1 if all texts fit, else UTF-16; from a multiple of 16 on
 */
import { orAbort } from "../abort.js";
import { checkRunOptions, type SubmitOptions } from "../run-options.js";
import { performance, setImmediate } from "../timers.js";
import { isAsyncIterable, isIterable, knownOptions, show } from "../validate.js";
import type { HeapArray } from "./elements.js";
import { allocateArray, freeArray } from "./heap.js";

const HEADER = 16;
/** Strings that are joined before they are written: each alone takes 3 times as long. */
const BATCH = 1024;
/** How long a thread converts before other work has its turn, in ms. */
const TURN_MS = 5;
const BEYOND_LATIN1 = /[^\0-\xff]/;

/**
 * Strings on the heap: text i is `units[offsets[i]]` up to `units[offsets[i + 1] - 1]`, in Latin-1 (one byte a unit), or all in
 * UTF-16 where one text is beyond it. Lone surrogates stay. Made by `heap.texts`, given back by `heap.free`.
 */
export class Texts implements Iterable<string> {
  /** How many there are. */
  readonly length: number;
  readonly units: HeapArray<"uint8" | "uint16">;
  readonly offsets: HeapArray<"uint32">;

  /** What the heap made. @internal */
  readonly block: HeapArray<"uint8">;

  /** @internal */
  constructor(block: HeapArray<"uint8">) {
    this.block = block;
    const { buffer, byteOffset } = block;
    const [length = 0, isWide = 0, unitsAt = 0] = new Uint32Array(buffer, byteOffset, 3);
    const offsets = new Uint32Array(buffer, byteOffset + HEADER, length + 1);
    const where = [buffer, byteOffset + unitsAt, offsets[length]] as const;
    this.length = length;
    this.offsets = offsets;
    this.units = isWide ? new Uint16Array(...where) : new Uint8Array(...where);
  }

  /** The text at an index, from 0 or, negative, from the end; undefined beyond. */
  at(index: number): string | undefined {
    const whole = Math.trunc(index) || 0;
    const i = whole < 0 ? this.length + whole : whole;
    return i >= 0 && i < this.length ? this.#text(i) : undefined;
  }

  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.#text(i);
  }

  #text(i: number): string {
    const { buffer, byteOffset, BYTES_PER_ELEMENT: size } = this.units;
    const [from = 0, to = 0] = [this.offsets[i], this.offsets[i + 1]];
    return Buffer.from(buffer, byteOffset + from * size, (to - from) * size).toString(encodingOf(size));
  }
}

const encodingOf = (size: number) => (size === 1 ? "latin1" : "utf16le");

/** See `heap.texts`. */
export function makeTexts(strings: readonly string[]): Texts {
  if (!Array.isArray(strings))
    throw new TypeError(`heap.texts: strings must be an array of strings, got ${show(strings)}`);
  const steps = convert(strings, "heap.texts");
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** See `heap.textsAsync`. */
export async function makeTextsAsync(
  strings: Iterable<string> | AsyncIterable<string>,
  options: SubmitOptions = {},
): Promise<Texts> {
  checkRunOptions(options);
  knownOptions(options, ["signal"]);
  const { signal } = options;
  let began = performance.now();
  const rest = async () => {
    if (performance.now() - began < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    began = performance.now();
  };
  signal?.throwIfAborted();
  const all = await gathered(strings, signal, rest);
  const steps = convert(all, "heap.textsAsync");
  try {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      await rest();
    }
  } finally {
    steps.return(undefined as never);
  }
}

async function gathered(
  strings: Iterable<string> | AsyncIterable<string>,
  signal: AbortSignal | undefined,
  rest: () => Promise<void>,
): Promise<readonly string[]> {
  const all: string[] = [];
  if (isAsyncIterable(strings)) {
    const iterator = strings[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await orAbort(iterator.next(), signal);
        if (done) return all;
        all.push(value as string);
        await rest();
      }
    } finally {
      // One that brings nothing any more would not end before it does.
      void iterator.return?.()?.then(undefined, () => {});
    }
  }
  if (!isIterable(strings)) throw new TypeError(`heap.textsAsync: strings must be iterable, got ${show(strings)}`);
  for (const text of strings) if (all.push(text as string) % BATCH === 0) await rest();
  return all;
}

/** Pauses after each batch. @throws TypeError for what is no string; MemoryError */
function* convert(strings: readonly string[], name: string): Generator<undefined, Texts, undefined> {
  let units = 0;
  for (const [i, text] of strings.entries()) {
    if (typeof text !== "string") throw new TypeError(`${name}: strings[${i}] must be a string, got ${show(text)}`);
    units += text.length;
    if (i % (64 * BATCH) === 0) yield;
  }
  const narrow = yield* write(strings, units, 1);
  if (narrow) return narrow;
  return (yield* write(strings, units, 2)) as Texts;
}

/** @returns undefined when a unit does not fit its size */
function* write(
  strings: readonly string[],
  units: number,
  size: 1 | 2,
): Generator<undefined, Texts | undefined, undefined> {
  const { length } = strings;
  const unitsAt = Math.ceil((HEADER + 4 * (length + 1)) / 16) * 16;
  const block = allocateArray("uint8", unitsAt + units * size, false);
  let made: Texts | undefined;
  try {
    const { buffer, byteOffset } = block;
    new Uint32Array(buffer, byteOffset, 4).set([length, size - 1, unitsAt, 0]);
    const offsets = new Uint32Array(buffer, byteOffset + HEADER, length + 1);
    const bytes = Buffer.from(buffer, byteOffset + unitsAt, units * size);
    let at = 0;
    offsets[0] = 0;
    for (let first = 0; first < length; first += BATCH) {
      const batch = strings.slice(first, first + BATCH);
      const text = batch.join("");
      if (size === 1 && BEYOND_LATIN1.test(text)) return undefined;
      bytes.write(text, at * size, encodingOf(size));
      for (let i = 0; i < batch.length; i++) offsets[first + i + 1] = at += (batch[i] as string).length;
      yield;
    }
    made = new Texts(block);
    return made;
  } finally {
    if (!made) freeArray(block);
  }
}
