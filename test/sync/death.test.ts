/** What becomes of locks and queues whose holder is terminated, exits, or dies of an error. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { AsyncExecutor, jsKernel, ThreadExecutor } from "allcores";
import { Event, Lock, OwnerDiedError, Queue, RLock } from "allcores/sync";
import { describe, expect, it } from "vitest";
import { end, FORMS, type Player, play, type Step, somebodyWaits, wait, waiting } from "./threads.js";

const ENDS: Record<string, (player: Player, go: Event) => Promise<void>> = {
  terminated: (player) => end(player),
  exiting: async (player, go) => {
    const gone = once(player.worker, "exit");
    go.set();
    await gone;
  },
};
/** Each pair of a lock's kind, a form of waiting and an end is there once: none of the three knows of the third. */
const CASES = [
  { Kind: Lock, form: "blocking", how: "terminated" },
  { Kind: Lock, form: "async", how: "exiting" },
  { Kind: RLock, form: "blocking", how: "exiting" },
  { Kind: RLock, form: "async", how: "terminated" },
] as const;
/** The word that tells when somebody looked. */
const LOOKED = 3;
/** What is promised is 200 ms; a busy machine gets as much again. */
const DETECTED_MS = 400;

const holder = (lock: Lock | RLock, go: Event) =>
  play({ lock, go }, [["lock", "acquire"], ["tell"], ["go", "wait"], ["exit"]]);

describe.each(CASES)("a $Kind.name whose holder is $how, $form", { timeout: 15_000 }, ({ Kind, form, how }) => {
  it("throws in who waits and who comes, until one has recovered it", async () => {
    const lock = new Kind();
    const go = new Event();
    const player = holder(lock, go);
    await player.told();
    const waiter = play({ lock }, [waiting(form, "lock", "acquire"), waiting(form, "lock", "acquire")]);
    while ((Atomics.load(lock.words, 0) & 3) === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(lock.recover()).toBe(false);
    await ENDS[how]?.(player, go);
    const dead = performance.now();
    expect(await waiter.results).toEqual(["OwnerDiedError", "OwnerDiedError"]);
    expect(performance.now() - dead).toBeLessThan(DETECTED_MS);
    await expect((async () => wait(form, lock, "acquire"))()).rejects.toBeInstanceOf(OwnerDiedError);
    expect(() => lock.release()).toThrow();
    expect([lock.recover(), lock.recover(), lock.locked]).toEqual([true, false, true]);
    expect(await play({ lock }, [["lock", "acquire", 10]]).results).toEqual([false]);
    lock.release();
    expect(await play({ lock }, [["lock", "acquire", 10]]).results).toEqual([true]);
  });

  it("throws in the next who comes, though nobody waited", async () => {
    const lock = new Kind();
    const go = new Event();
    const player = holder(lock, go);
    await player.told();
    await ENDS[how]?.(player, go);
    const started = performance.now();
    await expect((async () => wait(form, lock, "acquire", 5000))()).rejects.toBeInstanceOf(OwnerDiedError);
    expect(performance.now() - started).toBeLessThan(DETECTED_MS);
  });
});

describe.each(FORMS)("death, %s", { timeout: 15_000 }, (form) => {
  it.each([0, 20])("is seen by who waits for %i ms only, again and again", async (timeout) => {
    const lock = new Lock();
    await expect(play({ lock }, [["lock", "acquire"], ["exit"]]).results).rejects.toThrow();
    const started = performance.now();
    const poll = async () => {
      while (performance.now() - started < 5000) {
        await wait(form, lock, "acquire", timeout);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await expect(poll()).rejects.toBeInstanceOf(OwnerDiedError);
    expect(performance.now() - started).toBeLessThan(DETECTED_MS);
  });

  it("is seen in time, though somebody looked just before it", async () => {
    const lock = new Lock();
    const go = new Event();
    const player = holder(lock, go);
    await player.told();
    const waiter = play({ lock }, [["tell"], waiting(form, "lock", "acquire")]);
    await waiter.told();
    await somebodyWaits(lock);
    await new Promise((resolve) => setTimeout(resolve, 100)); // the waiter's next look is to come in 70 ms or less
    for (let poll = 0; poll < 10; poll++) lock.acquire(5);
    await end(player);
    const looked = performance.now();
    lock.words[LOOKED] = performance.timeOrigin + looked; // as somebody would who saw it alive
    await waiter.results;
    expect(performance.now() - looked).toBeGreaterThan(100);
    expect(performance.now() - looked).toBeLessThan(DETECTED_MS);
  });
});

describe("death", { timeout: 15_000 }, () => {
  it("is seen by a thread that blocks and so hears no event of its workers", async () => {
    const lock = new Lock();
    const go = new Event();
    const player = holder(lock, go);
    await player.told();
    go.set();
    const started = performance.now();
    expect(() => lock.acquire()).toThrow(OwnerDiedError);
    expect(performance.now() - started).toBeLessThan(DETECTED_MS);
  });

  it("by an uncaught error is seen too", async () => {
    const lock = new Lock();
    const player = play({ lock }, [["lock", "acquire"], ["throw"]]);
    await expect(player.results).rejects.toThrow("on purpose");
    await expect(lock.acquireAsync()).rejects.toBeInstanceOf(OwnerDiedError);
    expect(lock.recover()).toBe(true);
  });

  it("is not what a live holder is taken for that nobody knows, as a kernel's thread", async () => {
    const lock = new Lock();
    const kernel = `const { parentPort, threadId, workerData: [words, ms] } = require("node:worker_threads");
      Atomics.compareExchange(words, 0, 0, (threadId + 1) << 4);
      parentPort.postMessage(0);
      Atomics.wait(words, 15, 0, ms);
      Atomics.store(words, 0, 0);`;
    const worker = new Worker(kernel, { eval: true, workerData: [lock.words, 300] });
    await once(worker, "message");
    expect(lock.acquire(5000)).toBe(true);
    lock.release();
    await once(worker, "exit");
  });

  it.each([ThreadExecutor, AsyncExecutor])("of a pool's worker that a kernel took a lock in is seen", async (Pool) => {
    await using pool = new Pool({ workers: 1 });
    const url = new URL("../fixtures/raw-lock.mjs", import.meta.url);
    const lock = new Lock();
    await expect(pool.submit(jsKernel(url, "holdAndExit"), [lock.words])).rejects.toThrow(/exited/);
    await expect(lock.acquireAsync()).rejects.toBeInstanceOf(OwnerDiedError);
  });

  it("of a worker of an executor is seen", async () => {
    await using pool = new ThreadExecutor({ workers: 1 });
    const lock = new Lock();
    const steps: Step[] = [["lock", "acquire"], ["exit"]];
    const kernel = jsKernel(new URL("../fixtures/sync.mjs", import.meta.url), "play");
    await expect(pool.submit(kernel, [{ lock: lock.handle }, steps])).rejects.toThrow(/exited/);
    await expect(lock.acquireAsync()).rejects.toBeInstanceOf(OwnerDiedError);
    // A new worker of the same pool is somebody else.
    expect(await pool.submit(kernel, [{ lock: lock.handle }, [["lock", "recover"]]])).toEqual([true]);
  });

  it("of many, one after the other, leaves each lock to be recovered", async () => {
    const lock = new Lock();
    for (let round = 0; round < 8; round++) {
      const player = play({ lock }, [["lock", "acquire"], ["exit"]]);
      await once(player.worker, "exit");
      await expect(lock.acquireAsync()).rejects.toBeInstanceOf(OwnerDiedError);
      expect(lock.recover()).toBe(true);
      lock.release();
    }
  });

  it("of a thread that waits leaves nobody behind", async () => {
    const lock = new Lock();
    lock.acquire();
    const dead = [1, 2].map(() => play({ lock }, [["tell"], ["lock", "acquire"]]));
    await Promise.all(dead.map(({ told }) => told()));
    const alive = play({ lock }, [["lock", "acquire", 5000]]);
    for (const player of dead) await end(player);
    lock.release();
    expect(await alive.results).toEqual([true]);
  });

  it("in the middle of a queue's put leaves the queue as it was before", async () => {
    const queue = new Queue<string>();
    queue.put("a");
    // As a thread would leave it that died between its log and its publication.
    const dead = play({ lock: { handle: { ...queue.handle, kind: "Lock" } } }, [["lock", "acquire"], ["exit"]]);
    await expect(dead.results).rejects.toThrow();
    const [COUNT, LOG] = [80, 96];
    queue.words.set([1, 0, COUNT, 1], LOG); // one pair: COUNT was 1
    queue.words[COUNT] = 2;
    queue.put("b");
    expect([queue.get(), queue.get(), queue.size]).toEqual(["a", "b", 0]);
  });
});
