/** TaskGroup: the ideas of CPython's test_taskgroups. */
import { EventEmitter, once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { sumUpTo, TaskGroup, timeout } from "allcores";
import { describe, expect, it, onTestFinished } from "vitest";

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
      await group.createTask(never); // which is no failure
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

  it("within a group is cancelled with it, also when its scope awaits the task", async () => {
    const outer = new TaskGroup();
    outer.createTask(async (signal) => {
      await using inner = new TaskGroup({ signal });
      await inner.createTask((stop) => sleep(60_000, undefined, { signal: stop, ref: false }));
    });
    outer.createTask((signal) => Promise.any([never(signal), never(signal)]));
    outer.createTask(failing("outside", 5));
    expect(await messages(outer)).toEqual(["outside"]);
  });

  it("takes a failure for one, whatever comes with it", async () => {
    const outer = new TaskGroup();
    outer.createTask(async (signal) => {
      await using inner = new TaskGroup({ signal });
      await inner.createTask(never).catch(() => {});
      throw new Error("in cleaning up");
    });
    outer.createTask((signal) => Promise.any([never(signal), never(signal).catch(failing("any"))]));
    outer.createTask((signal) => never(signal).catch(() => Promise.any([])));
    outer.createTask(failing("outside", 5));
    const { errors } = (await outer.join().catch((reason: unknown) => reason)) as AggregateError;
    const names = errors.map(({ name }: Error) => name);
    expect(names.sort()).toEqual(["AggregateError", "AggregateError", "Error", "SuppressedError"]);
    const both = errors.find(({ name }: Error) => name === "SuppressedError");
    expect(both.suppressed.message).toBe("in cleaning up");
  });

  it("whose scope awaits its tasks gives a SuppressedError, with both in it", async () => {
    const scope = async () => {
      using limit = timeout(5);
      await using group = new TaskGroup({ signal: limit.signal });
      await group.createTask((signal) => sleep(60_000, undefined, { signal, ref: false }));
    };
    await expect(scope()).rejects.toMatchObject({
      name: "SuppressedError",
      error: { name: "TimeoutError" },
      suppressed: { name: "AbortError" },
    });
  });

  it("takes an AbortError of Node's own for what it is", async () => {
    const group = new TaskGroup();
    group.createTask((signal) => sleep(60_000, undefined, { signal, ref: false }));
    group.createTask((signal) => once(new EventEmitter(), "never", { signal }));
    group.createTask(failing("first", 5));
    expect(await messages(group)).toEqual(["first"]);
    const controller = new AbortController();
    const outside = new TaskGroup({ signal: controller.signal });
    outside.createTask((signal) => sleep(60_000, undefined, { signal, ref: false }));
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(outside.join()).rejects.toBe(reason);
  });

  it("takes an AbortError of something else for a failure", async () => {
    const group = new TaskGroup();
    group.createTask(failing("first"));
    group.createTask(async (signal) => {
      await never(signal).catch(() => {});
      throw new DOMException("other", "AbortError");
    });
    expect(await messages(group)).toEqual(["first", "other"]);
  });

  it("joined within its scope reports its failures once", async () => {
    const scope = async () => {
      await using group = new TaskGroup();
      group.createTask(failing("first"));
      await group.join();
    };
    await expect(scope()).rejects.toBeInstanceOf(AggregateError);
  });

  it("counts a task before it begins, so that it may join", async () => {
    const group = new TaskGroup();
    let over = false;
    group.createTask(async () => {
      expect(group.pending).toBe(1);
      group.join().catch(() => {});
      await sleep(20);
      over = true;
    });
    await group.join();
    expect(over).toBe(true);
  });

  it("has no limit of listeners", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => void warnings.push(warning);
    process.on("warning", warn);
    onTestFinished(() => void process.off("warning", warn));
    using limit = timeout(60_000);
    const group = new TaskGroup({ signal: limit.signal });
    for (let i = 0; i < 40; i++) {
      group.createTask((signal) => sleep(1, undefined, { signal }));
      group.createTask(() => sleep(1, undefined, { signal: limit.signal }));
    }
    await group.join();
    expect(warnings).toEqual([]);
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
    expect(delay.percentile(99) / 1e6).toBeLessThan(100); // two workers and this thread share two cores
  });
});

describe("TaskGroup.run", { timeout: 10_000 }, () => {
  it("gives what its body returns, when all tasks are over", async () => {
    let over = false;
    const result = await TaskGroup.run(async (group) => {
      group.createTask(async () => {
        await sleep(10);
        over = true;
      });
      return 42;
    });
    expect([result, over]).toEqual([42, true]);
  });

  it("cancels the tasks when its body throws, and reports that with the other failures", async () => {
    const body = TaskGroup.run(async (group) => {
      group.createTask(never);
      group.createTask(async (signal) => {
        await never(signal).catch(() => {});
        throw new Error("in cleaning up");
      });
      throw new Error("body");
    });
    const { errors } = (await body.catch((reason: unknown) => reason)) as AggregateError;
    expect(errors.map(({ message }: Error) => message)).toEqual(["body", "in cleaning up"]);
  });

  it("stops its body by the group's signal", async () => {
    const failed = TaskGroup.run(async (group) => {
      group.createTask(failing("task", 5));
      await never(group.signal);
    });
    await expect(failed).rejects.toMatchObject({ errors: [{ message: "task" }] });
    const reason = new Error("enough");
    let calls = 0;
    await expect(TaskGroup.run(() => calls++, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  it("reports what its body throws after it has joined", async () => {
    const after = TaskGroup.run(async (group) => {
      await group.join();
      throw new Error("after");
    });
    await expect(after).rejects.toThrow("after");
    const failed = TaskGroup.run(async (group) => {
      group.createTask(failing("task"));
      await group.join();
    });
    await expect(failed).rejects.toMatchObject({ errors: [{ message: "task" }] });
  });

  it("reports what its body throws after it has joined and gone on", async () => {
    const after = TaskGroup.run(async (group) => {
      group.createTask(failing("task"));
      await group.join().catch(() => {});
      throw new Error("after");
    });
    await expect(after).rejects.toMatchObject({ errors: [{ message: "task" }, { message: "after" }] });
    const cancelled = TaskGroup.run(async (group) => {
      group.cancel(new Error("enough"));
      await group.join().catch(() => {});
      throw new Error("after");
    });
    await expect(cancelled).rejects.toThrow("after");
    const stopped = TaskGroup.run(async (group) => {
      group.createTask(failing("task"));
      await group.join().catch(() => {});
      group.signal.throwIfAborted();
    });
    await expect(stopped).rejects.toMatchObject({ errors: [{ message: "task" }] });
  });

  it("rejects with the limit's reason when its body starts a task too late", async () => {
    using limit = timeout(5);
    const late = TaskGroup.run(
      async (group) => {
        await sleep(30);
        await group.createTask(never);
      },
      { signal: limit.signal },
    );
    await expect(late).rejects.toMatchObject({ name: "TimeoutError" });
    const group = new TaskGroup({ signal: limit.signal });
    expect(() => group.createTask(never)).toThrow(expect.objectContaining({ cause: limit.signal.reason }));
  });

  it("says what it takes", async () => {
    await expect(TaskGroup.run(1 as never)).rejects.toThrow(TypeError);
  });
});
