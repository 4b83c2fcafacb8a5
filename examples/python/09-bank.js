// A bank with transfers between its accounts. Without a lock money is lost or made; with one the total stays. Two locks
// that are taken in opposite order are a deadlock: a time-out finds it, and an order for all mends it.
import { heap, jsKernel, ThreadExecutor } from "allcores";
import { Barrier, Lock } from "allcores/sync";
import { isKernelThread } from "allcores/worker";
import { print, size } from "./support.js";

/** What the tutorials sleep for between reading and writing, so that threads meet there. */
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);

/** @param {Int32Array} accounts @param {number} amount @param {Lock["handle"]} [handle] */
export function transferMany(accounts, amount, handle) {
  const lock = handle && Lock.from(handle);
  for (let i = 0; i < size(100, 20); i++) {
    lock?.acquire();
    const money = accounts[i % 3];
    pause();
    accounts[i % 3] = money - amount;
    accounts[(i + amount) % 3] += amount;
    lock?.release();
  }
}

/** Takes two locks, the second within 100 ms; at a meeting, two threads wait for each other, with their first lock. */
/** @param {readonly Lock["handle"][]} locks @param {Barrier["handle"]} [meeting] @returns whether it had both */
export function takeBoth(locks, meeting) {
  const [first, second] = locks.map((handle) => Lock.from(handle));
  const barrier = meeting && Barrier.from(meeting);
  first.acquire();
  barrier?.wait();
  const both = second.acquire(100);
  barrier?.wait();
  if (both) second.release();
  first.release();
  return both;
}

async function main() {
  const pool = new ThreadExecutor({ workers: 2 });
  await pool.ready();
  const kernel = (/** @type {string} */ name) => jsKernel(import.meta.url, name);
  const accounts = heap.int32(3);
  const [a, b, barrier] = [new Lock(), new Lock(), new Barrier(2)];

  for (const lock of [undefined, a.handle]) {
    accounts.fill(1000);
    await Promise.all([1, 2].map((amount) => pool.submit(kernel("transferMany"), [accounts, amount, lock])));
    const total = accounts.reduce((sum, money) => sum + money);
    print(lock ? "total with a lock" : "total without a lock", total);
  }

  const ab = [a.handle, b.handle];
  /** @param {unknown[][]} calls */
  const both = (...calls) => Promise.all(calls.map((args) => pool.submit(kernel("takeBoth"), args)));
  print("in opposite order, had both", await both([ab, barrier.handle], [ab.toReversed(), barrier.handle]));
  print("in one order, had both", await both([ab], [ab]));
  await pool.shutdown();
}

if (!isKernelThread()) main();
