/** Lock and RLock: the ideas of CPython's lock_tests, with threads, in both forms of waiting. */
import { jsKernel, ThreadExecutor } from "allcores";
import { Event, Lock, NotHeldError, RLock } from "allcores/sync";
import { describe, expect, it } from "vitest";
import { FORMS, play, somebodyWaits, wait, waiting } from "./threads.js";

const KINDS = [Lock, RLock];
const CASES = KINDS.flatMap((Kind) => FORMS.map((form) => ({ Kind, name: Kind.name, form })));

describe.each(CASES)("$name, $form", { timeout: 10_000 }, ({ Kind, form }) => {
  const other = (lock: Lock | RLock, timeout?: number) => play({ lock }, [waiting(form, "lock", "acquire", timeout)]);

  it("is taken and released", async () => {
    const lock = new Kind();
    expect(lock.locked).toBe(false);
    expect(await wait(form, lock, "acquire")).toBe(true);
    expect(lock.locked).toBe(true);
    lock.release();
    expect(lock.locked).toBe(false);
  });

  it("is not taken while another thread has it", async () => {
    const lock = new Kind();
    lock.acquire();
    expect(await other(lock, 0).results).toEqual([false]);
    lock.release();
    expect(await other(lock, 0).results).toEqual([true]);
  });

  it("gives up when the time is over, and not before", async () => {
    const lock = new Kind();
    lock.acquire();
    const [ms] = (await play({ lock }, [["ms", ...waiting(form, "lock", "acquire", 60)]]).results) as [number];
    expect(ms).toBeGreaterThan(55);
    lock.release();
    expect(lock.acquire(0)).toBe(true); // its state after a time-out: free
    lock.release();
  });

  it("goes to who waits when it is released", async () => {
    const lock = new Kind();
    lock.acquire();
    const waiter = other(lock);
    await somebodyWaits(lock);
    lock.release();
    expect(await waiter.results).toEqual([true]);
  });

  it("goes round among threads that want it again and again", async () => {
    const lock = new Kind();
    const steps = Array.from({ length: 50 }, () => [waiting(form, "lock", "acquire"), ["lock", "release"] as const]);
    const players = Array.from({ length: 4 }, () => play({ lock }, steps.flat()));
    for (const { results } of players) expect((await results).filter((result) => result === true)).toHaveLength(50);
    expect(lock.locked).toBe(false);
  });

  it("is released at the end of a scope, once", async () => {
    const lock = new Kind();
    {
      using held = form === "async" ? await lock.holdAsync() : lock.hold();
      expect(lock.locked).toBe(true);
      held.release();
      expect(lock.locked).toBe(false);
    }
    expect(lock.acquire(0)).toBe(true);
    lock.release();
  });
});

describe("Lock", { timeout: 10_000 }, () => {
  it("is not reentrant", async () => {
    const lock = new Lock();
    lock.acquire();
    expect([lock.acquire(0), lock.acquire(20), await lock.acquireAsync({ timeout: 20 })]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("may be released by another thread", async () => {
    const lock = new Lock();
    lock.acquire();
    await play({ lock }, [["lock", "release"]]).results;
    expect(lock.acquire(0)).toBe(true);
  });

  it("excludes the async functions of one thread, in the order of their calls", async () => {
    const lock = new Lock();
    const order: number[] = [];
    const turn = async (index: number) => {
      using _held = await lock.holdAsync();
      order.push(index);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(index);
    };
    await Promise.all([0, 1, 2, 3].map(turn));
    expect(order).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  it("can't be released when it is not held", () => {
    expect(() => new Lock().release()).toThrow(NotHeldError);
  });
});

describe("RLock", { timeout: 10_000 }, () => {
  it("is taken again by its owner, and free after as many releases", async () => {
    const lock = new RLock();
    const probe = () => play({ lock }, [["lock", "acquire", 0]]).results;
    for (const _ of [1, 2, 3]) expect(lock.acquire()).toBe(true);
    expect(await lock.acquireAsync()).toBe(true);
    for (const _ of [1, 2, 3]) lock.release();
    expect(await probe()).toEqual([false]);
    lock.release();
    expect(await probe()).toEqual([true]);
  });

  it("is released by its owner only", async () => {
    const lock = new RLock();
    expect(() => lock.release()).toThrow(NotHeldError);
    lock.acquire();
    expect(await play({ lock }, [["lock", "release"]]).results).toEqual(["NotHeldError"]);
    lock.release();
    expect(() => lock.release()).toThrow(NotHeldError);
  });

  it("lets in all async functions of the thread that has it", async () => {
    const lock = new RLock();
    const go = new Event();
    const holder = play({ lock, go }, [["lock", "acquire"], ["tell"], ["go", "wait"], ["lock", "release"]]);
    await holder.told();
    const both = Promise.all([lock.acquireAsync(), lock.acquireAsync()]);
    go.set();
    expect(await both).toEqual([true, true]);
    lock.release();
    lock.release();
    expect(lock.locked).toBe(false);
  });
});

describe("waiting", { timeout: 10_000 }, () => {
  it("is given up by an abort, with its reason, and the next in line goes on", async () => {
    const lock = new Lock();
    lock.acquire();
    const reason = new Error("enough");
    const controller = new AbortController();
    const first = lock.acquireAsync({ signal: controller.signal });
    const second = lock.acquireAsync();
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);
    await expect(lock.acquireAsync({ signal: controller.signal })).rejects.toBe(reason);
    lock.release();
    expect(await second).toBe(true);
  });

  it("takes no wake-up along when it is given up: a thread that sleeps gets it", async () => {
    const lock = new Lock();
    lock.acquire();
    const controller = new AbortController();
    const abandoned = lock.acquireAsync({ signal: controller.signal });
    const sleeper = play({ lock }, [
      ["lock", "acquire"],
      ["lock", "release"],
    ]);
    while ((Atomics.load(lock.words, 0) & 3) !== 3) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(abandoned).rejects.toThrow("aborted");
    lock.release();
    expect(await sleeper.results).toEqual([true, undefined]);
  });

  it("refuses what is no time, signal or options object", async () => {
    const lock = new Lock();
    for (const time of [-1, Number.NaN]) expect(() => lock.acquire(time)).toThrow(RangeError);
    expect(() => lock.acquire("1" as never)).toThrow(TypeError);
    await expect(lock.acquireAsync({ timeout: -1 })).rejects.toThrow(RangeError);
    await expect(lock.acquireAsync({ signal: {} as never })).rejects.toThrow(TypeError);
    await expect(lock.acquireAsync(5 as never)).rejects.toThrow(TypeError);
  });
});

describe("handles", { timeout: 10_000 }, () => {
  it("cross to executors as arguments", async () => {
    await using pool = new ThreadExecutor({ workers: 1 });
    const lock = new Lock();
    lock.acquire();
    const kernel = jsKernel(new URL("../fixtures/sync.mjs", import.meta.url), "play");
    const tried = pool.submit(kernel, [{ lock: lock.handle }, [["lock", "acquire", 10]]]);
    expect(await tried).toEqual([false]);
    lock.release();
  });

  it("are of one kind", () => {
    expect(() => Lock.from(new RLock().handle as never)).toThrow(
      /handle must be the handle of a Lock, got that of a RLock/,
    );
    for (const nothing of [undefined, null, 1, {}]) expect(() => Lock.from(nothing as never)).toThrow(TypeError);
  });
});

it.each([Lock, RLock])(
  "what waits in vain leaves nothing behind, adopted anew each time",
  { timeout: 10_000 },
  async (Kind) => {
    const lock = new Kind();
    const holder = play({ lock, never: new Event() }, [["lock", "acquire"], ["tell"], ["never", "wait"]]);
    await holder.told();
    const waits = Array.from({ length: 200 }, () => Kind.from(lock.handle as never).acquireAsync({ timeout: 2 }));
    expect(new Set(await Promise.all(waits))).toEqual(new Set([false]));
    // How many still wait for the bell.
    expect(Atomics.notify(lock.words, 1)).toBeLessThanOrEqual(1);
  },
);
