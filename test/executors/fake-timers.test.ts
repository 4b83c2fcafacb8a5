/** Test runners replace timers and the clock: the package goes on by the real ones, taken when it was loaded. */
import { mock } from "node:test";
import { setImmediate as nextTurn } from "node:timers";
import { jsKernel, renderFractal, TaskGroup, timeout, toThread } from "allcores";
import { compare } from "allcores/bench";
import { Condition, Event, Lock, Timer } from "allcores/sync";
import { Thread } from "allcores/threading";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { executors, shared } from "./all.js";

const url = new URL("../fixtures/kernels.mjs", import.meta.url);
const add = jsKernel<(a: number, b: number) => number>(url, "add");
const harmonic = jsKernel<(begin: number, end: number) => number>(url, "harmonic");
const forever = jsKernel<() => void>(url, "forever");

/** What replaces what. */
const runners: [name: string, install: () => () => void, advance: (ms: number) => void][] = [
  [
    "node:test",
    () => {
      mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate", "Date"] });
      return () => mock.timers.reset();
    },
    (ms) => mock.timers.tick(ms),
  ],
  [
    "vitest, and so jest and sinon",
    () => {
      const timers = ["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval"] as const;
      vi.useFakeTimers({ toFake: [...timers, "performance", "hrtime", "Date", "queueMicrotask"] });
      return () => vi.useRealTimers();
    },
    (ms) => vi.advanceTimersByTime(ms),
  ],
];

/** Resolves when a worker has the call. */
async function untilRunning(call: { readonly state: string }): Promise<void> {
  while (call.state === "pending") await new Promise((resolve) => nextTurn(resolve));
}

describe.each(runners)("fake timers of %s", (_name, install, advance) => {
  let restore = (): void => {};
  beforeEach(() => {
    restore = install();
  });
  afterEach(() => restore());

  describe.each(executors)("$kind", (row) => {
    const executor = shared(row);

    it("does a long job with progress, and the event loop turns meanwhile", async () => {
      let turns = 0;
      let isOver = false;
      const turn = () => {
        turns++;
        if (!isOver) nextTurn(turn);
      };
      nextTurn(turn);
      const seen: number[] = [];
      const n = 6e7; // 0.1 s or more
      const sum = await executor.it.parallelReduce(harmonic, n, [], {
        ...{ combine: (a: number, b: number) => a + b, initial: 0, grain: 1e5 },
        onProgress: ({ done }) => seen.push(done),
      });
      isOver = true;
      expect(sum).toBeCloseTo(Math.log(n) + 0.5772156649, 6);
      expect(turns).toBeGreaterThan(3);
      expect(seen.at(-1)).toBe(n);
    });

    it("cancels a job between slices, and a call that never returns where there are workers", async () => {
      const combine = (a: number, b: number) => a + b;
      const job = executor.it.parallelReduce(harmonic, 2 ** 40, [], { combine, initial: 0, grain: 1e5 });
      nextTurn(() => job.cancel());
      await expect(job).rejects.toThrow(/aborted/);
      if (row.workers === "none") return;
      const call = executor.it.submit(forever);
      await untilRunning(call);
      call.cancel();
      await expect(call).rejects.toThrow(/aborted/);
      expect(await executor.it.submit(add, [1, 2])).toBe(3);
    });

    it("draws a picture that is copied in steps", async () => {
      const size = { width: 2048, height: 1024, maxIterations: 2, executor: executor.it };
      expect((await renderFractal(size)).data).toHaveLength(2 ** 21);
    });
  });

  it("let toThread, Thread, groups and locks go on, with time-outs of real time", async () => {
    expect(await toThread(add, [1, 2])).toBe(3);
    const stuck = toThread(forever);
    await untilRunning(stuck);
    stuck.cancel();
    await expect(stuck).rejects.toThrow(/aborted/);

    const event = new Event();
    const wait = jsKernel<(handle: Event["handle"]) => boolean>(
      new URL("../fixtures/sync.mjs", import.meta.url),
      "waitFor",
    );
    const thread = new Thread(wait, [event.handle]);
    thread.start();
    expect([thread.join(20), await thread.joinAsync({ timeout: 20 })]).toEqual([false, false]);
    event.set();
    expect(await thread.joinAsync()).toBe(true);

    const lock = new Lock();
    const condition = new Condition(lock);
    lock.acquire();
    expect(await condition.waitAsync({ timeout: 20 })).toBe(false);
    lock.release();
    expect(await event.waitAsync({ timeout: 20 })).toBe(true);

    expect(await TaskGroup.run(() => toThread(add, [3, 4]))).toBe(7);
  });

  it("drive timeout and Timer, which are the program's own clocks", () => {
    let calls = 0;
    new Timer(1e9, () => calls++).start();
    using limit = timeout(1e9);
    using stopped = timeout(1e9);
    stopped.reschedule(undefined);
    advance(1e9 - 1);
    expect([limit.expired, calls]).toEqual([false, 0]);
    advance(1);
    expect([limit.expired, stopped.expired, calls]).toEqual([true, false, 1]);
  });

  it("let allcores/bench time", async () => {
    let calls = 0;
    const call = () => {
      calls++;
      return 1;
    };
    const report = await compare({ name: "calls", check: "equal", cases: { a: call, b: () => 1 }, budget: 300 });
    expect(report.state).toBe("done");
    expect(calls).toBeGreaterThan(1000);
  });
});
