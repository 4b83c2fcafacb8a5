/**
 * What the primitives of allcores/sync cost. Best of several rounds, since what disturbs a measurement only ever makes it
 * slower; the hand-over beside a bare Atomics.wait/notify between the same two threads, in turns, and by the median of the
 * ratios of neighbours: a round trip takes 9 us while the scheduler has both threads on one core, and 15 to 110 us for
 * seconds at a time when it has not, so the best of each may come from different times (3.0 was seen so).
 */
import { Worker } from "node:worker_threads";
import { Counter, Lock, Queue, RLock, Semaphore } from "allcores/sync";
import { quantile } from "../../dist/bench/statistics.js";

const PAIRS = 2e6;
const ROUNDS = 5;

function best(measure: () => number): number {
  return Math.min(...Array.from({ length: ROUNDS }, measure));
}

function microseconds(work: () => void, times = PAIRS): number {
  const started = performance.now();
  for (let i = 0; i < times; i++) work();
  return ((performance.now() - started) / times) * 1e3;
}

function uncontended(): void {
  const lock = new Lock();
  const rlock = new RLock();
  const semaphore = new Semaphore();
  const counter = new Counter();
  const cases: Record<string, () => void> = {
    Lock: () => {
      lock.acquire();
      lock.release();
    },
    RLock: () => {
      rlock.acquire();
      rlock.release();
    },
    Semaphore: () => {
      semaphore.acquire();
      semaphore.release();
    },
    "Counter.add": () => {
      counter.add();
    },
  };
  for (const [name, work] of Object.entries(cases))
    console.log(`${name}, uncontended: ${best(() => microseconds(work)).toFixed(3)} us (acquire + release < 0.2)`);
}

function start(role: string, data: object): { worker: Worker; answer: Promise<number> } {
  const worker = new Worker(new URL("./sync-worker.js", import.meta.url), { workerData: { role, ...data } });
  const answer = new Promise<number>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return { worker, answer };
}

async function handOver(): Promise<void> {
  const words = new Int32Array(new SharedArrayBuffer(256)).buffer;
  const data = { ping: new Semaphore(0).handle, pong: new Semaphore(0).handle, words, rounds: 2 * ROUNDS };
  const other = start("pong", data);
  const results = await start("ping", data).answer;
  await other.answer;
  const rounds = results as unknown as readonly [bare: number, ours: number][];
  const middle = (values: number[]) => quantile(values, 0.5).toFixed(2);
  console.log(
    `hand-over between two blocked workers: ${middle(rounds.map(([, ours]) => ours))} us a round trip, ` +
      `bare Atomics.wait/notify ${middle(rounds.map(([bare]) => bare))} us: ` +
      `${middle(rounds.map(([bare, ours]) => ours / bare))} times (at most 2)`,
  );
}

async function queue(kind: string): Promise<void> {
  const rates: number[] = [];
  for (let round = 0; round < 3; round++) {
    const { handle } = new Queue();
    const items = 400_000;
    const consumer = start("consume", { handle, items, kind });
    start("produce", { handle, items, kind });
    rates.push(items / (await consumer.answer));
  }
  const rate = Math.round(Math.max(...rates) * 1e3);
  console.log(`queue between two workers, ${kind}: ${rate.toLocaleString("en")} items/s (300,000 or more)`);
}

async function blocked(): Promise<void> {
  const { handle } = new Lock();
  const lock = Lock.from(handle);
  lock.acquire();
  const workers = Array.from({ length: 8 }, () => start("block", { handle }));
  await Promise.all(workers.map(({ answer }) => answer));
  await new Promise((resolve) => setTimeout(resolve, 1000)); // until those of the last case are gone and these asleep
  const before = process.cpuUsage();
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / 1e3 / (performance.now() - started);
  console.log(`8 blocked workers: ${(100 * share).toFixed(2)}% of a core (under 1)`);
  lock.release();
}

export default async function sync(): Promise<void> {
  uncontended();
  await handOver();
  for (const kind of ["numbers", "strings", "objects"]) await queue(kind);
  await blocked();
}
