/** The built-in computations, cancelled in the middle: soon, with the signal's own reason, at no cost to the pool. */
import { type Executor, estimatePi, heap, renderFractal, sumUpTo } from "allcores";
import { scalar, twins } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { type ExecutorRow, executors, shared } from "../executors/all.js";
import { expectWorkersKept, workersOf } from "../support/cancel.js";
import { js, type Range } from "../support/kernels.js";
import { fractalCounts } from "./fractal-oracle.js";
import { piHits } from "./pi.oracle.js";

/** Promised on threads are 50 ms, and a slice is 5 ms; the rest is for a machine that has other things to do. */
const SOON_MS = 150;
/** A pool may be told through files or messages first. */
const ELSEWHERE_MS = 300;

type Start = (executor: Executor, signal: AbortSignal) => Promise<unknown>;

const size = { width: 512, height: 512, maxIterations: 1e6 } as const;
/** Black: every pixel takes all the iterations, 2.6e11 together. */
const deep = { ...size, shortcuts: false, region: { re: [-0.1, 0.1], im: [-0.1, 0.1] } } as const;
/** Of the real axis: most orbits neither escape nor cycle, so that no shortcut ends them. */
const chaos = { ...size, region: { re: [-1.99, -1.8], im: [0, 0] } } as const;

/** A pixel of a million iterations would take longer than a slice. */
const multibrot = { kind: "multibrot", power: 7, maxIterations: 1e5 } as const;

const jobs: [name: string, start: Start][] = [
  ["pi at 1e13 samples", (executor, signal) => estimatePi({ samples: 1e13, seed: 1, executor, signal })],
  ["a fractal at 1e6 iterations", (executor, signal) => renderFractal({ ...chaos, executor, signal })],
  ["the same without shortcuts", (executor, signal) => renderFractal({ ...deep, executor, signal })],
  ["a Julia set at 1e6 iterations", julia],
  ["distances", (executor, signal) => renderFractal({ ...deep, output: "distance", executor, signal })],
  ["a multibrot", (executor, signal) => renderFractal({ ...deep, ...multibrot, executor, signal })],
  ["the twin's pi", (executor, signal) => twins.estimatePi({ samples: 1e13, seed: 1, executor, signal })],
  ["the twin's fractal", (executor, signal) => twins.renderFractal({ ...deep, executor, signal })],
  [
    "the twin's distances",
    (executor, signal) => twins.renderFractal({ ...deep, output: "distance", executor, signal }),
  ],
  ["plain Wasm's pi", (executor, signal) => scalar.estimatePi({ samples: 1e13, seed: 1, executor, signal })],
  ["plain Wasm's fractal", (executor, signal) => scalar.renderFractal({ ...deep, executor, signal })],
];

function julia(executor: Executor, signal: AbortSignal): Promise<unknown> {
  return renderFractal({ ...deep, kind: "julia", c: { re: 0, im: 0 }, executor, signal });
}

/** Starts a job, aborts it when it is under way, and returns how many ms it took to reject with the very reason. */
async function cancelled(start: Start, executor: Executor, afterMs: number): Promise<number> {
  const controller = new AbortController();
  const reason = { because: "of the test" };
  const outcome = start(executor, controller.signal).then(
    () => expect.unreachable("it can't have finished"),
    (caught: unknown) => caught,
  );
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const begin = performance.now();
  controller.abort(reason);
  expect(await outcome).toBe(reason);
  return performance.now() - begin;
}

const expectedHits = piHits(2 ** 20 + 3, 9n);
const small = { width: 300, height: 200, re: [-2, 0.5], im: [-1.25, 1.25], maxIterations: 100 } as const;
const expectedCounts = fractalCounts(small);

/** Each computation on threads and on one other kind, in turn: how a slice is cut is the kernel's, how a stop gets there is the executor's. */
const others = executors.filter(({ kind }) => kind !== "threads");
const jobsOn = ({ kind }: ExecutorRow) =>
  jobs.filter((_, i) => kind === "threads" || others[i % others.length]?.kind === kind);

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row);
  const bound = row.workers === "processes" ? ELSEWHERE_MS : SOON_MS;

  it.each(jobsOn(row))("%s rejects soon, and the same workers go on", { timeout: 15_000 }, async (_, start) => {
    await expectWorkersKept(executor.it, bound, (attempt) => cancelled(start, executor.it, [1, 60][attempt % 2] ?? 1));
    const stats = heap.stats();
    const workers = await workersOf(executor.it);

    const { hits } = await estimatePi({ samples: 2 ** 20 + 3, seed: 9, executor: executor.it });
    expect(hits).toBe(expectedHits);
    const { re, im, ...size } = small;
    const { data } = await renderFractal({ ...size, region: { re, im }, executor: executor.it });
    expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(expectedCounts.buffer))).toBe(0);
    expect(await sumUpTo(2 ** 24, { executor: executor.it })).toBe(140737479966720n);
    expect(await workersOf(executor.it)).toEqual(workers);
    expect(heap.stats()).toEqual(stats);
  });

  it("a job that shares the pool is not touched", { timeout: 15_000 }, async () => {
    const other = estimatePi({ samples: 1e8, seed: 3, executor: executor.it });
    await cancelled(julia, executor.it, 20);
    const alone = await estimatePi({ samples: 1e8, seed: 3 });
    expect(await other).toEqual(alone);
  });

  it("out is the caller's again at once", { timeout: 15_000 }, async () => {
    using scope = heap.scope();
    const out = scope.int32(512 * 512);
    await cancelled((it, signal) => renderFractal({ ...deep, out, executor: it, signal }), executor.it, 60);
    out.fill(-7);
    // Whoever still wrote would do so within a slice or two.
    await executor.it.parallelFor(js<Range<[ms: number]>>("spinItems"), 4, [5]);
    expect(out.every((value) => value === -7)).toBe(true);
  });
});
