/**
 * The tiles of a picture: `tile` consecutive pixels of a row, the last tile of a row being shorter where they do not fit. Item
 * i is tile i % tilesPerRow of row i / tilesPerRow. Column x of row r is the point (x * reStep + reStart, r * imStep +
 * imStart). Pixels that survive the first steps go on in survivors.ts.
 */
import { JULIA, MANDELBROT } from "./formula";
import { firstSteps, GROUP } from "./first-steps";
import { FROZEN_GROUP, frozenSteps, rowGroup } from "./frozen-steps";
import { isInterior } from "./interior";
import { ENTRY_BYTES, FIRST_GROUP, GROUP_IM, GROUP_RE, LIST, LIST_LENGTH, TOP, WAITING } from "./scratch";
import { boundOf, COUNTS, DISTANCE, settle, settleInside } from "./settle";
import { enlist, queueForDistance, RUN, startList, staysOut, workOff } from "./survivors";
import { viewIn } from "./view";

/**
 * Up to so many iterations all steps are first steps. Runs are as fast from about 80 iterations on (`shortcuts: false`),
 * or 150 (with shortcuts); at 50 they take 1.2 to 1.4 times as long.
 */
const FEW: i32 = 80;

/**
 * How many first steps there are: a run, which survivors.ts takes for granted, or, for distances, four runs (survivors go
 * through them again: 64 steps instead of 16 gained 8 to 10%, 128 less).
 */
// @ts-ignore: decorator
@inline
function firstStepsOf(output: i32): i32 {
  return output == DISTANCE ? 4 * RUN : RUN;
}

/** Settles the pixels of a group that have survived the first steps, or passes them on to the list. */
// @ts-ignore: decorator
@inline
function passOn(
  kind: i32, output: i32, survivors: i32, steps: i32, isTested: bool, pixel: usize, x: i32, reStart: f64, reStep: f64, im: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32, scratch: usize
): void {
  while (survivors) {
    const i = ctz(survivors);
    survivors &= survivors - 1;
    const target = pixel + (<usize>i << 2);
    const re = <f64>(x + i) * reStep + reStart;
    const isOver = steps == maxIterations;
    if (isOver || (kind == MANDELBROT && shortcuts && v128.any_true(isInterior(f64x2.splat(re), f64x2.splat(im * im))))) {
      settleInside(output, maxIterations, target);
      continue;
    }
    const group = scratch + FIRST_GROUP + (<usize>i << 3);
    const zRe = f64.load(group, GROUP_RE);
    const zIm = f64.load(group, GROUP_IM);
    if (!isTested) enlist(scratch, zRe, zIm, re, im, target);
    else if (
      settle(
        kind, output, steps, maxIterations, zRe, zIm, kind == JULIA ? cRe : re, kind == JULIA ? cIm : im, target, shortcuts != 0
      )
    ) {
      if (output == DISTANCE) queueForDistance(scratch, re, im, target);
    }
  }
}

/** Writes the view of a call and empties the list; a call of any kind begins with it. */
// @ts-ignore: decorator
@inline
export function startCall(
  output: i32, scratch: usize, out: usize, width: i32, tile: i32, reStart: f64, reStep: f64, imStart: f64, imStep: f64,
  maxIterations: i32, cRe: f64, cIm: f64, shortcuts: i32
): void {
  const view = viewIn(scratch);
  view.reStart = reStart;
  view.reStep = reStep;
  view.imStart = imStart;
  view.imStep = imStep;
  view.cRe = cRe;
  view.cIm = cIm;
  view.bound = boundOf(output);
  view.out = out;
  view.width = width;
  view.tile = tile;
  view.tilesPerRow = (width + tile - 1) / tile;
  view.maxIterations = maxIterations;
  view.firstSteps = maxIterations <= FEW ? maxIterations : min(firstStepsOf(output), maxIterations);
  view.shortcuts = shortcuts;
  startList(scratch);
}

/** Draws the tiles from `begin` to `end` - 1 of the view. */
// @ts-ignore: decorator
@inline
export function drawTiles(kind: i32, output: i32, begin: f64, end: f64, scratch: usize): void {
  const view = viewIn(scratch);
  const reStart = view.reStart;
  const reStep = view.reStep;
  const maxIterations = view.maxIterations;
  const shortcuts = view.shortcuts;
  const cRe = kind == JULIA ? view.cRe : 0;
  const cIm = kind == JULIA ? view.cIm : 0;
  const listEnd = scratch + LIST + (LIST_LENGTH - GROUP) * ENTRY_BYTES;
  const size = output == COUNTS ? GROUP : FROZEN_GROUP;
  const last = <i32>end;
  for (let item = <i32>begin; item < last; item++) {
    const row = item / view.tilesPerRow;
    const first = (item - row * view.tilesPerRow) * view.tile;
    const stop = min(first + view.tile, view.width);
    const im = <f64>row * view.imStep + view.imStart;
    const rowStart = view.out + ((<usize>row * <usize>view.width) << 2);
    for (let x = first; x < stop; x += size) {
      const pixel = rowStart + (<usize>x << 2);
      const pixels = min(stop - x, size);
      // Every step of an orbit that might come back is tested: at points on the circle |c| = 2 (outside it, all escape).
      const farthest = max(abs(<f64>x * reStep + reStart), abs(<f64>(x + pixels - 1) * reStep + reStart));
      const isTested = kind == JULIA ? !staysOut(cRe, cIm) : !staysOut(farthest, im);
      const steps = view.firstSteps;
      let survivors = 0;
      if (output == COUNTS)
        survivors = firstSteps(
          kind, pixel, x, pixels, reStart, reStep, im, cRe, cIm, view.bound, steps, maxIterations, shortcuts,
          scratch + FIRST_GROUP
        );
      else if (rowGroup(scratch + FIRST_GROUP, pixel, x, pixels, reStart, reStep, im, kind == MANDELBROT && shortcuts != 0))
        for (let i = 0; i < pixels; i++) settleInside(output, maxIterations, pixel + (<usize>i << 2));
      else survivors = frozenSteps(kind, output, scratch + FIRST_GROUP, pixels, steps, cRe, cIm);
      if (!survivors) continue;
      passOn(kind, output, survivors, steps, isTested, pixel, x, reStart, reStep, im, maxIterations, cRe, cIm, shortcuts, scratch);
      const isFull = <usize>i32.load(scratch, TOP) > listEnd;
      const isDue = output == DISTANCE && i32.load(scratch, WAITING) >= FROZEN_GROUP;
      if (isFull || isDue) workOff(kind, output, cRe, cIm, maxIterations, shortcuts, scratch, false);
    }
  }
  workOff(kind, output, cRe, cIm, maxIterations, shortcuts, scratch, true);
}
