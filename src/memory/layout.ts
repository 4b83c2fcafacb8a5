/**
 * The map of the shared memory.
 *
 *   0        64 KiB                                             top            limit
 *   | page 0 | blocks: user arrays, control blocks, scratch ... | never used ... |
 *
 * Page 0 is left out, so that no array lies at the null pointer and a stray small pointer hits nothing. A block is a
 * whole number of cache lines on a cache line: two workers that write neighbouring arrays never share one. The memory
 * ends one page short of 4 GiB, since the end pointer of the last page would wrap to 0.
 */

export const PAGE = 65_536;
export const MAX_PAGES = 65_535;
export const LINE = 64;
export const HEAP_START = 1 * PAGE;

/** A size in bytes, rounded up to whole cache lines (at least one). */
export function wholeLines(bytes: number): number {
  return Math.max(LINE, Math.ceil(bytes / LINE) * LINE);
}
