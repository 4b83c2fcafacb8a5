/** Short calls of which a worker is given several at once: what becomes of those behind one that is not as short as they are. */
import { type Future, heap, jsKernel, KernelError, ThreadExecutor, WorkerCrashedError } from "allcores";
import { expect, it, onTestFinished } from "vitest";

type Call = (counts: Int32Array, order: Int32Array, i: number, what: number) => number;
const short = jsKernel<Call>(new URL("../fixtures/short.mjs", import.meta.url), "call");
/** What the kernel may be asked for. */
const [EXIT, SPIN, WAIT, SET, LEAVE] = [1, 2, 3, 4, 5] as const;

const CALLS = 200;
const LIMIT = { timeout: 20_000 };

interface Burst {
  readonly executor: ThreadExecutor;
  /** How often each call has begun by its index, and a word. */
  readonly counts: Int32Array;
  /** As the how manieth each has begun, and how many have. */
  readonly order: Int32Array;
  readonly calls: readonly Future<number>[];
}

/** Many calls at once of a kernel that is known to be short, some of which are something else. */
async function burst(workers: number, asked: Readonly<Record<number, number>>): Promise<Burst> {
  const executor = new ThreadExecutor({ workers });
  onTestFinished(() => executor.shutdown({ cancel: true }));
  const [counts, order] = [heap.int32(CALLS + 1), heap.int32(CALLS + 1)];
  await executor.ready();
  for (let i = 0; i < 50; i++) await executor.submit(short, [counts, order, i, 0]);
  for (const array of [counts, order]) array.fill(0);
  const calls = Array.from({ length: CALLS }, (_, i) => executor.submit(short, [counts, order, i, asked[i] ?? 0]));
  return { executor, counts, order, calls };
}

const once = new Array<number>(CALLS).fill(1);

it("each is run once, and answered with what is its own", LIMIT, async () => {
  const { counts, calls } = await burst(2, {});
  expect(await Promise.all(calls)).toEqual(calls.map((_, i) => i));
  expect([...counts.subarray(0, CALLS)]).toEqual(once);
});

/** Keeps this thread from giving tasks, but for a turn of its event loop each 30 ms, until all calls are over. */
async function busyUntil(calls: readonly Promise<unknown>[]): Promise<void> {
  let isOver = false;
  const over = Promise.allSettled(calls).then(() => {
    isOver = true;
  });
  while (!isOver) {
    for (const end = performance.now() + 30; performance.now() < end; );
    await new Promise((resolve) => setImmediate(resolve));
  }
  await over;
}

it("a worker is given several at once: they are done while this thread has no time to give them", LIMIT, async () => {
  // A call that another program has interrupted looks long for some calls: of five pools one is undisturbed.
  let most = 0;
  for (let i = 0; i < 5 && most <= 4; i++) {
    const { counts, calls } = await burst(1, {});
    await calls[0];
    for (const end = performance.now() + 30; performance.now() < end; );
    most = counts.subarray(0, CALLS).reduce((sum, count) => sum + count, 0);
    await Promise.all(calls);
  }
  // The first two alone, if each were given when the one before it is answered.
  expect(most).toBeGreaterThan(4);
});

it("those behind one that ends its worker come next, before those that were not given yet", LIMIT, async () => {
  const { order, calls } = await burst(1, { 50: EXIT });
  await busyUntil(calls);
  // The call that ends the worker, and the last one that had begun, are known by their own places.
  const begun = [...order.subarray(0, CALLS)];
  expect(begun).toEqual([...begun].sort((a, b) => a - b));
});

it("a long one holds up none of those behind it", LIMIT, async () => {
  const { calls } = await burst(2, { 60: SPIN });
  const ended: number[] = [];
  await Promise.all(calls.map((call) => call.then((i) => ended.push(i))));
  expect(ended).toHaveLength(CALLS);
  expect(ended.at(-1)).toBe(60);
});

it("one that waits for a call behind it does not wait for ever", LIMIT, async () => {
  for (let i = 40; i < 60; i += 4) {
    const { counts, calls } = await burst(2, { [i]: WAIT, [i + 1]: SET });
    expect(await Promise.all(calls)).toEqual(calls.map((_, at) => at));
    expect([...counts.subarray(0, CALLS)]).toEqual(once);
  }
});

it("one that ends its worker is told so, and no other is lost or run twice", LIMIT, async () => {
  const { counts, calls } = await burst(2, { 50: EXIT, 90: EXIT });
  const outcomes = await Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
  for (const [i, outcome] of outcomes.entries())
    if (i === 50 || i === 90) expect(outcome).toBeInstanceOf(WorkerCrashedError);
    else expect(outcome).toBe(i);
  expect([...counts.subarray(0, CALLS)]).toEqual(once);
});

it("what one leaves behind is told to that one", LIMIT, async () => {
  const { calls } = await burst(2, { 70: LEAVE });
  const outcomes = await Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
  expect(outcomes[70]).toBeInstanceOf(KernelError);
  expect(outcomes.filter((outcome) => outcome instanceof Error)).toHaveLength(1);
});

it("one is answered while the one behind it goes on", LIMIT, async () => {
  for (let i = 40; i < 60; i += 3) {
    const { counts, calls } = await burst(1, { [i + 1]: WAIT });
    expect(await calls[i]).toBe(i);
    Atomics.store(counts, CALLS, 1);
    Atomics.notify(counts, CALLS);
    await Promise.all(calls);
  }
});

it("those that have begun are answered though all behind them are cancelled", LIMIT, async () => {
  for (let us = 0; us < 400; us += 80) {
    const { executor, calls } = await burst(1, {});
    await calls[20];
    for (const end = performance.now() + us / 1000; performance.now() < end; );
    for (const call of calls) call.cancel("enough");
    const outcomes = await Promise.allSettled(calls);
    for (const [i, outcome] of outcomes.entries())
      expect(outcome.status === "fulfilled" ? outcome.value : outcome.reason).toBeOneOf([i, "enough"]);
    await executor.shutdown();
  }
});

it("those behind a long one can be cancelled, and do not begin", LIMIT, async () => {
  const { executor, counts, order } = await burst(1, {});
  const long = executor.submit(short, [counts, order, 0, SPIN]);
  let isOver = false;
  long.then(() => {
    isOver = true;
  });
  const behind = Array.from({ length: 20 }, (_, i) => executor.submit(short, [counts, order, 100 + i, 0]));
  await expect.poll(() => long.state, { interval: 1, timeout: 10_000 }).toBe("running");
  counts.fill(0);
  for (const call of behind) expect(call.cancel()).toBe(true);
  const outcomes = await Promise.allSettled(behind);
  expect(isOver).toBe(false);
  expect(outcomes.map(({ status }) => status)).toEqual(behind.map(() => "rejected"));
  await long;
  expect([...counts]).toEqual(new Array(CALLS + 1).fill(0));
});

it("a map yields them in the order of its items", LIMIT, async () => {
  const executor = new ThreadExecutor({ workers: 2 });
  onTestFinished(() => executor.shutdown());
  const square = jsKernel<(x: number) => number>("data:text/javascript,export const square = (x) => x * x;", "square");
  const results: number[] = [];
  for (let turn = 0; turn < 2; turn++)
    for await (const result of executor.map(square, Array(CALLS).keys(), { window: CALLS })) results.push(result);
  const squares = Array.from({ length: CALLS }, (_, i) => i * i);
  expect(results).toEqual([...squares, ...squares]);
});
