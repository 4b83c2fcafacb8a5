/** The other side of the study of allcores/sync. */
import { parentPort, workerData } from "node:worker_threads";
import { Lock, Queue, Semaphore } from "allcores/sync";

const ROUND_TRIPS = 5000;
const VALUES: Record<string, (index: number) => unknown> = {
  numbers: (index) => index,
  strings: (index) => `item ${index}`,
  objects: (index) => ({ index, name: "item" }),
};

function trips(go: (index: number) => void): number {
  const started = performance.now();
  for (let i = 0; i < ROUND_TRIPS; i++) go(i);
  return ((performance.now() - started) / ROUND_TRIPS) * 1e3;
}

/** A pair of times for each round; the first one warms up. */
function handOver(isPing: boolean): [bare: number, ours: number][] {
  const ping = Semaphore.from(workerData.ping);
  const pong = Semaphore.from(workerData.pong);
  const words = new Int32Array(workerData.words as SharedArrayBuffer);
  // Each on a cache line of its own.
  const [own, other] = isPing ? [0, 32] : [32, 0];
  const notify = (value: number) => {
    Atomics.store(words, other, value);
    Atomics.notify(words, other);
  };
  const wait = (value: number) => {
    while (Atomics.load(words, own) !== value) Atomics.wait(words, own, value - 1);
  };
  let count = 0;
  const bareTrip = () => {
    count++;
    if (isPing) notify(count);
    wait(count);
    if (!isPing) notify(count);
  };
  const ourTrip = () => {
    if (isPing) ping.release();
    (isPing ? pong : ping).acquire();
    if (!isPing) pong.release();
  };
  const times: [number, number][] = [];
  for (let round = 0; round <= workerData.rounds; round++) times.push([trips(bareTrip), trips(ourTrip)]);
  return times.slice(1);
}

const roles: Record<string, () => unknown> = {
  ping: () => handOver(true),
  pong: () => handOver(false),
  produce: () => {
    const queue = Queue.from(workerData.handle);
    const value = VALUES[workerData.kind] as (index: number) => unknown;
    for (let i = 0; i < workerData.items; i++) queue.put(value(i));
    return 0;
  },
  consume: () => {
    const queue = Queue.from(workerData.handle);
    queue.get(); // the producer is up
    const started = performance.now();
    for (let i = 1; i < workerData.items; i++) queue.get();
    return performance.now() - started;
  },
  block: () => {
    parentPort?.postMessage(0);
    const lock = Lock.from(workerData.handle);
    lock.acquire();
    lock.release();
    return 0;
  },
};

const answer = roles[workerData.role as string]?.();
parentPort?.postMessage(answer);
