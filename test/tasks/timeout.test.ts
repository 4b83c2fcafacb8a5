/** timeout: the ideas of CPython's test_timeouts. */
import { setTimeout as sleep } from "node:timers/promises";
import { TaskGroup, timeout } from "allcores";
import { describe, expect, it, onTestFinished, vi } from "vitest";

const never = (signal: AbortSignal) =>
  sleep(60_000, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());

describe("timeout", { timeout: 10_000 }, () => {
  it("aborts what takes too long", async () => {
    using limit = timeout(20);
    await expect(never(limit.signal)).rejects.toMatchObject({ name: "TimeoutError" });
    expect(limit.expired).toBe(true);
  });

  it("stops its clock at the end of the scope", async () => {
    let signal: AbortSignal | undefined;
    {
      using limit = timeout(10);
      ({ signal } = limit);
    }
    await sleep(30);
    expect(signal?.aborted).toBe(false);
  });

  it("is set anew, or lifted", async () => {
    using limit = timeout();
    limit.reschedule(10_000);
    limit.reschedule(undefined);
    limit.reschedule(10);
    await expect(never(limit.signal)).rejects.toMatchObject({ name: "TimeoutError" });
    for (const bad of [-1, Number.NaN]) expect(() => timeout(bad)).toThrow(RangeError);
  });

  it("is not set anew when it is over", async () => {
    const expired = timeout(0);
    await expect(never(expired.signal)).rejects.toMatchObject({ name: "TimeoutError" });
    expect(() => expired.reschedule(10)).toThrow(/is over/);
    const left = timeout(10_000);
    left[Symbol.dispose]();
    expect(() => left.reschedule(10)).toThrow(/is over/);
    expect([expired.expired, left.expired]).toEqual([true, false]);
  });

  it("within another ends by itself, or with it", async () => {
    using outer = timeout(60_000);
    {
      using inner = timeout(5);
      const both = AbortSignal.any([outer.signal, inner.signal]);
      await expect(never(both)).rejects.toMatchObject({ name: "TimeoutError" });
      expect(inner.expired).toBe(true);
    }
    expect(outer.expired).toBe(false);
    outer.reschedule(5);
    using inner = timeout(60_000);
    await expect(never(AbortSignal.any([outer.signal, inner.signal]))).rejects.toMatchObject({ name: "TimeoutError" });
    expect([outer.expired, inner.expired]).toEqual([true, false]);
  });

  it("of no time at all is over at the next turn of the event loop", async () => {
    using limit = timeout(0);
    expect(limit.expired).toBe(false);
    await expect(never(limit.signal)).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("takes times that setTimeout does not", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    using limit = timeout(2 ** 31 + 10);
    vi.advanceTimersByTime(2 ** 31);
    expect(limit.expired).toBe(false);
    vi.advanceTimersByTime(10);
    expect(limit.expired).toBe(true);
  });

  it("bounds a group", async () => {
    using limit = timeout(20);
    const group = new TaskGroup({ signal: limit.signal });
    group.createTask(never);
    group.createTask((signal) => sleep(60_000, undefined, { signal, ref: false }));
    await expect(group.join()).rejects.toMatchObject({ name: "TimeoutError" });
  });
});
