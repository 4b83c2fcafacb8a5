/** Queues between interpreters: what an interpreter has put, and is closed before it is read, comes unbound. */
import { AsyncExecutor, QueueEmptyError } from "allcores";
import { createQueue, Interpreter, InterpreterExecutor, UNBOUND } from "allcores/interpreters";
import { OwnerDiedError, PriorityQueue, Queue } from "allcores/sync";
import { Thread } from "allcores/threading";
import { beforeAll, describe, expect, it } from "vitest";
import { refuses } from "../support/refuses.js";
import { js, make } from "./made.js";

const put = js<(handle: Queue["handle"], ...items: unknown[]) => void>("put");

/** What a queue gives until it is empty. */
function rest(queue: Queue | PriorityQueue): unknown[] {
  const items: unknown[] = [];
  for (;;)
    try {
      items.push(queue.get(0));
    } catch (error) {
      if (error instanceof QueueEmptyError) return items;
      if (!(error instanceof OwnerDiedError)) throw error;
      items.push("an OwnerDiedError");
    }
}

async function putter(queue: Queue, source: string): Promise<Interpreter> {
  const interpreter = await make();
  await interpreter.prepareMain({ queue });
  await interpreter.exec(source);
  return interpreter;
}

describe("createQueue", { timeout: 15_000 }, () => {
  it("is the Queue of allcores/sync", async () => {
    const queue = createQueue<number>({ maxSize: 2, bytes: 4096 });
    expect(queue).toBeInstanceOf(Queue);
    expect([queue.maxSize, queue.size]).toEqual([2, 0]);
    queue.put(1);
    expect(queue.get()).toBe(1);
  });

  describe("when the interpreter that has put is closed", () => {
    const fates = ["unbound", "remove", "error"] as const;
    const [unbound, remove, error] = fates.map((fate) => createQueue({ unbound: fate })) as [Queue, Queue, Queue];
    const [each, room] = [createQueue(), createQueue({ maxSize: 1, unbound: "remove" })];
    const [ordinary, priority] = [new Queue(), new PriorityQueue()];
    let waiting: Promise<void>;
    beforeAll(async () => {
      const interpreter = await Interpreter.create();
      await interpreter.prepareMain({ unbound, remove, error, each, room, ordinary, priority });
      await interpreter.exec(`
        for (const queue of [unbound, remove, error]) queue.put(1);
        for (const fate of [undefined, "remove", "error", "unbound"]) each.put(fate, { unbound: fate });
        for (const queue of [room, ordinary, priority]) queue.put(1);`);
      for (const queue of [unbound, remove, error]) queue.put("main");
      await interpreter.exec(`
        for (const queue of [unbound, remove, error]) for (const item of ["text", { deep: "x".repeat(1000) }]) queue.put(item);`);
      waiting = room.putAsync(2);
      await interpreter.close();
    });

    it.each([
      ["unbound", unbound, [UNBOUND, "main", UNBOUND, UNBOUND]],
      ["remove", remove, ["main"]],
      ["error", error, ["an OwnerDiedError", "main", "an OwnerDiedError", "an OwnerDiedError"]],
    ] as const)("%s: what becomes of its items", (_, queue, expected) => {
      expect(queue.size).toBe(4);
      expect(rest(queue)).toEqual(expected);
      // Those that were not given out are done; `taskDone` is called for the others.
      for (const item of expected) if (item !== "an OwnerDiedError") queue.taskDone();
      expect(queue.join(0)).toBe(true);
    });

    it("a queue unbinds if nothing is said, and a single put may say otherwise", () => {
      expect(rest(each)).toEqual([UNBOUND, "an OwnerDiedError", UNBOUND]);
    });

    it("items that are dropped make room for those who wait to put", async () => {
      const got = room.getAsync();
      await waiting;
      expect(await got).toBe(2);
    });

    it("an ordinary queue never unbinds", async () => {
      expect([...rest(ordinary), ...rest(priority)]).toEqual([1, 1]);
      await refuses(() => ordinary.put(1, { unbound: "remove" }), TypeError, "unbound");
    });
  });

  it("gives items as they are while their interpreter lives, and those that were got before it ended", async () => {
    const queue = createQueue();
    const interpreter = await putter(queue, "queue.put(1); queue.put(2)");
    expect(queue.get()).toBe(1);
    await interpreter.exec("queue.put(3)");
    expect(rest(queue)).toEqual([2, 3]);
    await interpreter.close();
  });

  it.each(["process.exit(1)", "while (true);"])("of one that died: %s", async (source) => {
    const queue = createQueue();
    const interpreter = await putter(queue, "queue.put(1)");
    const call = interpreter.exec(source);
    while (call.state !== "running") await new Promise((resolve) => setImmediate(resolve));
    if (source.startsWith("while")) call.cancel();
    await call.catch(() => {});
    expect(rest(queue)).toEqual([UNBOUND]);
  });

  it("of one whose maker has been closed", async () => {
    const queue = createQueue<number>();
    await using maker = await Interpreter.create();
    await maker.prepareMain({ queue });
    await maker.exec(`
      const { Interpreter } = await import("allcores/interpreters");
      const made = await Interpreter.create();
      await made.prepareMain({ queue });
      await made.exec("for (let i = 0; i < 200; i++) queue.put(i)");`);
    await maker.close();
    // Its thread may end a little later than that of its maker.
    await expect.poll(() => queue.get(0), { interval: 20, timeout: 4000 }).toBe(UNBOUND);
  });

  it("is found out by other interpreters, by async gets and by those who wait", async () => {
    const queue = createQueue();
    const reader = await make("reader");
    await reader.prepareMain({ queue });
    await reader.exec("const { UNBOUND } = await import('allcores/interpreters'); globalThis.told = []");
    const writer = await putter(queue, "queue.put(1); queue.put(2); queue.put(3)");
    await writer.close();
    await reader.exec("told.push(queue.get() === UNBOUND, await queue.getAsync() === UNBOUND)");
    expect(await reader.call(js<(name: string) => unknown>("readGlobal"), ["told"])).toEqual([true, true]);
    expect(await queue.getAsync()).toBe(UNBOUND);
  });

  it("keeps what threads and workers of executors have put, also when they have ended", async () => {
    const queue = createQueue();
    const thread = new Thread(put, [queue.handle, "thread"]);
    thread.start();
    await thread.joinAsync();
    for (const Executor of [AsyncExecutor, InterpreterExecutor]) {
      await using executor = new Executor({ workers: 1 });
      await executor.submit(put, [queue.handle, executor.kind]);
    }
    expect(rest(queue)).toEqual(["thread", "async", "interpreters"]);
  });

  it.each<[string, unknown, typeof TypeError]>([
    ["an unknown word", { unbound: "drop" }, RangeError],
    ["no string", { unbound: 1 }, TypeError],
    ["no options", 5, TypeError],
    ["a size below 0", { maxSize: -1 }, RangeError],
  ])("refuses %s", (_, options, Type) =>
    refuses(() => createQueue(options as never), Type, /^(unbound|options|maxSize) must/),
  );

  it("refuses an option that there is not, and lists those that there are", () =>
    refuses(
      () => createQueue({ maxsize: 2 } as never),
      TypeError,
      /^options: unknown option "maxsize"; known are maxSize, bytes, unbound$/,
    ));

  it("refuses an unknown word for a put", () =>
    refuses(() => createQueue().put(1, { unbound: "drop" as never }), RangeError, "unbound"));

  it("two interpreters that sleep and put, and the main one", async () => {
    const queue = createQueue<number>();
    const sleepers = await Promise.all([make(), make()]);
    await Promise.all(sleepers.map((one) => one.prepareMain({ queue })));
    const puts = sleepers.map((one) =>
      one.exec("await new Promise((resolve) => setTimeout(resolve, 50)); queue.put(1)"),
    );
    queue.put(2);
    const items = [await queue.getAsync(), await queue.getAsync(), await queue.getAsync()];
    await Promise.all(puts);
    expect(items).toEqual([2, 1, 1]);
  });
});
