/** Queues: the ideas of CPython's test_queue, with threads, in both forms of waiting. */
import { inspect } from "node:util";
import { LifoQueue, Lock, PriorityQueue, Queue, QueueEmptyError, QueueFullError, ShutdownError } from "allcores/sync";
import { describe, expect, it } from "vitest";
import { end, FORMS, play, type Step, somebodyWaits } from "./threads.js";

const NOT_EMPTY = 32;
const NOT_FULL = 48;
const ALL_DONE = 64;
const KINDS = [Queue, LifoQueue, PriorityQueue];
const CASES = KINDS.flatMap((Kind) => FORMS.map((form) => ({ Kind, name: Kind.name, form })));

describe.each(CASES)("$name, $form", { timeout: 15_000 }, ({ Kind, form }) => {
  const isAsync = form === "async";
  type Any = Queue | LifoQueue | PriorityQueue;
  const put = async (queue: Any, value: unknown, timeout?: number) =>
    isAsync ? queue.putAsync(value, { timeout }) : queue.put(value, { timeout });
  const get = async (queue: Any, timeout?: number) => (isAsync ? queue.getAsync({ timeout }) : queue.get(timeout));
  const putStep = (value: unknown) => ["queue", isAsync ? "putAsync" : "put", value] as const;
  const getStep = ["queue", isAsync ? "getAsync" : "get"] as const;

  it("is full at its greatest size and empty at 0", async () => {
    const queue = new Kind({ maxSize: 2 });
    expect([queue.isEmpty, queue.isFull, queue.size, queue.maxSize]).toEqual([true, false, 0, 2]);
    await put(queue, 1);
    await put(queue, 2);
    expect([queue.isEmpty, queue.isFull, queue.size]).toEqual([false, true, 2]);
    for (const timeout of [0, 20]) await expect(put(queue, 3, timeout)).rejects.toBeInstanceOf(QueueFullError);
    await get(queue);
    await get(queue);
    for (const timeout of [0, 20]) await expect(get(queue, timeout)).rejects.toBeInstanceOf(QueueEmptyError);
  });

  it("hands what is put to who waits for it", async () => {
    const queue = new Kind();
    const consumer = play({ queue }, [getStep, getStep]);
    await somebodyWaits(queue, NOT_EMPTY);
    queue.put("first");
    await put(queue, "second");
    expect(new Set(await consumer.results)).toEqual(new Set(["first", "second"]));
  });

  it("lets who waits for room go on when there is some", async () => {
    const queue = new Kind({ maxSize: 1 });
    queue.put("first");
    const producer = play({ queue }, [putStep("second")]);
    await somebodyWaits(queue, NOT_FULL);
    expect(await get(queue)).toBe("first");
    expect(await producer.results).toEqual([undefined]);
    expect(await get(queue)).toBe("second");
  });

  it("lets join go on when all is done", async () => {
    const queue = new Kind();
    expect(isAsync ? await queue.joinAsync() : queue.join()).toBe(true);
    for (const value of [1, 2, 3]) queue.put(value);
    const joiner = play({ queue }, [["queue", isAsync ? "joinAsync" : "join"]]);
    await somebodyWaits(queue, ALL_DONE);
    for (const left of [2, 1, 0]) {
      await get(queue);
      expect(isAsync ? await queue.joinAsync({ timeout: 5 }) : queue.join(5)).toBe(false);
      queue.taskDone();
      expect(queue.unfinished).toBe(left);
    }
    expect(await joiner.results).toEqual([true]);
    expect(() => queue.taskDone()).toThrow(RangeError);
  });

  it("takes no more after shutdown, and gives what is left", async () => {
    const queue = new Kind({ maxSize: 2 });
    queue.put(1);
    queue.put(2);
    const producer = play({ queue }, [putStep(3)]);
    await somebodyWaits(queue, NOT_FULL);
    queue.shutdown();
    expect(await producer.results).toEqual(["ShutdownError"]);
    await expect(put(queue, 4)).rejects.toBeInstanceOf(ShutdownError);
    expect(new Set([await get(queue), await get(queue)])).toEqual(new Set([1, 2]));
    for (const timeout of [undefined, 0]) await expect(get(queue, timeout)).rejects.toBeInstanceOf(ShutdownError);
  });

  it("wakes all by shutdown, and drops everything if that is to be immediate", async () => {
    const queue = new Kind();
    const consumers = [1, 2, 3].map(() => play({ queue }, [["tell"], getStep]));
    await Promise.all(consumers.map(({ told }) => told()));
    queue.shutdown(true);
    for (const { results } of consumers) expect((await results)[1]).toBe("ShutdownError");
    const full = new Kind();
    full.put(1);
    const joiner = play({ queue: full }, [["queue", isAsync ? "joinAsync" : "join"]]);
    await somebodyWaits(full, ALL_DONE);
    full.shutdown(true);
    expect(await joiner.results).toEqual([true]);
    await expect(get(full)).rejects.toBeInstanceOf(ShutdownError);
  });

  it("copies values of any size, up to its room", async () => {
    const queue = new Kind({ bytes: 64 * 100 });
    const values = [
      ...[0, -0, 1.5, Number.NaN, 10n, "", "ascii", "ümlaut", "x".repeat(47), "x".repeat(48), "x".repeat(5000)],
      ...[undefined, null, true, false, new Date(5), new Map([[1, new Set([2])]]), Float64Array.of(1, 2), [{ a: [1] }]],
      ...[
        { a: undefined },
        { a: -0 },
        { a: Number.NaN },
        Object.assign([], { 0: 1, 2: 3 }),
        Object.assign([1], { b: 2 }),
        Object.assign([], { 0: 1, length: 2, b: 2 }),
        { __proto__: null, c: 1 },
      ],
      ...[
        { a: "ü" },
        { deep: [[[{ b: true }]]] },
        Array.from({ length: 100 }, (_, i) => i),
        JSON.parse('{"__proto__":1}'),
      ],
    ];
    for (const value of values) {
      await put(queue, value);
      const got = await get(queue);
      expect(got).toStrictEqual(structuredClone(value));
      expect(inspect(got)).toBe(inspect(structuredClone(value)));
    }
    const twice = { a: 1 };
    await put(queue, [twice, twice]);
    const [one, other] = (await get(queue)) as unknown[];
    expect(one).toBe(other);
    const circle: unknown[] = [];
    circle.push(circle);
    await put(queue, circle);
    const [inner] = (await get(queue)) as unknown[][];
    expect(inner?.[0]).toBe(inner);
    await expect(put(queue, "x".repeat(6000))).rejects.toThrow(/more than the queue has room for/);
    await expect(put(queue, () => {})).rejects.toThrow(/could not be cloned/);
    expect([queue.size, queue.isShutdown]).toEqual([0, false]);
  });

  it("makes a large item wait for the room that it needs", async () => {
    const queue = new Kind({ bytes: 64 * 8 });
    for (let i = 0; i < 8; i++) queue.put(i);
    const large = play({ queue }, [putStep("ü".repeat(100))]);
    await somebodyWaits(queue, NOT_FULL);
    const got = new Set();
    while (got.size < 9) got.add(await get(queue, 5000));
    expect(await large.results).toEqual([undefined]);
    expect(got).toContain("ü".repeat(100));
  });
});

describe("order", { timeout: 10_000 }, () => {
  const drain = (queue: Queue | LifoQueue | PriorityQueue) => Array.from({ length: queue.size }, () => queue.get());

  it("is first in first out, last in first out, lowest priority first", () => {
    const fifo = new Queue();
    const lifo = new LifoQueue();
    for (const queue of [fifo, lifo]) for (const value of [1, 2, 3, 4]) queue.put(value);
    expect([drain(fifo), drain(lifo)]).toEqual([
      [1, 2, 3, 4],
      [4, 3, 2, 1],
    ]);
    const priorities = [5, -1, 0, 0.5, -1, 1e300, -1e300, 0];
    const sorted = new PriorityQueue<number>();
    for (const [index, priority] of priorities.entries()) sorted.put(index, { priority });
    const byHand = [...priorities.keys()].sort((a, b) => (priorities[a] as number) - (priorities[b] as number));
    expect(drain(sorted)).toEqual(byHand); // equal ones as they were put
    expect(() => sorted.put(1, { priority: Number.NaN })).toThrow(RangeError);
  });

  it("of priorities is that of a stable sort, whatever is put and got in between", () => {
    const queue = new PriorityQueue<number>();
    const model: { value: number; priority: number }[] = [];
    let seed = 12345;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let value = 0; value < 5000; value++) {
      if (random(3) > 0 || model.length === 0) {
        const priority = random(20);
        queue.put(value, { priority });
        model.push({ value, priority });
        model.sort((a, b) => a.priority - b.priority || a.value - b.value);
      } else expect(queue.get()).toBe(model.shift()?.value);
    }
    expect(drain(queue)).toEqual(model.map(({ value }) => value));
  });
});

describe("Queue", { timeout: 10_000 }, () => {
  it("lets as many go on as there is room for, when a large item is got", async () => {
    const queue = new Queue<unknown>({ bytes: 64 * 16 });
    queue.put("ü".repeat(860)); // 16 cells
    expect(queue.isFull).toBe(true);
    // None of them looks: only the get wakes them.
    const steps: Step[] = [["tell"], ["endlessLook"], ["queue", "put", 1]];
    const producers = [1, 2, 3, 4].map(() => play({ queue }, steps));
    await Promise.all(producers.map(({ told }) => told()));
    await new Promise((resolve) => setTimeout(resolve, 200));
    queue.get();
    for (const { results } of producers) await results;
    expect(queue.size).toBe(4);
  });

  it("tells the others at once, though the caller blocks before its promise is looked at", () => {
    const queue = new Queue<number>();
    const echo = new Queue<number>();
    const player = play({ queue, echo }, [["endlessLook"], ["queue", "get"], ["echo", "put", 1], ["queue", "put", 2]]);
    expect(player).toBeDefined();
    while ((Atomics.load(queue.words, NOT_EMPTY) & 1) === 0);
    const put = queue.putAsync(0);
    expect(echo.get(5000)).toBe(1);
    return put;
  });

  it("loses nothing when waits are aborted", async () => {
    const queue = new Queue<number>({ maxSize: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error("enough");
    const aborted = queue.getAsync({ signal });
    const patient = queue.getAsync();
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    queue.put(1);
    expect(await patient).toBe(1);
    queue.put(2);
    const putter = new AbortController();
    const notPut = queue.putAsync(3, { signal: putter.signal });
    putter.abort(reason);
    await expect(notPut).rejects.toBe(reason);
    expect([queue.get(), queue.size]).toEqual([2, 0]);
  });

  it("is an async iterable, until it is shut down", async () => {
    const queue = new Queue<number>();
    const producer = play({ queue }, [
      ["queue", "put", 1],
      ["queue", "put", 2],
      ["queue", "shutdown"],
    ]);
    const seen: number[] = [];
    for await (const value of queue) seen.push(value);
    expect(seen).toEqual([1, 2]);
    await producer.results;
  });

  it("checks its options", () => {
    for (const bytes of [0, 63, 2 ** 31]) expect(() => new Queue({ bytes })).toThrow(RangeError);
    for (const maxSize of [-1, 0.5]) expect(() => new Queue({ maxSize })).toThrow(RangeError);
    expect(() => Queue.from(new Lock().handle as never)).toThrow(TypeError);
    expect(() => new Queue().put(1, { timeout: -1 })).toThrow(RangeError);
  });
});

describe("a large item that waits for room", { timeout: 15_000 }, () => {
  const LARGE = "x".repeat(200); // 4 cells
  const CLAIM = 88;
  const TICKETS = CLAIM + 3;
  const isClaimed = async (queue: Queue) => {
    while (Atomics.load(queue.words, CLAIM) === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const full = () => {
    const queue = new Queue({ bytes: 64 * 6 });
    for (let item = 0; item < 6; item++) queue.put(item);
    return queue;
  };

  it.each(FORMS)("comes before small ones that would fit, %s", async (form) => {
    const queue = full();
    const isAsync = form === "async";
    const large = play({ queue }, [["queue", isAsync ? "putAsync" : "put", LARGE]]);
    await isClaimed(queue);
    queue.get();
    for (const timeout of [0, 20]) expect(() => queue.put("small", { timeout })).toThrow(QueueFullError);
    const small = queue.putAsync("small");
    for (let item = 1; item < 6; item++) expect(queue.get()).toBe(item);
    await Promise.all([large.results, small]);
    expect([queue.get(), queue.get()]).toEqual([LARGE, "small"]);
    queue.put("after", { timeout: 0 });
  });

  it("comes in turn with others of its kind", async () => {
    const queue = full();
    const order: string[] = [];
    for (const [before, name] of ["a", "b", "c"].entries()) {
      play({ queue }, [["queue", "put", name + LARGE]]);
      while (Atomics.load(queue.words, TICKETS) === before) await new Promise((resolve) => setImmediate(resolve));
    }
    for (let item = 0; item < 6; item++) queue.get();
    // Once the older one of two has looked, it has the claim, whoever was there first: tickets count from 1.
    for (const ticket of [2, 3, 0]) {
      while (Atomics.load(queue.words, CLAIM) !== ticket) await new Promise((resolve) => setImmediate(resolve));
      order.push(((await queue.getAsync()) as string).slice(0, 1));
    }
    expect(order).toEqual(["a", "b", "c"]);
  });

  it.each(["aborted", "too late"])("lets others go when it is %s", async (how) => {
    const queue = full();
    const controller = new AbortController();
    const options = how === "aborted" ? { signal: controller.signal } : { timeout: 30 };
    const large = queue.putAsync(LARGE, options);
    await isClaimed(queue);
    queue.get();
    const small = play({ queue }, [["queue", "put", "small"]]);
    await somebodyWaits(queue, NOT_FULL);
    controller.abort();
    await expect(large).rejects.toThrow();
    expect(await small.results).toEqual([undefined]);
  });

  it("lets others go when its thread has ended", async () => {
    const queue = full();
    const large = play({ queue }, [["queue", "put", LARGE]]);
    await isClaimed(queue);
    await end(large);
    queue.get();
    queue.put("small", { timeout: 5000 });
    expect(queue.words[CLAIM]).toBe(0);
  });

  it("does not keep its own thread from putting", async () => {
    const queue = full();
    const large = queue.putAsync(LARGE);
    await isClaimed(queue);
    queue.get();
    queue.put("small");
    while (queue.size > 0) queue.get();
    await large;
    expect(queue.get()).toBe(LARGE);
  });
});
