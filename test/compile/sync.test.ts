/** Locks, semaphores, events and counters of allcores/sync in kernels, beside JS that takes the same ones. */

import { Worker } from "node:worker_threads";
import { heap, KernelError, ProcessExecutor, SerialExecutor, UnsupportedError } from "allcores";
import { BoundedSemaphore, Counter, Event, Lock, OwnerDiedError, RLock, Semaphore } from "allcores/sync";
import { beforeAll, describe, expect, it } from "vitest";
import type { Kernels } from "../../dist/compile/kernels.js";
import { end, play, somebodyWaits } from "../sync/threads.js";
import { compiled } from "./sources.js";
import { eventOnHeap, type Library, lockOnHeap, made, pool, SOURCE } from "./sync-kernels.js";

let kernels: Kernels<Library>;
beforeAll(async () => {
  kernels = await compiled<Library>(SOURCE);
}, 60_000);

describe("a lock that kernels and JS take", { timeout: 20_000 }, () => {
  it.each([2, 4])("lets one in at a time: %i kernels, a blocking thread and promises", async (workers) => {
    const n = 40_000;
    const lock = lockOnHeap();
    const total = made({ words: heap.int32(2) }).words;
    const counting = pool(workers).parallelFor(kernels.countLocked, n, [lock.words, total]);
    const times = 2000;
    const thread = play({ lock }, [["count", "lock", total, times]]);
    for (let i = 0; i < times; i++) {
      using _ = await lock.holdAsync();
      expect(total[0]).toBe(total[1]);
      (total[0] as number)++;
      await Promise.resolve();
      (total[1] as number)++;
    }
    await counting;
    await thread.results;
    expect([...total]).toEqual([n + 2 * times, n + 2 * times]);
    expect(lock.locked).toBe(false);
  });

  it("is waited for by either side", async () => {
    const [lock, held, go] = [lockOnHeap(), eventOnHeap(), eventOnHeap()];
    const executor = pool();
    lock.acquire();
    const taking = executor.submit(kernels.take, [lock.words]);
    await somebodyWaits(lock);
    lock.release();
    await taking;
    const holding = executor.submit(kernels.hold, [lock.words, held.words, go.words]);
    await held.waitAsync();
    expect(lock.acquire(0)).toBe(false);
    const waiting = lock.acquireAsync();
    await somebodyWaits(lock);
    go.set();
    expect(await waiting).toBe(true);
    await holding;
    lock.release();
  });

  it("is tried without waiting", async () => {
    const lock = lockOnHeap();
    const executor = pool(1);
    expect(await executor.submit(kernels.tries, [lock.words])).toBe(0b0101);
    lock.acquire();
    expect(await executor.submit(kernels.tries, [lock.words])).toBe(0b1100);
    await executor.submit(kernels.releases, [lock.words]); // any thread may
    expect(lock.locked).toBe(false);
    await expect(executor.submit(kernels.releases, [lock.words])).rejects.toThrow(/the lock is not held/);
  });

  it("works on this thread too", async () => {
    const lock = lockOnHeap();
    const total = made({ words: heap.int32(2) }).words;
    await new SerialExecutor().parallelFor(kernels.countLocked, 1000, [lock.words, total]);
    expect(total[0]).toBe(1000);
  });

  it("is refused by processes", async () => {
    await using processes = new ProcessExecutor({ workers: 1 });
    const lock = lockOnHeap();
    const counter = made({ words: heap.int32(2) }).words;
    await expect(processes.parallelFor(kernels.countLocked, 10, [lock.words, counter])).rejects.toBeInstanceOf(
      UnsupportedError,
    );
  });
});

describe("a lock whose holder is a kernel that", { timeout: 20_000 }, () => {
  it("fails has lost its owner, until somebody recovers it", async () => {
    const lock = lockOnHeap();
    const executor = pool();
    const failing = () => executor.submit(kernels.holdAndFail, [lock.words]);
    await expect(failing()).rejects.toThrow(/on purpose/);
    expect(() => lock.acquire()).toThrow(OwnerDiedError);
    await expect(executor.submit(kernels.take, [lock.words])).rejects.toThrow(
      /the thread that held the lock has ended/,
    );
    expect(lock.recover()).toBe(true);
    lock.release();
    await expect(failing()).rejects.toThrow(KernelError);
    expect(await executor.submit(kernels.recovers, [lock.words])).toBe(true);
    expect(await executor.submit(kernels.recovers, [lock.words])).toBe(false);
    expect(lock.acquire(0)).toBe(true);
  });

  it("returned keeps its owner, whatever fails later", async () => {
    const [lock, other] = [lockOnHeap(), lockOnHeap()];
    const executor = pool(1);
    await executor.submit(kernels.takeAndReturn, [lock.words]);
    await expect(executor.submit(kernels.fails)).rejects.toThrow(/something else/);
    await expect(executor.submit(kernels.holdAndFail, [other.words])).rejects.toThrow(/on purpose/);
    expect(lock.acquire(0)).toBe(false);
    await executor.submit(kernels.releases, [lock.words]);
    expect(lock.acquire(0)).toBe(true);
  });

  it("has returned from does not change what lies at the words of a lock that was freed", async () => {
    const serial = new SerialExecutor();
    const lock = new Lock({ on: heap });
    await serial.submit(kernels.takeAndReturn, [lock.words]);
    lock.release();
    heap.free(lock.words);
    const others = made({ words: heap.int32(16).fill(16) }).words; // 16: this thread's, as a lock's state
    await expect(serial.submit(kernels.fails)).rejects.toThrow(/something else/);
    expect(new Set(others)).toEqual(new Set([16]));
  });

  it("failed is told of all locks that it held, also beside one that others have released and taken", async () => {
    const [first, second, held, go] = [lockOnHeap(), lockOnHeap(), eventOnHeap(), eventOnHeap()];
    const executor = pool(2);
    const failing = executor.submit(kernels.holdTwoAndFail, [first.words, second.words, held.words, go.words]);
    await held.waitAsync();
    await executor.submit(kernels.releases, [second.words]);
    await executor.submit(kernels.take, [second.words]);
    go.set();
    await expect(failing).rejects.toThrow(/on purpose/);
    await expect(first.acquireAsync({ timeout: 1000 })).rejects.toThrow(OwnerDiedError);
    expect(second.acquire(0)).toBe(true);
    expect(await executor.submit(kernels.died, [first.words])).toBe(true);
    expect(await executor.submit(kernels.died, [second.words])).toBe(false);
  });

  it("wants nine at once fails before it takes the ninth, and the others are told of", async () => {
    const locks = Array.from({ length: 9 }, lockOnHeap);
    await expect(
      pool(1).submit(
        kernels.holdNine,
        locks.map(({ words }) => words),
      ),
    ).rejects.toThrow(/may hold 8 locks at once/);
    expect(locks.map((lock) => lock.recover())).toEqual([...Array<boolean>(8).fill(true), false]);
  });

  it("fails is the first cause, not those who waited for its lock", { timeout: 60_000 }, async () => {
    const executor = pool(6);
    for (let turn = 0; turn < 100; turn++) {
      const lock = new Lock({ on: heap });
      const running = executor.parallelFor(kernels.failsHolding, 6, [lock.words], { grain: 1 });
      await expect(running).rejects.toThrow(/the cause/);
      heap.free(lock.words);
    }
  });

  it("waits for a worker of a worker that has ended is told by who made the lock", async () => {
    const lock = lockOnHeap();
    // The thread is started by another one, so that this one is not told of its end by Node.
    const code = `const { Worker, workerData } = require("node:worker_threads");
      if (workerData.inner) import(workerData.sync).then(({ Lock }) => { Lock.from(workerData.lock).acquire(); process.exit(); });
      else new Worker(workerData.code, { eval: true, workerData: { ...workerData, inner: true } });`;
    const sync = import.meta.resolve("allcores/sync");
    const worker = new Worker(code, { eval: true, workerData: { code, sync, lock: lock.handle } });
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    await ended;
    expect(lock.locked).toBe(true);
    await expect(pool(1).submit(kernels.take, [lock.words])).rejects.toThrow(/has ended/);
  });

  it.each(["a kernel", "a promise", "a blocked thread"])("is terminated: %s that waits is told", async (who) => {
    const [lock, held] = [lockOnHeap(), eventOnHeap()];
    const controller = new AbortController();
    const holding = pool(1).submit(kernels.holdForEver, [lock.words, held.words], { signal: controller.signal });
    await held.waitAsync();
    const waiters: Record<string, () => Promise<unknown>> = {
      "a kernel": () => pool(1).submit(kernels.take, [lock.words]),
      "a promise": () => lock.acquireAsync(),
      "a blocked thread": async () => {
        const [outcome] = await play({ lock }, [["lock", "acquire"]]).results;
        throw new Error(outcome === "OwnerDiedError" ? "the thread that held the lock has ended" : String(outcome));
      },
    };
    const waiting = waiters[who]?.();
    waiting?.catch(() => {});
    await somebodyWaits(lock);
    controller.abort();
    await expect(holding).rejects.toBe(controller.signal.reason);
    const ended = performance.now();
    await expect(waiting).rejects.toThrow(/the thread that held the lock has ended/);
    expect(performance.now() - ended).toBeLessThan(400);
    expect(lock.recover()).toBe(true);
    lock.release();
  });

  it("waits for a JS thread that is terminated is told", async () => {
    const lock = lockOnHeap();
    const player = play({ lock, never: new Event() }, [["lock", "acquire"], ["tell"], ["never", "wait"]]);
    await player.told();
    const waiting = pool(1).submit(kernels.take, [lock.words]);
    waiting.catch(() => {});
    await somebodyWaits(lock);
    await end(player);
    await expect(waiting).rejects.toThrow(/the thread that held the lock has ended/);
  });
});

it("words that were given back are not taken for a lock any more", { timeout: 10_000 }, async () => {
  const { words } = new Lock({ on: heap });
  made({ words: heap.int32(1) }); // the neighbour, without which the words would become part of a larger hole
  const player = play({ never: new Event() }, [["tell"], ["never", "wait"]]);
  await player.told();
  heap.free(words);
  // What other files of this process left has holes of this size, too.
  let { words: others } = made({ words: heap.int32(1) });
  for (let i = 0; i < 1000 && others.byteOffset !== words.byteOffset; i++)
    others = made({ words: heap.int32(1) }).words;
  expect(others.byteOffset).toBe(words.byteOffset);
  const value = (player.worker.threadId + 1) << 4; // what the lock's word would be, if that thread had it
  others[0] = value;
  await end(player);
  expect(others[0]).toBe(value);
});

it("only the words of such a primitive are taken", { timeout: 10_000 }, async () => {
  const serial = new SerialExecutor();
  const adopted = Lock.from(lockOnHeap().handle);
  await serial.submit(kernels.take, [adopted.words]);
  const others = [heap.int32(1), heap.int32(16), eventOnHeap().words, made(new RLock({ on: heap })).words];
  for (const words of others)
    await expect(serial.submit(kernels.take, [words])).rejects.toThrow(
      /^args\[0\] \(lock\) must be the words of a Lock made with \{ on: heap \}, got/,
    );
  for (const words of others.slice(0, 2)) heap.free(words);
});

describe("other primitives in kernels", { timeout: 20_000 }, () => {
  it("semaphores let in as many as there are permits", async () => {
    const permits = made(new Semaphore(2, { on: heap }));
    const inside = made({ words: heap.int32(2) }).words;
    const counting = pool(4).parallelFor(kernels.countInside, 40_000, [permits.words, inside]);
    for (let i = 0; i < 500; i++) {
      using _ = await permits.holdAsync();
      expect(Atomics.add(inside, 0, 1)).toBeLessThan(2);
      await Promise.resolve();
      Atomics.sub(inside, 0, 1);
    }
    await counting;
    expect([inside[0], permits.value]).toEqual([0, 2]);
    expect(inside[1]).toBeLessThanOrEqual(2);
  });

  it("bounded ones have no more than at the start", async () => {
    const permits = made(new BoundedSemaphore(2, { on: heap }));
    permits.acquire();
    const executor = pool(1);
    await expect(executor.submit(kernels.releasePermits, [permits.words, 2])).rejects.toThrow(/more permits/);
    await executor.submit(kernels.releasePermits, [permits.words, 1]);
    expect(permits.value).toBe(2);
  });

  it("events go both ways, and are seen by promises and blocked threads", async () => {
    const executor = pool(1);
    for (const form of ["promise", "thread"]) {
      const [go, done] = [eventOnHeap(), eventOnHeap()];
      const passing = executor.submit(kernels.passOn, [go.words, done.words]);
      await somebodyWaits(go);
      const thread = form === "thread" ? play({ done }, [["done", "wait"]]) : undefined;
      const seen = thread?.results ?? done.waitAsync();
      await somebodyWaits(done);
      go.set();
      expect(await seen).toEqual(thread ? [true] : true);
      await passing;
    }
    expect(await executor.submit(kernels.events, [eventOnHeap().words])).toBe(0b010);
  });

  it("counters are exact", async () => {
    const counter = made(new Counter(7, { on: heap }));
    const counting = pool(4).parallelFor(kernels.countAtomically, 1_000_000, [counter.words]);
    for (let i = 0; i < 1000; i++) counter.add(1);
    await counting;
    expect(counter.value).toBe(1_001_007);
    counter.value = 2;
    expect(await pool(1).submit(kernels.counters, [counter.words])).toBe(2000 + 600 + 12);
    expect(counter.value).toBe(12);
  });
});
