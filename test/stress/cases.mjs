/**
 * Stress of allcores/sync with real threads: the same cases for the tests (seconds) and for `npm run soak` (minutes).
 * Each takes { ms, seed, threads }, resolves with figures, and rejects when something is wrong or hangs.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Barrier, Condition, Lock, Queue, Semaphore } from "allcores/sync";
import { randomNumbers } from "./random.mjs";

const HANG_MS = 40_000;
/** How long a case may go on beyond its time until what it is about has happened: a busy machine starts threads late. */
const MERCY_MS = 40_000;
const STOP = 0;
/** A word for each thread: whether it has done what it is for. */
const DONE = 24;
/** What deaths are about, at least so often. */
const RECOVERIES = 3;
const ITEMS = 200;
/** A bit for each item of a producer. */
const SEEN_BYTES = 2 ** 20;

class Crew {
  words = new Int32Array(new SharedArrayBuffer(256));
  #workers = new Set();
  #failure;
  #spawned = 0;

  constructor(things, { seed, endlessLook = true }, extra = {}) {
    this.data = {
      ...extra,
      seed,
      endlessLook,
      words: this.words.buffer,
      handles: Object.fromEntries(Object.entries(things).map(([name, { handle }]) => [name, handle])),
    };
    this.things = things;
    this.failed = new Promise((_, reject) => {
      this.#failure = reject;
    });
    this.failed.catch(() => {});
  }

  /** Starts a thread. @returns its worker, when it is about to begin, and what it reports: undefined when it ended before */
  start(role) {
    const index = this.#spawned++;
    const workerData = { ...this.data, role, index };
    const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
    this.#workers.add(worker);
    worker.on("error", this.#failure);
    const member = { worker, index, hasBegun: false, report: undefined };
    member.report = new Promise((resolve) => {
      worker.on("message", (message) => {
        member.hasBegun = true;
        if ("report" in message) resolve(message.report);
      });
      worker.on("exit", () => {
        this.#workers.delete(worker);
        resolve(undefined);
      });
    });
    return member;
  }

  /** The reports, or the first failure; a thread that does not end in time has been left asleep. */
  async finish(members) {
    let timer;
    const hang = new Promise((_, reject) => {
      timer = setTimeout(() => {
        const states = Object.entries(this.things).map(
          ([name, { words }]) => `${name}: ${words.slice(0, 100).join(" ")}`,
        );
        reject(new Error(`a thread does not end: a wake-up was lost\n${states.join("\n")}\nshared: ${this.words}`));
      }, HANG_MS);
    });
    try {
      return await Promise.race([Promise.all(members.map(({ report }) => report)), this.failed, hang]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves after so long, once each of these threads has done what it is for: some start when others are done. */
  async last(ms, members) {
    const hasDone = ({ index }) => Atomics.load(this.words, DONE + index) !== 0;
    await lasting(this, ms, () => members.every(hasDone));
  }

  stop() {
    Atomics.store(this.words, STOP, 1);
  }

  async end() {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }
}

const total = (reports, key) => reports.reduce((sum, report) => sum + report[key], 0);
const pause = (ms, crew) => Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), crew.failed]);

/** Resolves after so long and as soon as there is enough; at the latest when patience is over. */
async function lasting(crew, ms, isEnough) {
  const started = performance.now();
  await pause(ms, crew);
  while (!isEnough() && performance.now() - started < ms + MERCY_MS) await pause(50, crew);
}

async function run(things, options, work, extra) {
  const crew = new Crew(things, options, extra);
  try {
    return await work(crew);
  } finally {
    crew.stop();
    await crew.end();
  }
}

const expect = (isRight, what) => {
  if (!isRight) throw new Error(what);
};

export const cases = {
  /** Many take one lock, in all forms: a counter without atomics stays right. */
  locks: (options) =>
    run({ lock: new Lock() }, options, async (crew) => {
      const members = Array.from({ length: options.threads }, () => crew.start("lock"));
      await crew.last(options.ms, members);
      crew.stop();
      const reports = await crew.finish(members);
      const [, first, second, , handedOver] = crew.words;
      const taken = total(reports, "taken");
      expect(first === second && first === taken, `${taken} times taken, ${first} and ${second} counted`);
      const least = Math.min(...reports.map((report) => report.taken));
      expect(least > 0, "a thread never got the lock");
      return { taken, handedOver, least, longestMs: Math.max(...reports.map((report) => report.longest)) };
    }),

  /** One lock that nobody takes twice running: each time it goes from one thread to another, `handOvers` times. */
  handOvers: (options) => {
    const wanted = options.handOvers ?? 1e6;
    return run(
      { lock: new Lock() },
      options,
      async (crew) => {
        const started = performance.now();
        const members = Array.from({ length: options.threads }, () => crew.start("handOver"));
        const reports = await Promise.race([Promise.all(members.map(({ report }) => report)), crew.failed]);
        const [, first, second] = crew.words;
        expect(first === wanted && second === wanted, `${wanted} hand-overs, ${first} and ${second} counted`);
        expect(total(reports, "taken") === wanted, `${total(reports, "taken")} times taken`);
        const least = Math.min(...reports.map((report) => report.taken));
        expect(least > 0, "a thread never got the lock");
        return { handOvers: first, least, ms: performance.now() - started };
      },
      { wanted },
    );
  },

  semaphores: (options) =>
    run({ semaphore: new Semaphore(3) }, options, async (crew) => {
      const members = Array.from({ length: options.threads }, () => crew.start("semaphore"));
      await crew.last(options.ms, members);
      crew.stop();
      const reports = await crew.finish(members);
      expect(crew.things.semaphore.value === 3, `${crew.things.semaphore.value} of 3 permits left`);
      expect(Math.min(...reports.map(({ taken }) => taken)) > 0, "a thread never got a permit");
      return { taken: total(reports, "taken") };
    }),

  /** As many producers as consumers, and a bound of items. */
  queues: (options) => everyItemOnce(new Queue({ maxSize: 32 }), options, 0.1),

  /** The same with a bound of bytes: items of 1 to 15 cells, where 20 are, so that large ones wait beside small ones. */
  sizes: (options) => everyItemOnce(new Queue({ bytes: 64 * 20 }), options, 0.5),

  /** `generations` times through a barrier. */
  barriers: (options) => {
    const parties = Math.min(4, options.threads);
    const generations = options.generations ?? Math.round(options.ms / 1000) * 2000;
    const extra = { parties, generations };
    return run(
      { barrier: new Barrier(parties) },
      options,
      async (crew) => {
        const members = Array.from({ length: parties }, () => crew.start("barrier"));
        const reports = await Promise.race([Promise.all(members.map(({ report }) => report)), crew.failed]);
        return { generations: reports[0].generation };
      },
      extra,
    );
  },

  conditions: (options) => {
    const lock = new Lock();
    const things = { lock, notEmpty: new Condition(lock), notFull: new Condition(lock) };
    return run(things, options, async (crew) => {
      // A condition's handle brings a lock along: the same words, in another object of the thread.
      const members = Array.from({ length: Math.max(2, options.threads) }, () => crew.start("buffer"));
      await crew.last(options.ms, members);
      crew.stop();
      for (const even of [true, false]) {
        await lock.acquireAsync();
        things.notFull.notifyAll();
        if (!even) crew.words[2] = 1;
        things.notEmpty.notifyAll();
        lock.release();
        const part = members.filter((_, index) => (index % 2 === 0) === even);
        const reports = await untilDone(crew, things, part);
        if (even) crew.made = reports;
        else {
          const [made, used] = [crew.made, reports];
          expect(
            total(made, "moved") === total(used, "moved"),
            `${total(made, "moved")} in, ${total(used, "moved")} out`,
          );
          expect(total(made, "sum") === total(used, "sum"), "other items came out than went in");
          return { items: total(used, "moved") };
        }
      }
      return undefined;
    });
  },

  /** Threads that exit with a lock or are terminated at any point: it is recovered each time. */
  deaths: (options) =>
    run({ lock: new Lock() }, { ...options, endlessLook: false }, async (crew) => {
      const hasHappened = () => crew.words[3] >= RECOVERIES;
      const deaths = await withDeaths(crew, options, ["mortal", "mortal", "mortal", "mortal"], hasHappened);
      const { lock } = crew.things;
      try {
        expect(await lock.acquireAsync({ timeout: 2000 }), "the lock is stuck");
      } catch (error) {
        if (error.name !== "OwnerDiedError") throw error;
        expect(lock.recover(), "the lock can't be recovered");
      }
      return { deaths, recovered: crew.words[3], taken: crew.words[1] };
    }),

  /** Producers and consumers that die at any point: what comes out is whole and in order, no cell is lost. */
  queueDeaths: (options) =>
    run({ queue: new Queue({ maxSize: 50, bytes: 64 * 400 }) }, { ...options, endlessLook: false }, async (crew) => {
      const { queue } = crew.things;
      const roles = ["mortalProducer", "mortalConsumer", "mortalProducer", "mortalConsumer"];
      const deaths = await withDeaths(
        crew,
        options,
        roles,
        () => crew.words[1] >= ITEMS,
        () => queue.shutdown(),
      );
      for (;;) {
        try {
          await queue.getAsync({ timeout: 2000 });
        } catch (error) {
          expect(error.name === "ShutdownError", `${error.name} instead of the end`);
          break;
        }
      }
      const [CELLS, FREE_CELLS] = [17, 84];
      expect(queue.words[FREE_CELLS] === queue.words[CELLS], `${queue.words[FREE_CELLS]} cells are free in the end`);
      return { deaths, items: crew.words[1] };
    }),
};

/** Notifies again while threads are on their way to sleep. */
async function untilDone(crew, { lock, notFull, notEmpty }, members) {
  let done = false;
  const finished = crew.finish(members).finally(() => {
    done = true;
  });
  while (!done) {
    await lock.acquireAsync();
    notFull.notifyAll();
    notEmpty.notifyAll();
    lock.release();
    await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, 5))]);
  }
  return finished;
}

/** Every item is seen once, in order for each producer: consumers mark what they see in a bitmap for each producer. */
function everyItemOnce(queue, options, share) {
  const seen = new SharedArrayBuffer(options.threads * SEEN_BYTES);
  return run(
    { queue },
    options,
    async (crew) => {
      const consumers = Array.from({ length: options.threads }, () => crew.start("consumer"));
      const producers = Array.from({ length: options.threads }, () => crew.start("producer"));
      await crew.last(options.ms, producers);
      crew.stop();
      const sent = await crew.finish(producers);
      expect(await queue.joinAsync({ timeout: HANG_MS }), `${queue.unfinished} items are never done`);
      queue.shutdown();
      const got = await crew.finish(consumers);
      expect(total(got, "got") === total(sent, "sent"), `${total(sent, "sent")} sent, ${total(got, "got")} got`);
      for (const [number, { sent: count, large }] of sent.entries()) {
        const bits = new Uint8Array(seen, number * SEEN_BYTES, SEEN_BYTES);
        for (let item = 0; item < count; item++)
          expect((bits[item >> 3] >> (item & 7)) & 1, `item ${item} of producer ${number} never came`);
        expect(count === 0 || large > 0, "no large item ever went in");
      }
      return { items: total(got, "got"), least: Math.min(...sent.map((report) => report.sent)) };
    },
    { seen, seenBytes: SEEN_BYTES, share, producersFrom: options.threads },
  );
}

/**
 * Keeps threads of these roles running and ends one now and then, until the time is over and `hasHappened`; then ends all.
 * Only threads that have begun are ended: on a busy machine they take longer to start than to be chosen.
 */
async function withDeaths(crew, { ms, seed }, roles, hasHappened, beforeEnd = () => {}) {
  const random = randomNumbers(seed);
  const started = performance.now();
  const isOver = () => {
    const passed = performance.now() - started;
    return passed >= ms + MERCY_MS || (passed >= ms && hasHappened());
  };
  let deaths = 0;
  let isEnding = false;
  const slots = roles.map((role) => ({ role, member: crew.start(role) }));
  const keep = slots.map(async (slot) => {
    while (!isEnding) {
      await Promise.race([once(slot.member.worker, "exit").catch(() => {}), crew.failed]);
      deaths++;
      if (!isEnding) slot.member = crew.start(slot.role);
    }
  });
  const kept = Promise.all(keep);
  kept.catch(() => {}); // may come before anybody asks
  while (!isOver()) {
    await pause(random() * 120, crew);
    const { member } = slots[Math.floor(random() * slots.length)];
    if (member.hasBegun) member.worker.terminate();
  }
  isEnding = true;
  crew.stop();
  beforeEnd();
  await Promise.race([new Promise((resolve) => setTimeout(resolve, 300)), crew.failed]);
  await crew.end();
  await Promise.race([kept, crew.failed]);
  return deaths;
}
