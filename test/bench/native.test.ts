/** The native peers of the bench: they compile, and compute the same as the kernels. Skipped where no C compiler is. */
import { estimatePi, type FractalOptions, renderFractal, SerialExecutor } from "allcores";
import { describe, expect, it, onTestFinished } from "vitest";
import { checksum, compiler, Peer, type PeerName } from "../../bench/native.js";
import { childrenOf, isLinux } from "../support/system.js";

const executor = new SerialExecutor();
const found = compiler();

/** A peer that ends with the test; undefined, and the test skipped, where the CPU can't run it. */
async function start(name: PeerName, skip: (note: string) => void): Promise<Peer> {
  try {
    const peer = await Peer.start(name);
    onTestFinished(() => peer[Symbol.asyncDispose]());
    return peer;
  } catch (error) {
    if ((error as Error).message === "this CPU has no AVX2") skip("this CPU has no AVX2");
    throw error;
  }
}

const view = (width: number, height: number, re: [number, number], im: [number, number], maxIterations: number) =>
  ({ width, height, region: { re, im }, maxIterations }) satisfies FractalOptions;
const VIEWS = [
  view(1, 1, [-0.5, 1], [0, 1], 10),
  view(97, 1, [-2, 0.5], [0, 0], 1000),
  view(1, 61, [-0.75, 0], [-1, 1], 200),
  view(150, 200, [-1.5, 0], [-1, 0], 20),
  view(75, 50, [0.5, -2], [1.25, -1.25], 1000),
  // A fused multiply-add, of which counts are not safe, shows here.
  view(201, 150, [-0.85, -0.6], [-0.05, 0.2], 2000),
  view(33, 17, [-1e200, 1e300], [-1e-300, 1e155], 5),
];

describe.skipIf(found === undefined)(`native peers (${found ?? "skipped: no C compiler here"})`, () => {
  it.for(["fractal", "fractal-avx2"] as const)(
    "%s: the counts, bit by bit",
    { timeout: 20_000 },
    async (name, { skip }) => {
      const peer = await start(name, skip);
      for (const picture of VIEWS) {
        const { width, height, region, maxIterations } = picture;
        const { answer, ms } = await peer.ask([width, height, ...region.re, ...region.im, maxIterations].join(" "));
        const { data } = await renderFractal({ ...picture, executor });
        expect(answer, JSON.stringify(picture)).toBe(checksum(data));
        expect(ms).toBeGreaterThanOrEqual(0);
      }
    },
  );

  it.for(["pi", "pi-avx2"] as const)(
    "%s: hits, within 5 standard errors",
    { timeout: 20_000 },
    async (name, { skip }) => {
      const samples = 2 ** 24;
      const peer = await start(name, skip);
      const hits = Number((await peer.ask(`${samples} 42`)).answer);
      const estimate = await estimatePi({ samples, seed: 42, executor });
      expect(Math.abs((4 * hits) / samples - estimate.pi)).toBeLessThan(5 * Math.SQRT2 * estimate.stderr);
    },
  );

  it("tells a request that makes no sense, and ends", { timeout: 20_000 }, async () => {
    const peer = await Peer.start("pi");
    await expect(peer.ask("a lot")).rejects.toThrow(/pi ended without an answer: not a request: a lot/);
    await peer[Symbol.asyncDispose]();
    if (isLinux) expect(childrenOf()).toEqual([]);
  });
});

it("the checksum tells a single count apart", { timeout: 5_000 }, () => {
  // FNV-1a over words, by its definition.
  const hash = (counts: number[]) =>
    counts.reduce(
      (state, count) => BigInt.asUintN(64, (state ^ BigInt.asUintN(32, BigInt(count))) * 0x100000001b3n),
      0xcbf29ce484222325n,
    );
  const counts = [0, 1, 1000, 2 ** 31 - 1, 7];
  expect(checksum(Int32Array.from(counts))).toBe(
    `${counts.reduce((a, b) => a + b)} ${hash(counts).toString(16).padStart(16, "0")}`,
  );
  expect(checksum(Int32Array.of(1, 2))).not.toBe(checksum(Int32Array.of(2, 1)));
});
