/** A picture of 1 GiB, within the heap's default limit, is not refused. Pointers beyond 2^31: above-2gib.test.ts. */
import { freemem } from "node:os";
import { heap, renderFractal, ThreadExecutor } from "allcores";
import { afterAll, expect, it } from "vitest";
import { bytes } from "./pictures.js";

/** The picture on the heap, its copy, and what is drawn beside them. */
const NEEDED = 2 ** 30;

const executor = new ThreadExecutor();
afterAll(() => executor.shutdown());

it.runIf(freemem() > NEEDED)("of 8192x8192 pixels, where 1 GiB is free", { timeout: 60_000 }, async () => {
  const side = 8192;
  const before = heap.stats();
  const { data } = await renderFractal({ width: side, height: side, maxIterations: 2, executor });
  expect(data.buffer).toBeInstanceOf(ArrayBuffer);
  expect(data.byteLength).toBe(2 ** 28);
  expect(heap.stats()).toEqual(before);
  // Rows here and there, as pictures of their own.
  for (const row of [0, 5000, side / 2, side - 1]) {
    const im = row * (2.5 / (side - 1)) - 1.25;
    const region = { re: [-2, 0.5], im: [im, im] } as const;
    const alone = await renderFractal({ width: side, height: 1, maxIterations: 2, region, executor });
    expect(bytes(data.subarray(row * side, (row + 1) * side)).equals(bytes(alone.data)), `row ${row}`).toBe(true);
  }
});

it("of 16384x16384 pixels is begun", { timeout: 20_000 }, async () => {
  const before = heap.stats();
  const controller = new AbortController();
  const drawn: number[] = [];
  const job = renderFractal({
    ...{ width: 16384, height: 16384, maxIterations: 2, executor, signal: controller.signal },
    onProgress({ done }) {
      drawn.push(done);
      controller.abort("enough"); // all of it would take seconds, and 2 GiB
    },
  });
  await expect(job).rejects.toBe("enough");
  expect(drawn[0]).toBeGreaterThan(0);
  expect(heap.stats()).toEqual(before);
});
