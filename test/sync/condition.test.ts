/** Condition: the ideas of CPython's ConditionTests, with threads, in both forms of waiting. */
import { Condition, Counter, Event, Lock, NotHeldError, RLock } from "allcores/sync";
import { describe, expect, it } from "vitest";
import { end, FORMS, play, type Step, wait, waiting } from "./threads.js";

const CASES = [Lock, RLock].flatMap((Kind) => FORMS.map((form) => ({ Kind, name: Kind.name, form })));
const immediate = () => new Promise((resolve) => setImmediate(resolve));

describe.each(CASES)("Condition on a $name, $form", { timeout: 15_000 }, ({ Kind, form }) => {
  const sleep = (timeout?: number): Step[] => [
    ["lock", "acquire"],
    ["in", "add"],
    waiting(form, "condition", "wait", timeout),
    ["out", "add"],
    ["lock", "release"],
  ];
  const setUp = () => {
    const lock = new Kind();
    const things = { lock, condition: new Condition(lock), in: new Counter(), out: new Counter() };
    /** With the lock, once so many wait: they count themselves in before they release it by waiting. */
    const whenWaiting = async (count: number, work: () => void) => {
      while (things.in.value < count) await immediate();
      using _held = lock.hold();
      work();
    };
    const out = async (count: number) => {
      while (things.out.value < count) await immediate();
      await new Promise((resolve) => setTimeout(resolve, 20)); // time for one too many
      expect(things.out.value).toBe(count);
    };
    return { ...things, things, whenWaiting, out };
  };

  it("needs its lock", async () => {
    const { condition, lock, things } = setUp();
    expect(() => condition.notify()).toThrow(NotHeldError);
    expect(() => condition.wait()).toThrow(NotHeldError);
    await expect(condition.waitAsync()).rejects.toThrow(NotHeldError);
    lock.acquire();
    expect(await play(things, [["condition", "notify"]]).results).toEqual(["NotHeldError"]);
    lock.release();
  });

  it("wakes as many as it is told, and those that have waited longest", async () => {
    const { condition, things, whenWaiting, out } = setUp();
    const first = [1, 2, 3].map(() => play(things, sleep()));
    await whenWaiting(3, () => {});
    const later = [1, 2, 3].map(() => play(things, sleep()));
    await whenWaiting(6, () => condition.notify(2));
    await out(2);
    await whenWaiting(6, () => condition.notify());
    await out(3);
    for (const { results } of first) expect((await results)[2]).toBe(true);
    await whenWaiting(6, () => condition.notifyAll());
    await out(6);
    for (const { results } of later) expect((await results)[2]).toBe(true);
    await whenWaiting(6, () => condition.notify(5)); // nobody waits
  });

  it("says when the time is over, with the lock held", async () => {
    const { condition, lock, things } = setUp();
    lock.acquire();
    expect(await wait(form, condition, "wait", 30)).toBe(false);
    expect(await play(things, [["lock", "acquire", 0]]).results).toEqual([false]);
    lock.release();
  });

  it("is not notified any more once its time is over: the next one is", async () => {
    const { condition, things, whenWaiting, out } = setUp();
    const hasty = play(things, sleep(20));
    expect((await hasty.results)[2]).toBe(false);
    const patient = play(things, sleep());
    await whenWaiting(2, () => condition.notify());
    await out(2);
    expect((await patient.results)[2]).toBe(true);
  });

  it("passes over who has died waiting", async () => {
    const { condition, things, whenWaiting } = setUp();
    const dead = play(things, sleep());
    await whenWaiting(1, () => {});
    await end(dead);
    const alive = play(things, sleep());
    await whenWaiting(2, () => condition.notify());
    expect((await alive.results)[2]).toBe(true);
  });

  it("waits for what a predicate says", async () => {
    const { condition, lock, out, whenWaiting, things } = setUp();
    let calls = 0;
    const predicate = () => {
      calls++;
      return things.out.value >= 2 && "enough";
    };
    lock.acquire(); // the thread begins once this one waits
    const notifier = play(things, [
      ...[1, 2].flatMap((): Step[] => [
        ["lock", "acquire"],
        ["out", "add"],
        ["condition", "notifyAll"],
        ["lock", "release"],
      ]),
    ]);
    const waited = form === "async" ? await condition.waitForAsync(predicate) : condition.waitFor(predicate);
    expect(waited).toBe("enough");
    expect(calls).toBeGreaterThan(1);
    const never = () => false;
    const late = form === "async" ? await condition.waitForAsync(never, { timeout: 20 }) : condition.waitFor(never, 20);
    expect(late).toBe(false);
    lock.release();
    await notifier.results;
    await out(2);
    await whenWaiting(0, () => {});
  });
});

describe("Condition", { timeout: 10_000 }, () => {
  it("has an RLock of its own, which is released wholly and taken back as often", async () => {
    const condition = new Condition();
    const lock = condition.lock as RLock;
    expect(lock).toBeInstanceOf(RLock);
    lock.acquire();
    lock.acquire();
    const other = play({ condition, lock }, [
      ["lock", "acquire"],
      ["condition", "notify"],
      ["lock", "release"],
    ]);
    expect(condition.wait(5000)).toBe(true);
    await other.results;
    const probe = () => play({ lock }, [["lock", "acquire", 0]]).results;
    lock.release();
    expect(await probe()).toEqual([false]);
    lock.release();
    expect(await probe()).toEqual([true]);
  });

  it.each([Lock, RLock])("takes and releases its lock", async (Kind) => {
    const lock = new Kind();
    const condition = new Condition(lock);
    expect([condition.acquire(), lock.locked]).toEqual([true, true]);
    expect(await play({ condition }, [["condition", "acquire", 0]]).results).toEqual([false]);
    condition.release();
    expect(await condition.acquireAsync({ timeout: 10 })).toBe(true);
    lock.release();
    expect(() => condition.release()).toThrow(NotHeldError);
    {
      using _held = condition.hold();
      condition.notify();
    }
    expect(lock.locked).toBe(false);
    {
      using held = await condition.holdAsync();
      expect(await condition.waitForAsync(() => lock.locked)).toBe(true);
      held.release();
    }
    expect(lock.locked).toBe(false);
    const holder = play({ condition, event: new Event() }, [["condition", "acquire"], ["tell"], ["event", "wait"]]);
    await holder.told();
    const given = condition.holdAsync({ signal: AbortSignal.timeout(10) });
    await expect(given).rejects.toMatchObject({ name: "TimeoutError" });
    await end(holder);
  });

  it("rejects an aborted wait with the reason, the lock held; who had been notified goes on", async () => {
    const lock = new Lock();
    const condition = new Condition(lock);
    const reason = new Error("enough");
    const controller = new AbortController();
    lock.acquire();
    const waited = condition.waitAsync({ signal: controller.signal });
    controller.abort(reason);
    await expect(waited).rejects.toBe(reason);
    expect(lock.locked).toBe(true);
    const again = new AbortController();
    const notified = condition.waitAsync({ signal: again.signal });
    lock.acquire();
    condition.notify();
    again.abort(reason);
    lock.release();
    expect(await notified).toBe(true);
    lock.release();
  });

  it("passes over who has died waiting, though nobody has been told yet", async () => {
    const lock = new Lock();
    const condition = new Condition(lock);
    const waiting = new Counter();
    const dead = play({ condition, lock, waiting }, [
      ["lock", "acquire"],
      ["waiting", "add"],
      ["condition", "wait"],
    ]);
    while (waiting.value === 0) await immediate();
    await lock.acquireAsync();
    const alive = condition.waitAsync({ timeout: 5000 });
    await lock.acquireAsync();
    void dead.worker.terminate();
    const until = performance.now() + 100;
    while (performance.now() < until); // its end is seen by an event
    condition.notify();
    lock.release();
    expect(await alive).toBe(true);
    lock.release();
  });

  it("keeps nothing of waits that are over", async () => {
    const lock = new Lock();
    const condition = new Condition(lock);
    lock.acquire();
    const controller = new AbortController();
    const waited = condition.waitAsync({ signal: controller.signal });
    controller.abort();
    await expect(waited).rejects.toThrow();
    await condition.waitAsync({ timeout: 1 });
    // All that is armed on the slot would be counted here.
    expect(Atomics.notify(condition.words, 16)).toBe(0);
    lock.release();
  });

  it("takes a lock, or nothing", () => {
    expect(() => new Condition({} as never)).toThrow(TypeError);
    expect(() => Condition.from(new Lock().handle as never)).toThrow(TypeError);
  });
});
