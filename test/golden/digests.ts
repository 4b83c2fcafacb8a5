/**
 * SHA-256 of Mandelbrot counts computed by numpy 1.24 (little-endian int32, row by row; re -1.5..0, im -1..0), and sums
 * by loop. `mandelbrot-300x400-20.i32` holds the counts of the row marked so: 300 rows of 400.
 */
export const mandelbrotDigests = [
  {
    width: 3000,
    height: 4000,
    maxIterations: 20,
    sha256: "50aa683b24e41813f553102fa5a3d45d1bb4203ac593f8cc1d77e5295ab27552",
  },
  {
    width: 400,
    height: 300,
    maxIterations: 20,
    sha256: "6323fa151b06a54f5e6a5dfc5cc65b5956697b1760d06ad67b10ca5f6507b79e",
    file: "mandelbrot-300x400-20.i32",
  },
  {
    width: 397,
    height: 301,
    maxIterations: 20,
    sha256: "f75a759fbda033a790aa978bb48b56419a712c8d749d27f947280debe359e756",
  },
  {
    width: 400,
    height: 300,
    maxIterations: 200,
    sha256: "fb745eb5de0e724b8d6aa0a3862c365c5e99d6dcd794ebb3a6f0f7254c4625c9",
  },
] as const;

/** Where all of them lie. */
export const goldenRegion = { re: [-1.5, 0], im: [-1, 0] } as const;

/** 0 + 1 + ... + n-1. */
export const sums = [
  { n: 90_000_000, sum: 4049999955000000n },
  { n: 30_000_000, sum: 449999985000000n },
  { n: 22_000_000, sum: 241999989000000n },
  { n: 130_000_000, sum: 8449999935000000n },
] as const;
