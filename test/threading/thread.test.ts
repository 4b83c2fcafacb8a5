/** allcores/threading: the ideas of CPython's test_threading. */
import { once } from "node:events";
import { heap, jsKernel, KernelError, ThreadExecutor, WorkerCrashedError, wasmKernel } from "allcores";
import { Event, Latch } from "allcores/sync";
import { activeCount, enumerate, excepthook, mainThread, Thread } from "allcores/threading";
import { describe, expect, it } from "vitest";
import { isLinux, start, threadCount } from "../support/system.js";
import { hearUncaught } from "./uncaught.js";

const url = new URL("../fixtures/sync.mjs", import.meta.url);
const add = jsKernel<(a: number, b: number) => number>(url, "add");
const waitFor = jsKernel<(handle: Event["handle"]) => Promise<boolean>>(url, "waitFor");
const fail = jsKernel<() => void>(url, "fail");

const uncaught = hearUncaught();

describe("Thread", { timeout: 15_000 }, () => {
  it.each(["blocking", "async"])("is started once and joined, %s", async (form) => {
    const thread = new Thread(add, [1, 2]);
    expect([thread.isAlive(), thread.ident, thread.nativeId, thread.value]).toEqual([
      false,
      undefined,
      undefined,
      undefined,
    ]);
    expect(() => thread.join()).toThrow(/has not been started/);
    thread.start();
    expect(thread.isAlive()).toBe(true);
    expect(() => thread.start()).toThrow(/started before/);
    expect(form === "async" ? await thread.joinAsync() : thread.join()).toBe(true);
    expect([thread.isAlive(), thread.value, thread.join()]).toEqual([false, 3, true]);
  });

  it("says when the time to join is over", async () => {
    const event = new Event();
    const thread = new Thread(waitFor, [event.handle]);
    thread.start();
    expect([thread.join(0), thread.join(20), await thread.joinAsync({ timeout: 20 })]).toEqual([false, false, false]);
    event.set();
    expect([thread.join(), thread.value]).toEqual([true, true]);
  });

  it("is enumerated while it lives", async () => {
    expect([enumerate(), activeCount()]).toEqual([[mainThread], 1]);
    const event = new Event();
    const threads = ["a", "b"].map((name) => new Thread(waitFor, [event.handle], { name }));
    for (const thread of threads) thread.start();
    expect(enumerate().map(({ name }) => name)).toEqual(["MainThread", "a", "b"]);
    event.set();
    for (const thread of threads) await thread.joinAsync();
    expect(activeCount()).toBe(1);
    expect([mainThread.name, mainThread.daemon, mainThread.isAlive()]).toEqual(["MainThread", false, true]);
  });

  it("has a name of its own", () => {
    const [first, second] = [new Thread(fail), new Thread(fail)];
    expect(first.name).toMatch(/^Thread-\d+$/);
    expect(second.name).not.toBe(first.name);
    expect(new Thread(fail, [], { name: "reader" }).name).toBe("reader");
  });

  it("works on heap arrays themselves", async () => {
    const array = heap.int32(4);
    const thread = new Thread(jsKernel<(array: Int32Array) => void>(url, "fillFirst"), [array]);
    thread.start();
    thread.join();
    expect(array[0]).toBe(42);
    heap.free(array);
  });

  it.each(["blocking", "async"])("brings its error to join and to the hook, %s", async (form) => {
    const thread = new Thread(fail, [], { name: "failing" });
    thread.start();
    const join = async () => (form === "async" ? thread.joinAsync() : thread.join());
    for (const _ of [1, 2])
      await expect(join()).rejects.toMatchObject({
        message: expect.stringMatching(/^fail \(.*\) failed: RangeError: on purpose/),
        cause: expect.any(RangeError),
      });
    await expect(join()).rejects.toBeInstanceOf(KernelError);
    while (uncaught.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(uncaught.map(({ thread: { name }, error }) => [name, error instanceof KernelError])).toEqual([
      ["failing", true],
    ]);
  });

  it("that exits by itself has crashed, unless with code 0", async () => {
    const exit = jsKernel<(code: number) => void>(url, "exit");
    const crashed = new Thread(exit, [3], { name: "leaving" });
    crashed.start();
    const error = await crashed.joinAsync().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkerCrashedError);
    expect((error as Error).message).toBe("leaving exited with code 3");
    const fine = new Thread(exit, [0]);
    fine.start();
    expect(fine.join()).toBe(true);
  });

  it.each(["exit", "failLater"])("that ends before its call is over has crashed: %s, blocking", async (name) => {
    const thread = new Thread(jsKernel<(code: number) => unknown>(url, name), [1], { name: "ending" });
    thread.start();
    expect(() => thread.join(20_000)).toThrow(WorkerCrashedError);
    expect(() => thread.join()).toThrow(/^ending ended before its call was over$/);
    while (uncaught.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const causes = { exit: /exited with code 1$/, failLater: /on purpose/ };
    expect(() => thread.join()).toThrow(causes[name as keyof typeof causes]);
    expect(uncaught).toHaveLength(1);
  });

  it("that could not be started may be started again", () => {
    const args: [number, number] = [1, (() => 2) as never];
    const thread = new Thread(add, args);
    for (const _ of [1, 2]) {
      expect(() => thread.start()).toThrow(/could not be cloned/);
      expect([thread.isAlive(), thread.ident]).toEqual([false, undefined]);
    }
    args[1] = 2;
    thread.start();
    expect([thread.join(), thread.value]).toEqual([true, 3]);
  });

  it.each([
    ["throws", "throw new Error('in the hook');"],
    ["rejects", "return Promise.reject(new Error('in the hook'));"],
  ])("that fails is no end of the process when the hook %s", async (_, body) => {
    const program = `
    import { jsKernel } from "allcores";
    import { excepthook, Thread } from "allcores/threading";
    excepthook(() => { ${body} });
    const thread = new Thread(jsKernel(${JSON.stringify(url.href)}, "fail"), [], { name: "failing" });
    thread.start();
    await thread.joinAsync().catch((error) => console.log(error.name));
    process.on("exit", (code) => console.log("left with " + code));
    setTimeout(() => console.log("went on"), 100);`;
    const { code, stdout, stderr } = await start(program).ended;
    expect([code, stdout]).toEqual([0, "KernelError\nwent on\nleft with 0\n"]);
    expect(stderr).toMatch(/^Exception in excepthook: Error: in the hook/m);
    expect(stderr).toMatch(/^Exception in thread failing: KernelError: /m);
  });

  it("refuses a primitive itself", () => {
    const take = jsKernel<(lock: unknown) => void>(url, "waitFor");
    expect(() => new Thread(take, [new Event()])).toThrow(/^args\[0\] is an Event itself.*pass event\.handle/);
  });

  it("knows the main thread", () => {
    const thread = new Thread(
      jsKernel<() => unknown[]>(new URL("../fixtures/main-thread.mjs", import.meta.url), "seen"),
    );
    thread.start();
    thread.join();
    expect(thread.value).toEqual([1, isLinux ? process.pid : undefined, ["MainThread"], expect.any(Number)]);
    expect(thread.value?.[3]).not.toBe(1);
  });

  it("that can't load its kernel says so", async () => {
    const thread = new Thread(jsKernel(url, "nothing"));
    thread.start();
    await expect(thread.joinAsync()).rejects.toThrow(/could not be loaded.*no function "nothing"/);
  });

  it("refuses what is no kernel, and Wasm", () => {
    expect(() => new Thread((() => 1) as never)).toThrow(TypeError);
    expect(() => new Thread(wasmKernel(url, "add"))).toThrow(/must be a JS kernel/);
    expect(() => new Thread(add, 5 as never)).toThrow(TypeError);
    expect(() => new Thread(add, [1, 2], { name: 5 as never })).toThrow("name must be a string, got 5");
    expect(() => new Thread(add, [1, 2], { daemon: "yes" as never })).toThrow('daemon must be a boolean, got "yes"');
    expect(() => excepthook("x" as never)).toThrow(TypeError);
  });
});

/** Imports nothing, which would take each thread longer than all else. */
const sleep = jsKernel<(words: Int32Array) => string>(
  `data:text/javascript,${encodeURIComponent("export const sleep = (words) => Atomics.wait(words, 0, 0);")}`,
  "sleep",
);

it.runIf(isLinux)("20 threads sleep, each with an id of its own", { timeout: 60_000 }, async () => {
  using scope = heap.scope();
  const words = scope.int32(1);
  const threads = Array.from({ length: 20 }, () => new Thread(sleep, [words]));
  for (const thread of threads) thread.start();
  await Promise.all(threads.map((thread) => thread.ready()));
  expect(activeCount()).toBe(21);
  const natives = new Set([mainThread.nativeId, ...threads.map(({ nativeId }) => nativeId)]);
  expect([natives.size, new Set(threads.map(({ ident }) => ident)).size]).toEqual([21, 20]);
  expect(natives).not.toContain(undefined);
  expect(threadCount()).toBeGreaterThanOrEqual(21);
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
  await Promise.all(threads.map((thread) => thread.joinAsync()));
  expect(activeCount()).toBe(1);
});

it.runIf(isLinux)(
  "that dies before it has begun has crashed, for a join that blocks",
  { timeout: 20_000 },
  async () => {
    const early = `import { isMainThread } from "node:worker_threads"; if (!isMainThread) process.exit(5);`;
    const program = `
    import { jsKernel } from "allcores";
    import { Thread } from "allcores/threading";
    const thread = new Thread(jsKernel(${JSON.stringify(url.href)}, "add"), [1, 2]);
    thread.start();
    try {
      console.log(thread.join(10_000));
    } catch (error) {
      console.log(error.name, thread.isAlive());
    }
    process.exit();`;
    const { ended } = start(program, {
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(early)}` },
    });
    expect((await ended).stdout).toBe("WorkerCrashedError false\n");
  },
);

describe("the process", { timeout: 20_000 }, () => {
  const program = (daemon: boolean) => `
    import { jsKernel } from "allcores";
    import { Thread } from "allcores/threading";
    const sleep = jsKernel(${JSON.stringify(url.href)}, "sleep");
    const thread = new Thread(sleep, [${daemon ? 60_000 : 300}], { daemon: ${daemon} });
    thread.start();
    await thread.ready();
    process.on("exit", () => console.log(thread.isAlive()));`;

  it("waits for a thread", async () => {
    expect((await start(program(false)).ended).stdout).toBe("false\n");
  });

  it("does not wait for a daemon", async () => {
    expect((await start(program(true)).ended).stdout).toBe("true\n");
  });
});

it("a pool whose workers all wait while tasks queue warns, once", { timeout: 15_000 }, async () => {
  await using pool = new ThreadExecutor({ workers: 2 });
  const event = new Event();
  const warning = once(process, "warning");
  const waiting = [1, 2].map(() => pool.submit(waitFor, [event.handle]));
  const queued = pool.submit(add, [1, 2]);
  const [{ name, message }] = await warning;
  expect([name, message]).toEqual(["AllcoresWarning", expect.stringMatching(/^all 2 workers of a pool wait .*Thread/)]);
  event.set();
  expect([await Promise.all(waiting), await queued]).toEqual([[true, true], 3]);
});

it("a latch may be waited for by both sides", { timeout: 10_000 }, async () => {
  const latch = new Latch(1);
  const thread = new Thread(jsKernel(url, "waitFor"), [latch.handle as never]);
  thread.start();
  latch.countDown();
  expect(thread.join()).toBe(true);
});
