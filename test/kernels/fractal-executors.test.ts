/** Fractals on every executor: numpy's own counts, the same with any number of workers, and in the caller's array. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type FractalOutput, heap, renderFractal } from "allcores";
import { twins } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { executors, shared } from "../executors/all.js";
import { goldenRegion, mandelbrotDigests } from "../golden/digests.js";
import { oracle } from "./fractal-oracle.js";
import { optionsOf, type Picture, serial } from "./pictures.js";
import { pools } from "./pools.js";

const digest = (data: Int32Array | Float32Array) => createHash("sha256").update(data).digest("hex");

const computations = [
  ["Wasm", renderFractal],
  ["twin", twins.renderFractal],
] as const;

const full = { re: [-2, 0.5], im: [-1.25, 1.25] } as const;

/** Many chunks of unequal cost; some rows of them end within a group of 12 or 8 pixels, or within a tile. */
const pictures: readonly (Picture & { readonly output?: FractalOutput })[] = [
  { width: 397, height: 301, maxIterations: 20, ...goldenRegion },
  { width: 1, height: 3001, maxIterations: 500, ...full },
  { width: 3001, height: 1, maxIterations: 500, ...full },
  { width: 127, height: 5, maxIterations: 30_000, ...full }, // tiles of 66 pixels
  { width: 203, height: 101, maxIterations: 300, c: [-0.8, 0.156], re: [-1.5, 1.5], im: [-1, 1] },
  { width: 5, height: 2, maxIterations: 1_500_000, re: [-0.8, 0.9], im: [0.3, 0.4] }, // of one
  { width: 61, height: 47, maxIterations: 300, kind: "burning-ship", re: [-1.9, -1.6], im: [-0.1, 0.1] },
  { width: 61, height: 47, maxIterations: 300, kind: "multibrot", power: 5, re: [-1.5, 1.5], im: [-1.5, 1.5] },
  { width: 201, height: 97, maxIterations: 300, output: "smooth", ...full },
  { width: 83, height: 61, maxIterations: 300, output: "smooth", kind: "tricorn", re: [-2, 2], im: [-2, 2] },
  { width: 101, height: 59, maxIterations: 300, output: "distance", ...full },
  { width: 37, height: 3, maxIterations: 60_000, output: "distance", ...full }, // tiles of 18 pixels
  { width: 45, height: 33, maxIterations: 300, output: "distance", c: [-0.8, 0.156], re: [-1.5, 1.5], im: [-1, 1] },
];
const outputOf = ({ output = "counts" }: (typeof pictures)[number]) => output;
const expected = pictures.map((picture) => digest(oracle[outputOf(picture)](picture)));

describe.each(pools)("on $name", (pool) => {
  const executor = shared(pool.row, pool.workers);

  it.each(pool.isUsual ? computations : computations.slice(0, 1))(
    "every picture is the oracle's, %s",
    { timeout: 20_000 },
    async (_, compute) => {
      const found = [];
      for (const { output = "counts", ...picture } of pictures) {
        const { data } = await compute({ ...optionsOf<FractalOutput>(picture, output), executor: executor.it });
        found.push(digest(data));
      }
      expect(found).toEqual(expected);
    },
  );
});

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row);

  describe.each(computations)("%s", (_, compute) => {
    // The twin takes a second for the largest: on one executor.
    const drawn = mandelbrotDigests.filter(
      ({ width }) => compute === renderFractal || width < 1000 || row.kind === "threads",
    );
    it.each(drawn)(
      "$width x $height at $maxIterations iterations are numpy's counts",
      { timeout: 20_000 },
      async ({ width, height, maxIterations, sha256, ...golden }) => {
        const options = { width, height, maxIterations, region: goldenRegion, executor: executor.it };
        const { data } = await compute(options);
        expect(digest(data)).toBe(sha256);
        if ("file" in golden) {
          const bytes = readFileSync(new URL(`../golden/${golden.file}`, import.meta.url));
          expect(bytes.equals(Buffer.from(data.buffer))).toBe(true);
        }
      },
    );

    it.each([
      [1, 1, 20],
      [2, 1, 20],
      [7, 5, 20],
      [10, 9, 300],
      [301, 99, 400],
      [11, 3, 500_000], // tiles of four pixels
      [6, 2, 1_500_000], // of one
    ])("fills out in place: %d x %d at %d iterations", { timeout: 10_000 }, async (width, height, maxIterations) => {
      const GUARD = 64;
      const region = { re: [0.4, -0.8], im: [0.5, 0.6] } as const;
      using scope = heap.scope();
      const around = scope.int32(width * height + 2 * GUARD).fill(-7);
      const out = around.subarray(GUARD, -GUARD);
      const before = heap.stats();
      const result = await compute({ width, height, maxIterations, region, out, executor: executor.it });
      expect(result.data).toBe(out);
      expect(heap.stats()).toEqual(before);
      const own = await compute({ width, height, maxIterations, region, executor: serial });
      expect(digest(out)).toBe(digest(own.data));
      // Not a pixel beyond either end: groups of 12 and of 8 are cut where the picture ends.
      const guards = [...around.subarray(0, GUARD), ...around.subarray(-GUARD)];
      expect(guards.every((value) => value === -7)).toBe(true);
    });

    it.each(["smooth", "distance"] as const)(
      "fills out in place with %s values",
      { timeout: 10_000 },
      async (output) => {
        using scope = heap.scope();
        const around = scope.float32(99 * 71 + 2).fill(-7);
        const out = around.subarray(1, -1);
        const picture = { width: 99, height: 71, maxIterations: 400, output };
        const result = await compute({ ...picture, out, executor: executor.it });
        expect(result.data).toBe(out);
        expect(digest(out)).toBe(digest((await compute({ ...picture, executor: serial })).data));
        expect([around[0], around.at(-1)]).toEqual([-7, -7]);
      },
    );

    it("fills out again and again, with no trace of the frame before", { timeout: 10_000 }, async () => {
      using scope = heap.scope();
      const size = { width: 123, height: 77, maxIterations: 100, executor: executor.it };
      const out = scope.int32(123 * 77);
      for (const centre of [-1.4, -0.75, 0.3, -0.1]) {
        const region = { re: [centre - 0.3, centre + 0.3], im: [-0.2, 0.2] } as const;
        await compute({ ...size, region, out });
        const own = await compute({ ...size, region, executor: serial });
        expect(digest(out)).toBe(digest(own.data));
      }
    });
  });
});
