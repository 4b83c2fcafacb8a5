// A bank with transfers between its accounts. Without a lock money is lost or made; with one the total stays. Two locks
// that are taken in opposite order are a deadlock: a time-out finds it, and an order for all mends it.
import { heap, jsKernel, ThreadExecutor } from "allcores";
import { Barrier, Lock } from "allcores/sync";
import { isKernelThread } from "allcores/worker";
import { print, size } from "./support.js";

/** @param {Int32Array} accounts @param {number} times @param {Lock["handle"]} [handle] */
export function transferMany(accounts, times, handle) {
  const lock = handle && Lock.from(handle);
  for (let i = 0; i < times; i++) {
    lock?.acquire();
    accounts[i % 2] -= 1; // from one to the other, and back with the next i
    accounts[(i + 1) % 2] += 1;
    lock?.release();
  }
}

/**
 * Takes two locks, the second within 100 ms. @returns whether it had both
 * @param {readonly Lock["handle"][]} locks
 * @param {Barrier["handle"]} [meeting] where both threads wait for each other, with their first lock
 */
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
  const accounts = heap.int32(2);
  const [a, b, barrier] = [new Lock(), new Lock(), new Barrier(2)];

  for (const lock of [undefined, a.handle]) {
    accounts.fill(1000);
    await Promise.all([1, 2].map(() => pool.submit(kernel("transferMany"), [accounts, size(1e6, 1e4), lock])));
    print(lock ? "total with a lock" : "total without a lock", accounts[0] + accounts[1]);
  }

  /** @param {readonly unknown[]} one @param {readonly unknown[]} other */
  const both = (one, other) => Promise.all([one, other].map((args) => pool.submit(kernel("takeBoth"), [...args])));
  const [ab, ba] = [
    [a.handle, b.handle],
    [b.handle, a.handle],
  ];
  print("in opposite order, had both", await both([ab, barrier.handle], [ba, barrier.handle]));
  print("in one order, had both", await both([ab], [ab]));
  await pool.shutdown();
}

if (!isKernelThread()) main();
