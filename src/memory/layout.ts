/**
 * The map of the shared memory.
 *
 *   0        64 KiB                    64 MiB + 64 KiB         80 MiB + 64 KiB                             limit
 *   | page 0 | 1,024 slots, prebuilt   | 256 slots, compiled   | blocks: user arrays, control blocks ... | never used |
 *   |        | modules' static data    | at run time           |
 *
 * Page 0 is left out, so that no array lies at the null pointer and a stray small pointer hits nothing. A slot holds the
 * static data of one module (slots.ts); unused slots cost address space only, since pages never touched are not
 * there. A block is a whole number of cache lines on a cache line: two workers that write neighbouring arrays never share
 * one. The memory ends one page short of 4 GiB, since the end pointer of the last page would wrap to 0.
 */

export const PAGE = 65_536;
const MAX_PAGES = 65_535;
export const LINE = 64;

/** Slots of static data: where they start, how many a prebuilt module may fall into, and those for run time. */
export const SLOT_BYTES = 65_536;
export const SLOTS_START = 1 * PAGE;
export const PREBUILT_SLOTS = 1024;
export const RUNTIME_SLOTS = 256;
const SLOT_AREA = (PREBUILT_SLOTS + RUNTIME_SLOTS) * SLOT_BYTES;
export const HEAP_START = SLOTS_START + SLOT_AREA;

/** The greatest heap: what 32-bit pointers reach, less the slots. */
export const GREATEST_HEAP = PAGE * MAX_PAGES - SLOT_AREA;

/** The first address beyond a heap of `limit` bytes: slots are not counted, page 0 is. */
export function addressLimit(limit: number): number {
  return limit + SLOT_AREA;
}

/** A size in bytes, rounded up to whole cache lines (at least one). */
export function wholeLines(bytes: number): number {
  return Math.max(LINE, Math.ceil(bytes / LINE) * LINE);
}
