/** A picture of 1 GiB, within the heap's default limit, is not refused. Pointers beyond 2^31: above-2gib.test.ts. */
import { freemem } from "node:os";
import { heap, renderFractal, ThreadExecutor } from "allcores";
import { afterAll, expect, it } from "vitest";
import { bytes } from "./pictures.js";

const SIDE = 16384;
/** The picture on the heap, its copy, and what is drawn beside them. */
const NEEDED = 4 * 2 ** 30;

const executor = new ThreadExecutor();
afterAll(() => executor.shutdown());

it.runIf(freemem() > NEEDED)("of 16384x16384 pixels, where 4 GiB are free", { timeout: 60_000 }, async () => {
  const before = heap.stats();
  const { data } = await renderFractal({ width: SIDE, height: SIDE, maxIterations: 2, executor });
  expect(data.buffer).toBeInstanceOf(ArrayBuffer);
  expect(data.byteLength).toBe(2 ** 30);
  expect(heap.stats()).toEqual(before);
  // Rows here and there, as pictures of their own.
  for (const row of [0, 5000, SIDE / 2, SIDE - 1]) {
    const im = row * (2.5 / (SIDE - 1)) - 1.25;
    const region = { re: [-2, 0.5], im: [im, im] } as const;
    const alone = await renderFractal({ width: SIDE, height: 1, maxIterations: 2, region, executor });
    expect(bytes(data.subarray(row * SIDE, (row + 1) * SIDE)).equals(bytes(alone.data)), `row ${row}`).toBe(true);
  }
});
