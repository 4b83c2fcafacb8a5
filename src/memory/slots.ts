/**
 * Which module has which slot. A slot is 64 KiB of the shared memory for the static data of one module: strings, static
 * arrays, tables of Math functions. Its first line says which module has it, so that every thread can see it:
 *
 *   int32 STATE    0 free | 1 being written | 2 in use | 3 kept for a module that is being compiled
 *   int32 x 4      the first bytes of the digest of the module in it
 *
 * Prebuilt modules were compiled for a slot (by a hash of their source), so two of them may want the same one: refused.
 * Modules compiled at run time take one that is free.
 */
import { createHash } from "node:crypto";
import { CompileError, MemoryError } from "../errors.js";
import { performance } from "../timers.js";
import { sharedMemory } from "./heap.js";
import { nameOfSlot, remember } from "./intact.js";
import { LINE, PREBUILT_SLOTS, RUNTIME_SLOTS, SLOT_BYTES, SLOTS_START } from "./layout.js";
import type { ModuleMetadata } from "./metadata.js";
import type { Segment } from "./static-data.js";

const FREE = 0;
const WRITING = 1;
const IN_USE = 2;
const KEPT = 3;
/** How long another thread may take to write a slot, in ms: 64 KiB take a few microseconds. */
const WRITE_MS = 1000;

/** Where the static data of a module in a slot begins. */
export function slotBase(slot: number): number {
  return SLOTS_START + slot * SLOT_BYTES + LINE;
}

/** The slot that a base lies in. */
export function slotOf(base: number): number {
  return Math.floor((base - SLOTS_START) / SLOT_BYTES);
}

/** The slot that a prebuilt module is compiled for by default: by a hash of what it is made of. */
export function prebuiltSlot(content: string): number {
  return createHash("sha256").update(content).digest().readUInt32LE(0) % PREBUILT_SLOTS;
}

function headerOf(slot: number): Int32Array {
  return new Int32Array(sharedMemory().buffer, SLOTS_START + slot * SLOT_BYTES, LINE / 4);
}

/**
 * Keeps a free slot for a module that is to be compiled, starting to look at one that the key decides: from run to run
 * the same, so that what was compiled for it is found in the cache.
 * @param file how messages name the module
 */
export function keepSlot(key: string, file: string): number {
  const first = createHash("sha256").update(key).digest().readUInt32LE(0) % RUNTIME_SLOTS;
  for (let i = 0; i < RUNTIME_SLOTS; i++) {
    const slot = PREBUILT_SLOTS + ((first + i) % RUNTIME_SLOTS);
    if (Atomics.compareExchange(headerOf(slot), 0, FREE, KEPT) === FREE) return slot;
  }
  throw new MemoryError(
    `${file}: all ${RUNTIME_SLOTS} slots of modules compiled at run time are taken; build what does not change ` +
      "beforehand, with `allcores build`",
  );
}

/** Gives a kept slot back: the module did not compile. */
export function dropSlot(slot: number): void {
  Atomics.compareExchange(headerOf(slot), 0, KEPT, FREE);
}

/**
 * Brings a module's static data into its slot, unless it is there already.
 * @throws CompileError when another module is there, or the data does not lie in the slot
 */
export function occupySlot(
  { base, constants }: Pick<ModuleMetadata, "base" | "constants">,
  module: Uint8Array,
  segments: readonly Segment[],
  label: string,
): void {
  const slot = slotOf(base);
  const end = SLOTS_START + (slot + 1) * SLOT_BYTES;
  if (slot < 0 || slot >= PREBUILT_SLOTS + RUNTIME_SLOTS) throw new CompileError(`${label} has no slot at ${base}`);
  if (segments.some(({ address, bytes }) => address < base || address + bytes.length > end))
    throw new CompileError(tooMuchStaticData(label));
  const header = headerOf(slot);
  const digest = createHash("sha256").update(module).digest();
  const mine = new Int32Array(digest.buffer, digest.byteOffset, 4).slice();
  const before = Atomics.compareExchange(header, 0, FREE, WRITING);
  if (before === FREE || (before === KEPT && Atomics.compareExchange(header, 0, KEPT, WRITING) === KEPT)) {
    const memory = new Uint8Array(sharedMemory().buffer);
    for (const { address, bytes } of segments) memory.set(bytes, address);
    header.set(mine, 1);
    Atomics.store(header, 0, IN_USE);
    Atomics.notify(header, 0);
  } else {
    awaitWriter(header, label);
    if (mine.some((word, i) => header[i + 1] !== word)) throw collision(slot, label);
  }
  const first = { address: header.byteOffset, bytes: new Uint8Array(Int32Array.of(IN_USE, ...mine).buffer) };
  remember(slot, label, [first, ...segments.filter(({ address }) => constants.includes(address))]);
}

/** The message of static data beyond a slot's end. */
export function tooMuchStaticData(label: string): string {
  return (
    `${label} has more static data (strings, static arrays, memory.data) than the ${SLOT_BYTES - LINE} bytes of a ` +
    "slot: pass large tables as Whole<T>"
  );
}

function awaitWriter(header: Int32Array, label: string): void {
  const end = performance.now() + WRITE_MS;
  for (let state = Atomics.load(header, 0); state !== IN_USE; state = Atomics.load(header, 0)) {
    const left = end - performance.now();
    if (left <= 0) throw new CompileError(`${label}: the thread that was loading the same module has died over it`);
    Atomics.wait(header, 0, state, left);
  }
}

function collision(slot: number, label: string): CompileError {
  return new CompileError(
    `${label} and ${nameOfSlot(slot) ?? "a module that another thread loaded"} were both built for slot ${slot} of the ` +
      `${PREBUILT_SLOTS} that hold static data; build one of them for another: allcores build --slot ${freeSlot(slot)}`,
  );
}

function freeSlot(after: number): number {
  for (let i = 1; i < PREBUILT_SLOTS; i++) {
    const slot = (after + i) % PREBUILT_SLOTS;
    if (Atomics.load(headerOf(slot), 0) === FREE) return slot;
  }
  return 0;
}
