/** The peers of the bench: those that are here compute the same as the kernels. Skipped where a part is missing. */
import { estimatePi, type FractalOptions, renderFractal, SerialExecutor, sumUpTo } from "allcores";
import { describe, expect, it, onTestFinished } from "vitest";
import { checksum, type Peer, type PeerRow, type PeerWork, peersFor, works } from "../../bench/peers.js";

/** Numba compiles before it is ready. */
const TIMEOUT = 90_000;
const NOT_HERE = /^(no C compiler|no Python|this CPU has no AVX2)/;

const executor = new SerialExecutor();

/** A peer that ends with the test; the test is skipped where the machine has not what it needs. */
async function start(row: PeerRow, skip: (note: string) => void): Promise<Peer> {
  try {
    const peer = await row.start();
    onTestFinished(() => peer[Symbol.asyncDispose]());
    return peer;
  } catch (error) {
    const { message } = error as Error;
    if (NOT_HERE.test(message)) skip(message);
    throw error;
  }
}

/** A test for each row of a work. */
function each(work: PeerWork, test: (peer: Peer, row: PeerRow) => Promise<void>): void {
  it.for(peersFor(work).map((row) => [row.name, row] as const))("%s", { timeout: TIMEOUT }, async ([, row], { skip }) =>
    test(await start(row, skip), row),
  );
}

const view = (width: number, height: number, re: [number, number], im: [number, number], maxIterations: number) =>
  ({ width, height, region: { re, im }, maxIterations }) satisfies FractalOptions;
const julia = (picture: ReturnType<typeof view>, re: number, im: number) =>
  ({ ...picture, kind: "julia", c: { re, im } }) satisfies FractalOptions;
const VIEWS = [
  view(1, 1, [-0.5, 1], [0, 1], 10),
  view(97, 1, [-2, 0.5], [0, 0], 1000),
  view(1, 61, [-0.75, 0], [-1, 1], 200),
  view(150, 200, [-1.5, 0], [-1, 0], 20),
  view(75, 50, [0.5, -2], [1.25, -1.25], 1000),
  // A fused multiply-add, of which counts are not safe, shows here.
  view(201, 150, [-0.85, -0.6], [-0.05, 0.2], 2000),
  view(33, 17, [-1e200, 1e300], [-1e-300, 1e155], 5),
  // Orbits that leave the circle and come back: |c| is above 2.
  view(64, 40, [-6, 6], [-6, 6], 30),
  julia(view(1, 1, [0, 1], [0, 1], 10), -0.8, 0.156),
  julia(view(75, 51, [1.5, -1.5], [1, -1], 500), -0.8, 0.156),
  julia(view(203, 99, [-1.5, 1.5], [-1, 1], 2000), 0.285, 0.01),
  julia(view(40, 30, [-3, 3], [-3, 3], 30), -2.5, 1),
];
/** Wider than what numpy takes at once, and not a multiple of it. */
const WIDE = view(9001, 3, [-2, 0.5], [-0.1, 0.1], 50);

const cost = ({ width, height, maxIterations }: ReturnType<typeof view>) => width * height * maxIterations;

describe("fractal: the counts, bit by bit", () => {
  each("fractal", async (peer, { isSlow }) => {
    for (const picture of [...VIEWS, WIDE].filter((picture) => !isSlow || cost(picture) < 4e6)) {
      const { answer, ms } = await peer.ask(works.fractal.request(picture));
      const { data } = await renderFractal({ ...picture, executor });
      expect(works.fractal.answer(answer), JSON.stringify(picture)).toBe(checksum(data));
      expect(ms).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("pi: hits, within 5 standard errors", () => {
  each("pi", async (peer, { isSlow }) => {
    const samples = isSlow ? 2 ** 20 : 2 ** 24;
    const hitsOf = async (seed: number | bigint) =>
      works.pi.answer((await peer.ask(works.pi.request({ samples, seed }))).answer);
    const hits = await hitsOf(42);
    const estimate = await estimatePi({ samples, seed: 42, executor });
    expect(Math.abs((4 * hits) / samples - estimate.pi)).toBeLessThan(5 * Math.SQRT2 * estimate.stderr);
    // The same seed, the same points; the greatest one is a seed, too.
    expect(await hitsOf(42)).toBe(hits);
    expect(await hitsOf(2n ** 64n - 1n)).not.toBe(hits);
  });
});

describe("sum: to the last digit", () => {
  each("sum", async (peer, { isSlow }) => {
    const sumOf = async (n: number) => {
      const { answer, ms } = await peer.ask(works.sum.request({ n }));
      return { sum: works.sum.answer(answer), ms };
    };
    for (const n of [0, 1, 2, 1000, 2 ** 20 + 1]) expect((await sumOf(n)).sum).toBe(await sumUpTo(n, { executor }));
    if (isSlow) return;
    const n = 2 ** 31 + 1;
    const large = await sumOf(n);
    expect(large.sum).toBe((BigInt(n) * BigInt(n - 1)) / 2n);
    // By a formula it would take no time; 16 numbers in a ns are out of reach of looping.
    expect(large.ms).toBeGreaterThan(n / 16e6);
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
