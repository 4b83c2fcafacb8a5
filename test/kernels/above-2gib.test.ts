/**
 * Kernels whose output and scratch memory lie above 2^31, where a pointer is negative as an i32. The array below them is
 * never touched, so it costs no memory; a file of its own has a heap of its own.
 */
import { estimatePi, type FractalOutput, heap, renderFractal, sumUpTo, ThreadExecutor } from "allcores";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { js } from "../support/kernels.js";
import { oracle, type Picture } from "./fractal-oracle.js";
import { piHits } from "./pi.oracle.js";
import { bytes, expectExact, optionsOf, RABBIT, serial } from "./pictures.js";
import { plans } from "./plans.js";

const HIGH = 2 ** 31;
const threads = new ThreadExecutor({ workers: 2 });
const before = heap.stats();
let below: Uint8Array;

beforeAll(() => {
  below = heap.uint8(2.2e9);
});
afterAll(async () => {
  await threads.shutdown();
  heap.free(below as ReturnType<typeof heap.uint8>);
  expect(heap.stats().allocations).toBe(before.allocations);
});

const view = { width: 67, height: 9, maxIterations: 300 } as const;
const pictures: readonly Picture[] = [
  { ...view, re: [-0.85, -0.6], im: [-0.05, 0.2] },
  { ...view, c: RABBIT, re: [-1.3, 1.2], im: [-1, 0.9] },
  { ...view, kind: "burning-ship", re: [-1.85, -1.65], im: [-0.12, 0.05] },
  { ...view, kind: "tricorn", re: [-1.6, 0.4], im: [-1.3, 0.3] },
  ...[3, 4, 5, 6, 7, 8].map(
    (power) => ({ ...view, kind: "multibrot", power, re: [-1.3, 0.9], im: [-1.2, 0.2] }) as const,
  ),
];
const OUTPUTS: readonly FractalOutput[] = ["counts", "smooth", "distance"];
const rows = pictures.flatMap((picture) =>
  OUTPUTS.filter((output) => output !== "distance" || !/ship|tricorn/.test(picture.kind ?? "")).map((output) => ({
    name: `${picture.kind ?? (picture.c ? "julia" : "mandelbrot")} ${picture.power ?? ""} ${output}`,
    picture,
    output,
  })),
);

it("scratch memory lies there", async () => {
  const kernel = js("scratchAt");
  for (const executor of [serial, threads]) {
    const [at] = await executor.run({ kernel, n: 1, scratch: plans.fractal.scratch, partial: "value" });
    expect(at).toBeGreaterThan(HIGH);
  }
});

describe.each(rows)("$name", ({ picture, output }) => {
  it("is exact", { timeout: 5000 }, () => expectExact(picture, output));

  it("is exact in an array there, on threads", { timeout: 10_000 }, async () => {
    using scope = heap.scope();
    const out = output === "counts" ? scope.int32(67 * 9) : scope.float32(67 * 9);
    expect(out.byteOffset).toBeGreaterThan(HIGH);
    await renderFractal({ ...optionsOf<FractalOutput>(picture, output), out, executor: threads } as never);
    expect(bytes(out).equals(bytes(oracle[output](picture)))).toBe(true);
  });
});

it.each([serial, threads])("pi has the oracle's hits", { timeout: 10_000 }, async (executor) => {
  const samples = 2 ** 21 + 77;
  expect((await estimatePi({ samples, seed: 42, executor })).hits).toBe(piHits(samples, 42n));
});

it("the sum is exact", { timeout: 5000 }, async () => {
  expect(await sumUpTo(1e6, { executor: threads })).toBe(499_999_500_000n);
});
