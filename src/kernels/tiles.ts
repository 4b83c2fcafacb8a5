/** How the JS twins of the fractal kernels go over a picture: tile by tile, the pixels of a tile from left to right. */

/** Fills the pixels [first, last) of one row, whose first pixel is `out[rowAt]`. */
export type FillTile<Out> = (
  out: Out,
  rowAt: number,
  first: number,
  last: number,
  reStart: number,
  reStep: number,
  im: number,
  maxIterations: number,
  cRe: number,
  cIm: number,
) => void;

/** Kinds as numbers, the same in assembly/lib/fractal/formula.ts. A multibrot is its power, 3 to 8. */
export const KIND = { julia: 1, mandelbrot: 2, burningShip: 9, tricorn: 10 } as const;

/**
 * Fills the tiles from `begin` to `end` - 1 of the picture `out`, `width` pixels a row. Column x of row r is the point
 * (x * reStep + reStart, r * imStep + imStart). `kind`: see `KIND`; `cRe` and `cIm` are Julia's constant, 0 for the other
 * kinds; `shortcuts` is for the Wasm kernels, twins count every step.
 */
export type FractalTwin<Out> = (
  begin: number,
  end: number,
  out: Out,
  width: number,
  tile: number,
  reStart: number,
  reStep: number,
  imStart: number,
  imStep: number,
  maxIterations: number,
  kind: number,
  cRe: number,
  cIm: number,
  shortcuts: number,
) => void;

/**
 * A twin that draws each kind by its function, called once a tile: a function that differs from kind to kind is not
 * inlined, and calls of it once a pixel would slow a shallow picture down.
 */
export function overTiles<Out>(fills: Readonly<Record<number, FillTile<Out>>>): FractalTwin<Out> {
  return (
    begin,
    end,
    out,
    width,
    tile,
    reStart,
    reStep,
    imStart,
    imStep,
    maxIterations,
    kind,
    cRe,
    cIm,
    _shortcuts,
  ) => {
    const fill = fills[kind] as FillTile<Out>;
    const perRow = Math.ceil(width / tile);
    for (let item = begin; item < end; item++) {
      const row = Math.floor(item / perRow);
      const first = (item % perRow) * tile;
      const last = Math.min(first + tile, width);
      fill(out, row * width, first, last, reStart, reStep, row * imStep + imStart, maxIterations, cRe, cIm);
    }
  };
}
