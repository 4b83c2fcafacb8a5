/** TaskGroup and timeout: the ideas of CPython's test_taskgroups and test_timeouts. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { sumUpTo, TaskGroup, timeout } from "allcores";
import { describe, expect, it } from "vitest";

const never = (signal: AbortSignal) =>
  sleep(60_000, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
const failing =
  (message: string, ms = 0) =>
  async () => {
    await sleep(ms);
    throw new Error(message);
  };
const messages = async (group: TaskGroup) => {
  const error = await group.join().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AggregateError);
  return (error as AggregateError).errors.map(({ message }: Error) => message);
};

describe("TaskGroup", { timeout: 10_000 }, () => {
  it("waits for all at the end of its scope", async () => {
    const done: number[] = [];
    let first: Promise<number> | undefined;
    {
      await using group = new TaskGroup();
      first = group.createTask(async () => {
        await sleep(20);
        done.push(1);
        return 42;
      });
      group.createTask(() => done.push(2));
      expect(group.pending).toBe(2);
    }
    expect([done, await first]).toEqual([[2, 1], 42]);
  });

  it("is over at once without tasks", async () => {
    const group = new TaskGroup();
    await group.join();
    expect(() => group.createTask(() => {})).toThrow(/is over/);
  });

  it("cancels the siblings of who fails, and reports the failure alone", async () => {
    const group = new TaskGroup();
    const sibling = group.createTask(never);
    group.createTask(failing("first", 5));
    expect(await messages(group)).toEqual(["first"]);
    await expect(sibling).rejects.toMatchObject({ name: "AbortError" });
    expect(group.signal.aborted).toBe(true);
  });

  it("reports all failures together, in their order, also of who fails while it is cancelled", async () => {
    const group = new TaskGroup();
    group.createTask(async (signal) => {
      await never(signal).catch(() => {});
      throw new Error("in cleaning up");
    });
    group.createTask(failing("first"));
    expect(await messages(group)).toEqual(["first", "in cleaning up"]);
  });

  it("takes a synchronous throw as a failure", async () => {
    const group = new TaskGroup();
    const task = group.createTask(() => {
      throw new Error("at once");
    });
    await expect(task).rejects.toThrow("at once");
    expect(await messages(group)).toEqual(["at once"]);
  });

  it("waits for who takes its time to be cancelled", async () => {
    const group = new TaskGroup();
    let cleaned = false;
    group.createTask(async (signal) => {
      await never(signal).catch(() => {});
      await sleep(20);
      cleaned = true;
    });
    group.createTask(failing("first"));
    expect(await messages(group)).toEqual(["first"]);
    expect(cleaned).toBe(true);
  });

  it("takes tasks from tasks, while it waits", async () => {
    const order: string[] = [];
    const group = new TaskGroup();
    group.createTask(async () => {
      await sleep(5);
      group.createTask(async () => {
        await sleep(5);
        order.push("inner");
      });
      order.push("outer");
    });
    await group.join();
    expect(order).toEqual(["outer", "inner"]);
  });

  it("takes no tasks once it is being stopped", async () => {
    const group = new TaskGroup();
    group.createTask(failing("first"));
    group.createTask(async (signal) => {
      await never(signal).catch(() => {});
      expect(() => group.createTask(never)).toThrow(/being stopped/);
    });
    expect(await messages(group)).toEqual(["first"]);
  });

  it("within a group fails as one task of it", async () => {
    const outer = new TaskGroup();
    let inner: TaskGroup | undefined;
    outer.createTask(async (signal) => {
      inner = new TaskGroup({ signal });
      inner.createTask(failing("deep", 5));
      inner.createTask(never);
      await inner.join();
    });
    outer.createTask(never);
    const error = (await outer.join().catch((reason: unknown) => reason)) as AggregateError;
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toBeInstanceOf(AggregateError);
    expect(error.errors[0].errors[0].message).toBe("deep");
  });

  it("within a group is cancelled with it", async () => {
    const outer = new TaskGroup();
    let inner: TaskGroup | undefined;
    outer.createTask(async (signal) => {
      inner = new TaskGroup({ signal });
      inner.createTask(never);
      await inner.join();
    });
    outer.createTask(failing("outside", 5));
    expect(await messages(outer)).toEqual(["outside"]);
    expect([inner?.signal.aborted, inner?.pending]).toEqual([true, 0]);
  });

  it("is cancelled from outside: rejects with the reason, when all are over", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const group = new TaskGroup({ signal: controller.signal });
    let over = false;
    group.createTask((signal) => never(signal).finally(() => (over = true)));
    controller.abort(reason);
    await expect(group.join()).rejects.toBe(reason);
    expect(over).toBe(true);
    const late = new TaskGroup({ signal: controller.signal });
    expect(() => late.createTask(never)).toThrow(/being stopped/);
    await expect(late.join()).rejects.toBe(reason);
  });

  it("reports failures before the cancellation from outside", async () => {
    const group = new TaskGroup();
    group.createTask(async (signal) => {
      await never(signal).catch(() => {});
      throw new Error("in cleaning up");
    });
    group.cancel();
    expect(await messages(group)).toEqual(["in cleaning up"]);
  });

  it("says what it takes", () => {
    expect(() => new TaskGroup().createTask(1 as never)).toThrow(TypeError);
    expect(() => new TaskGroup({ signal: {} as never })).toThrow(TypeError);
  });

  it("leaves the event loop free while kernels compute", async () => {
    await sumUpTo(10);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    {
      await using group = new TaskGroup();
      for (let i = 0; i < 4; i++) group.createTask((signal) => sumUpTo(3e8, { signal }));
    }
    delay.disable();
    expect(delay.percentile(50) / 1e6).toBeLessThan(20);
  });
});

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

  it("bounds a group", async () => {
    using limit = timeout(20);
    const group = new TaskGroup({ signal: limit.signal });
    group.createTask(never);
    await expect(group.join()).rejects.toMatchObject({ name: "TimeoutError" });
  });
});
