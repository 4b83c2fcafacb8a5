/** A thread of the stress cases: does its part until it is told to stop, and reports what it saw. */
import { parentPort, workerData } from "node:worker_threads";
import * as sync from "allcores/sync";
import { LOOK } from "../../dist/sync/look.js";
import { randomNumbers } from "./random.mjs";

const { role, handles, words, index, seed, endlessLook } = workerData;
// Without looks nothing heals: a wake-up that is lost stays lost, and the case hangs.
if (endlessLook) LOOK.ms = 2 ** 31 - 1;

const kinds = { ...sync };
const things = Object.fromEntries(
  Object.entries(handles).map(([name, handle]) => [name, kinds[handle.kind].from(handle)]),
);
const shared = new Int32Array(words);
const random = randomNumbers(seed + index);
const STOP = 0;
const DONE = 24;
const stopped = () => Atomics.load(shared, STOP) !== 0;
/** It has done what it is for. */
const done = () => Atomics.store(shared, DONE + index, 1);
const check = (isRight, what) => {
  if (!isRight) throw new Error(what);
};

/** Waits in one of four forms. @returns whether it went on; no answer of a queue is an error here */
async function anyWait(thing, blocking, async, give = () => true) {
  const form = random();
  let timer;
  try {
    if (form < 0.6) return give(thing[blocking]());
    if (form < 0.7) return give(thing[blocking](random() * 2));
    if (form < 0.8) return give(await thing[async]());
    if (form < 0.9) return give(await thing[async]({ timeout: random() * 2 }));
    const controller = new AbortController();
    const waiting = thing[async]({ signal: controller.signal });
    timer = setTimeout(() => controller.abort(), random() * 2);
    return give(await waiting);
  } catch (error) {
    if (error.name === "AbortError" || error.name === "QueueEmptyError") return false;
    throw error;
  } finally {
    clearTimeout(timer); // 100,000 left-over timers would hold the event loop up for longer than any lock
  }
}

const roles = {
  /** Two plain words that only the holder touches: equal, whenever somebody has the lock. */
  async lock() {
    let taken = 0;
    let longest = 0;
    while (!stopped()) {
      const started = performance.now();
      if ((await anyWait(things.lock, "acquire", "acquireAsync", (went) => went)) === false) continue;
      longest = Math.max(longest, performance.now() - started);
      check(shared[1] === shared[2], `two had the lock: ${shared[1]} and ${shared[2]}`);
      if (shared[3] !== index) shared[4]++;
      shared[3] = index;
      shared[1]++;
      if (random() < 0.1) for (let i = 0; i < 200; i++) Math.sqrt(i);
      shared[2]++;
      taken++;
      done();
      things.lock.release();
    }
    return { taken, longest };
  },

  /** Never more inside than there are permits. */
  async semaphore() {
    let taken = 0;
    while (!stopped()) {
      if ((await anyWait(things.semaphore, "acquire", "acquireAsync", (went) => went)) === false) continue;
      const inside = Atomics.add(shared, 1, 1) + 1;
      check(inside <= 3, `${inside} had 3 permits`);
      Atomics.sub(shared, 1, 1);
      taken++;
      done();
      things.semaphore.release();
    }
    return { taken };
  },

  /** Takes it only after somebody else has had it; in between it sleeps until the next one has. */
  async handOver() {
    const [LAST, WANTED] = [3, workerData.wanted];
    const me = index + 1;
    let taken = 0;
    for (;;) {
      things.lock.acquire();
      const isOver = shared[1] === WANTED;
      const isMine = shared[LAST] !== me;
      check(shared[1] === shared[2], `two had the lock: ${shared[1]} and ${shared[2]}`);
      if (isMine && !isOver) {
        shared[1]++;
        Atomics.store(shared, LAST, me);
        shared[2]++;
        taken++;
      }
      things.lock.release();
      if (isOver) return { taken };
      if (isMine) Atomics.notify(shared, LAST);
      if (shared[1] < WANTED) Atomics.wait(shared, LAST, me);
    }
  },

  async producer() {
    let sent = 0;
    let large = 0;
    const deadline = { timeout: 2 };
    const most = 8 * workerData.seenBytes;
    const number = index - workerData.producersFrom;
    while (!stopped() && sent < most) {
      const isLarge = random() < workerData.share;
      const text = "x".repeat(random() * (workerData.share > 0.2 ? 700 : 200));
      const value = isLarge ? { producer: number, sent, text } : number * 2 ** 24 + sent;
      try {
        const form = random();
        if (form < 0.7) things.queue.put(value);
        else if (form < 0.9) await things.queue.putAsync(value);
        else await things.queue.putAsync(value, deadline);
        sent++;
        if (isLarge) large++;
        if (isLarge) done();
      } catch (error) {
        if (error.name !== "QueueFullError") throw error;
      }
    }
    return { sent, large };
  },

  /** From each producer everything in its order, and nothing twice; what never came the owner finds. */
  async consumer() {
    const last = new Map();
    const seen = new Uint8Array(workerData.seen);
    let got = 0;
    const take = (value) => {
      const [producer, sent] =
        typeof value === "number" ? [Math.floor(value / 2 ** 24), value % 2 ** 24] : [value.producer, value.sent];
      check(sent > (last.get(producer) ?? -1), `${sent} of ${producer} after ${last.get(producer)}`);
      last.set(producer, sent);
      const bit = 1 << (sent & 7);
      const before = Atomics.or(seen, producer * workerData.seenBytes + (sent >> 3), bit);
      check((before & bit) === 0, `${sent} of ${producer} came twice`);
      got++;
      return true;
    };
    try {
      for (;;) if (await anyWait(things.queue, "get", "getAsync", take)) things.queue.taskDone();
    } catch (error) {
      if (error.name !== "ShutdownError") throw error;
    }
    return { got };
  },

  /** Everybody has arrived before anybody goes on, in each generation. */
  async barrier() {
    let generation = 0;
    const { generations, parties } = workerData;
    for (; generation < generations; generation++) {
      Atomics.add(shared, 1, 1);
      const number = generation % 100 === 0 ? await things.barrier.waitAsync() : things.barrier.wait();
      check(number >= 0 && number < parties, `number ${number}`);
      const arrived = Atomics.load(shared, 1);
      check(arrived >= parties * (generation + 1), `${arrived} had arrived in generation ${generation}`);
      check(arrived <= parties * (generation + 2), `${arrived} had arrived in generation ${generation}`);
    }
    return { generation };
  },

  /** A bounded buffer by hand: a ring of 4 places, a lock and two conditions. */
  async buffer() {
    const { lock, notEmpty, notFull } = things;
    const isProducer = index % 2 === 0;
    let moved = 0;
    let sum = 0;
    const ready = () => (isProducer ? shared[1] < 4 : shared[1] > 0 || shared[2] === 1);
    const queue = isProducer ? notFull : notEmpty;
    for (;;) {
      if (random() < 0.8) lock.acquire();
      else await lock.acquireAsync();
      const form = random();
      if (form < 0.6) queue.waitFor(ready);
      else if (form < 0.7) queue.waitFor(ready, random() * 2);
      else if (form < 0.9) await queue.waitForAsync(ready);
      else await queue.waitForAsync(ready, { timeout: random() * 2 });
      const over = isProducer ? stopped() : shared[1] === 0 && shared[2] === 1;
      if (!over && ready()) {
        done();
        if (isProducer) {
          shared[8 + ((shared[3] + shared[1]) % 4)] = ++moved;
          shared[1]++;
          sum += moved;
          notEmpty.notify();
        } else {
          sum += shared[8 + (shared[3] % 4)];
          shared[3] = (shared[3] + 1) % 4;
          shared[1]--;
          moved++;
          notFull.notify();
        }
      }
      lock.release();
      if (over) return { moved, sum };
    }
  },

  /** Holds a lock again and again, and exits with it, or is terminated with it; recovers it from others. */
  async mortal() {
    const lock = things.lock;
    while (!stopped()) {
      try {
        if (random() < 0.8) lock.acquire();
        else await lock.acquireAsync();
      } catch (error) {
        if (error.name !== "OwnerDiedError") throw error;
        if (!lock.recover()) continue;
        shared[2] = shared[1]; // what was half done
        shared[3]++;
      }
      check(shared[1] === shared[2], `two had the lock: ${shared[1]} and ${shared[2]}`);
      shared[1]++;
      if (random() < 0.002) process.exit();
      shared[2]++;
      lock.release();
    }
    return {};
  },

  async mortalProducer() {
    try {
      for (let sent = 0; !stopped(); sent++) {
        things.queue.put([index, sent, "x".repeat(random() * 300)]);
        if (random() < 0.001) process.exit();
      }
    } catch (error) {
      if (error.name !== "ShutdownError") throw error;
    }
    return {};
  },

  async mortalConsumer() {
    const last = new Map();
    try {
      for (;;) {
        const [producer, sent, text] = await (random() < 0.8 ? things.queue.get() : things.queue.getAsync());
        check(sent > (last.get(producer) ?? -1) && /^x*$/.test(text), `${sent} of ${producer}: ${text}`);
        last.set(producer, sent);
        Atomics.add(shared, 1, 1);
        if (random() < 0.001) process.exit();
      }
    } catch (error) {
      if (error.name !== "ShutdownError") throw error;
    }
    return {};
  },
};

parentPort.postMessage({ begins: true });
parentPort.postMessage({ report: await roles[role]() });
// Blocked threads can't be told by a message: they look at the stop word.
parentPort.unref();
