/**
 * What a call draws, as a record in scratch memory (scratch.ts has its place). The kernel's export writes it, so that
 * the functions of the kinds take one pointer in place of twelve parameters.
 */
import { VIEW } from "./scratch";

/** Column x of row r is the point (x * reStep + reStart, r * imStep + imStart). */
@unmanaged
export class View {
  reStart!: f64;
  reStep!: f64;
  imStart!: f64;
  imStep!: f64;
  /** Julia's constant. */
  cRe!: f64;
  cIm!: f64;
  /** The greatest |z|^2 that survives: settle.ts. */
  bound!: f64;
  /** Address of the picture's first pixel. */
  out!: usize;
  /** Pixels a row. */
  width!: i32;
  /** Pixels a tile. */
  tile!: i32;
  tilesPerRow!: i32;
  maxIterations!: i32;
  /** How many steps first-steps.ts or frozen-steps.ts takes with each pixel. */
  firstSteps!: i32;
  /** 0: the kernel iterates even pixels that are known to be inside. */
  shortcuts!: i32;
}

/** The view of the call under way. */
// @ts-ignore: decorator
@inline
export function viewIn(scratch: usize): View {
  return changetype<View>(scratch + VIEW);
}
