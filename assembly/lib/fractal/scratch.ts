/**
 * A worker's scratch memory, where fractals keep what does not fit into registers:
 *
 *      0  lanes: 8 orbits that advance together in 4 vectors (survivors.ts)
 *         z re (8 f64) | z im | point re | point im | saved z re | saved z im | run when it entered (8 i32) | its pixel (8 i32)
 *    448  the list's top | which lanes are live | runs so far | pixels in the second group (i32 each)
 *    512  group: the pixels under way in the first steps (first-steps.ts, frozen-steps.ts)
 *         z re (8 or 16 f64) | z im (8, or 16 that reach into the derivative) | derivative re (8 f64) | derivative im
 *         | counts (8 f64) | point re (16 f64) | point im | pixel (16 i32)
 *   1216  a second group: escaped pixels that wait for their distance (survivors.ts)
 *   1920  the view: what the call under way draws (view.ts, 84 of 128 bytes)
 *   2048  list of survivors, 40 bytes each
 *         z re (f64) | z im | point re | point im | address of its pixel (i32)
 *
 * A pixel's point is where it lies in the plane: the c of all kinds but Julia's, whose z starts there.
 */

export const LANES: i32 = 8;
export const Z_RE: usize = 0;
export const Z_IM: usize = 64;
export const POINT_RE: usize = 128;
export const POINT_IM: usize = 192;
export const SAVED_RE: usize = 256;
export const SAVED_IM: usize = 320;
export const ENTERED: usize = 384;
export const PIXEL: usize = 416;

export const TOP: usize = 448;
export const LIVE: usize = 452;
export const RUNS: usize = 456;

export const WAITING: usize = 460;

export const FIRST_GROUP: usize = 512;
export const SECOND_GROUP: usize = 1216;
/** Offsets within a group. */
export const GROUP_RE: usize = 0;
export const GROUP_IM: usize = 128;
export const GROUP_D_RE: usize = 192;
export const GROUP_D_IM: usize = 256;
export const GROUP_COUNTS: usize = 320;
export const GROUP_POINT_RE: usize = 384;
export const GROUP_POINT_IM: usize = 512;
export const GROUP_PIXEL: usize = 640;

/** What the call under way draws: view.ts. */
export const VIEW: usize = 1920;

export const LIST: usize = 2048;
/** The size of a list entry. */
export const ENTRY_BYTES: usize = 40;
/** Entries of the list: a group's worth is to spare when the list is worked off. */
export const LIST_LENGTH: usize = 512;

/** Stores four vectors in a row. */
// @ts-ignore: decorator
@inline
export function store4(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(at, a);
  v128.store(at, b, 16);
  v128.store(at, c, 32);
  v128.store(at, d, 48);
}
