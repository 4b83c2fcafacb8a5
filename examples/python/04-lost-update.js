// Four workers add to one number. `x += 1` is a load, an addition and a store: what another worker stores in between is
// lost. A lock makes them one step, and so does an atomic addition, at a fraction of the cost.
import { heap, jsKernel, ThreadExecutor } from "allcores";
import { Lock } from "allcores/sync";
import { isKernelThread } from "allcores/worker";
import { size, timed } from "./support.js";

/** @param {Int32Array} x @param {number} times */
export function addBare(x, times) {
  for (let i = 0; i < times; i++) x[0] += 1;
}

/** @param {Int32Array} x @param {number} times @param {Lock["handle"]} handle */
export function addLocked(x, times, handle) {
  const lock = Lock.from(handle);
  for (let i = 0; i < times; i++) {
    lock.acquire();
    x[0] += 1;
    lock.release();
  }
}

/** @param {Int32Array} x @param {number} times */
export function addAtomic(x, times) {
  for (let i = 0; i < times; i++) Atomics.add(x, 0, 1);
}

async function main() {
  const times = size(5_000_000, 10_000);
  const pool = new ThreadExecutor({ workers: 4 });
  await pool.ready();
  const x = heap.int32(1);
  const lock = new Lock();

  console.log(`expected: ${4 * times}`);
  for (const name of ["addBare", "addLocked", "addAtomic"]) {
    x[0] = 0;
    const kernel = jsKernel(import.meta.url, name);
    await timed(name, async () => {
      await Promise.all([1, 2, 3, 4].map(() => pool.submit(kernel, [x, times, lock.handle])));
      return x[0];
    });
  }

  heap.free(x);
  await pool.shutdown();
}

if (!isKernelThread()) main();
