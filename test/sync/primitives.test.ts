/** Semaphores, Event, Latch, Counter and Timer: CPython's cases and ours. */
import { heap } from "allcores";
import { BoundedSemaphore, Counter, Event, Latch, Lock, Semaphore, Timer } from "allcores/sync";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { LOOK } from "../../dist/sync/look.js";
import { FORMS, play, somebodyWaits, wait, waiting } from "./threads.js";

const SEMAPHORES = [Semaphore, BoundedSemaphore].flatMap((Kind) =>
  FORMS.map((form) => ({ Kind, name: Kind.name, form })),
);

describe.each(SEMAPHORES)("$name, $form", { timeout: 10_000 }, ({ Kind, form }) => {
  it("has one permit unless told otherwise, and none below 0", () => {
    expect(new Kind().value).toBe(1);
    for (const bad of [-1, 1.5, 2 ** 27]) expect(() => new Kind(bad)).toThrow(RangeError);
    expect(() => new Kind("1" as never)).toThrow(TypeError);
  });

  it("gives as many permits as it has", async () => {
    const semaphore = new Kind(3);
    for (const left of [2, 1, 0]) {
      expect(await wait(form, semaphore, "acquire")).toBe(true);
      expect(semaphore.value).toBe(left);
    }
    expect(await wait(form, semaphore, "acquire", 0)).toBe(false);
    expect(await wait(form, semaphore, "acquire", 20)).toBe(false);
    semaphore.release();
    expect(await wait(form, semaphore, "acquire", 0)).toBe(true);
  });

  it("lets as many go on as permits are given back at once", async () => {
    const semaphore = new Kind(3);
    for (const _ of [1, 2, 3]) semaphore.acquire();
    const done = new Latch(2);
    const players = Array.from({ length: 3 }, () =>
      play({ semaphore, done }, [["tell"], waiting(form, "semaphore", "acquire"), ["done", "countDown"]]),
    );
    await Promise.all(players.map(({ told }) => told()));
    semaphore.release(2);
    expect(await done.waitAsync({ timeout: 5000 })).toBe(true);
    expect(semaphore.value).toBe(0);
    semaphore.release();
    for (const { results } of players) expect((await results)[1]).toBe(true);
  });

  it("is given back at the end of a scope", async () => {
    const semaphore = new Kind(1);
    {
      using _held = form === "async" ? await semaphore.holdAsync() : semaphore.hold();
      expect(semaphore.value).toBe(0);
    }
    expect(semaphore.value).toBe(1);
  });
});

it("Semaphore may have more permits than at the start, BoundedSemaphore may not", () => {
  const free = new Semaphore(1);
  free.release(4);
  expect(free.value).toBe(5);
  const bounded = BoundedSemaphore.from(new BoundedSemaphore(1).handle);
  expect(() => bounded.release()).toThrow(/the semaphore has 1 permits, this would make 2/);
  bounded.acquire();
  expect(() => bounded.release(2)).toThrow(RangeError);
  bounded.release();
  expect(bounded.value).toBe(1);
});

describe.each(FORMS)("Event, %s", { timeout: 10_000 }, (form) => {
  it("lets all go on who wait, and who come later", async () => {
    const event = new Event();
    const players = Array.from({ length: 3 }, () => play({ event }, [["tell"], waiting(form, "event", "wait")]));
    await Promise.all(players.map(({ told }) => told()));
    event.set();
    expect(event.isSet).toBe(true);
    for (const { results } of players) expect((await results)[1]).toBe(true);
    expect(await wait(form, event, "wait")).toBe(true);
    event.clear();
    expect([event.isSet, await wait(form, event, "wait", 0), await wait(form, event, "wait", 20)]).toEqual(
      Array(3).fill(false),
    );
  });

  it("is seen by who waited, even when it is cleared at once", async () => {
    const event = new Event();
    const players = Array.from({ length: 5 }, () => play({ event }, [["tell"], waiting(form, "event", "wait", 5000)]));
    await Promise.all(players.map(({ told }) => told()));
    await somebodyWaits(event);
    for (let round = 0; round < 100; round++) {
      event.set();
      event.clear();
      await new Promise((resolve) => setTimeout(resolve, 1)); // who told may not have begun to wait
    }
    for (const { results } of players) expect((await results)[1]).toBe(true);
  });
});

describe.each(FORMS)("Latch, %s", { timeout: 10_000 }, (form) => {
  it("opens at 0 and stays open", async () => {
    const latch = new Latch(3);
    const waiter = play({ latch }, [waiting(form, "latch", "wait")]);
    await somebodyWaits(latch);
    latch.countDown(2);
    expect([latch.count, await wait(form, latch, "wait", 10)]).toEqual([1, false]);
    latch.countDown(5);
    expect(await waiter.results).toEqual([true]);
    latch.countDown();
    expect([latch.count, await wait(form, latch, "wait")]).toEqual([0, true]);
  });
});

it("Counter adds, exchanges and wraps around", async () => {
  const counter = new Counter(5);
  expect([counter.add(), counter.add(-2), counter.exchange(7), counter.value]).toEqual([6, 4, 4, 7]);
  expect([counter.compareExchange(6, 1), counter.compareExchange(7, 1), counter.value]).toEqual([false, true, 1]);
  counter.value = 2 ** 31 - 1;
  expect([counter.add(), counter.value]).toEqual([-(2 ** 31), -(2 ** 31)]);
  counter.value = 0;
  const steps = Array.from({ length: 100 }, () => ["counter", "add", 1] as const);
  await Promise.all([1, 2, 3].map(() => play({ counter }, steps).results));
  expect(counter.value).toBe(300);
});

describe("Timer", { timeout: 10_000 }, () => {
  it("calls once after its time", async () => {
    let calls = 0;
    const timer = new Timer(30, () => calls++);
    expect([timer.state, calls]).toEqual(["new", 0]);
    const started = performance.now();
    timer.start();
    expect(timer.state).toBe("started");
    expect(await timer.waitAsync()).toBe(true);
    expect(performance.now() - started).toBeGreaterThan(28);
    await new Promise((resolve) => setImmediate(resolve));
    expect([timer.state, calls, timer.cancel()]).toEqual(["fired", 1, false]);
    expect(() => timer.start()).toThrow(/started already/);
  });

  it("takes times that setTimeout does not", () => {
    vi.useFakeTimers();
    const { ms } = LOOK;
    LOOK.ms = 2 ** 31 - 1;
    onTestFinished(() => {
      vi.useRealTimers();
      LOOK.ms = ms;
    });
    let calls = 0;
    const timer = new Timer(2 ** 31 + 10, () => calls++);
    timer.start();
    vi.advanceTimersByTime(2 ** 31);
    expect([timer.state, calls]).toEqual(["started", 0]);
    vi.advanceTimersByTime(10);
    expect([timer.state, calls]).toEqual(["fired", 1]);
  });

  it("is cancelled from any thread: then nothing is called", async () => {
    let calls = 0;
    const timer = new Timer(60_000, () => calls++);
    timer.start();
    expect(
      await play({ timer }, [
        ["timer", "cancel"],
        ["timer", "cancel"],
        ["timer", "start"],
      ]).results,
    ).toEqual([true, false, "UnsupportedError"]);
    expect(await timer.waitAsync()).toBe(true);
    expect([timer.state, calls]).toEqual(["cancelled", 0]);
    const early = new Timer(0, () => calls++);
    early.cancel();
    early.start();
    expect([early.state, calls]).toEqual(["cancelled", 0]);
    expect(() => new Timer(10, () => {}).wait()).toThrow(/would wait for itself/);
  });
});

it("primitives may lie on the heap, and their words be freed there", async () => {
  const lock = new Lock({ on: heap });
  const counter = new Counter(3, { on: heap });
  lock.acquire();
  expect(
    await play({ lock, counter }, [
      ["lock", "acquire", 0],
      ["counter", "add"],
    ]).results,
  ).toEqual([false, 4]);
  expect(lock.words.buffer).toBe(counter.words.buffer);
  for (const { words } of [lock, counter]) heap.free(words);
});

it("what primitives are given is checked", () => {
  for (const bad of [5, null, "x"]) expect(() => new Lock(bad as never)).toThrow(/must be an options object/);
  expect(() => new Semaphore(null as never)).toThrow(TypeError);
  expect(() => new Timer(1000, () => {}).wait("x" as never)).toThrow(/timeoutMs must be a time/);
  for (const bad of ["1", 1.5]) expect(() => new Counter().add(bad as never)).toThrow(/by must be a whole number/);
  const { agents: _, ...handle } = new Lock().handle;
  expect(() => Lock.from(handle as never)).toThrow(TypeError);
});
