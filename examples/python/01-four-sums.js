// Four sums that are nothing but work: one after the other, in threads, in processes, and wherever one line says.
// In Python threads take turns at it, by the GIL. Here they do not.
import { jsKernel, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";
import { Thread } from "allcores/threading";
import { isKernelThread } from "allcores/worker";
import { size, timed } from "./support.js";

/** 0 + 1 + ... + n - 1, by a loop. @param {number} n */
export function sumBelow(n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += i;
  return sum;
}

/** What a worker can be sent is the name of an export, as multiprocessing sends the name of a function. */
/** @type {import("allcores").Kernel<typeof sumBelow>} */
const kernel = jsKernel(import.meta.url, "sumBelow");
const numbers = size([90e6, 30e6, 22e6, 130e6], [90e3, 30e3]);

async function main() {
  await timed("single", () => numbers.map(sumBelow));

  await timed("threads", async () => {
    const threads = numbers.map((n) => new Thread(kernel, [n]));
    for (const thread of threads) thread.start();
    for (const thread of threads) await thread.joinAsync();
    return threads.map(({ value }) => value);
  });

  await timed("processes", async () => {
    const pool = new ProcessExecutor();
    const sums = await Promise.all(numbers.map((n) => pool.submit(kernel, [n])));
    await pool.shutdown();
    return sums;
  });

  // One line says where. A ProcessExecutor or an AsyncExecutor would do as well.
  for (const executor of [new SerialExecutor(), new ThreadExecutor()]) {
    await executor.ready();
    await timed(`executor: ${executor.kind}`, () => Promise.all(numbers.map((n) => executor.submit(kernel, [n]))));
    await executor.shutdown();
  }
}

// Workers import this file too: Python's `if __name__ == "__main__":`.
if (!isKernelThread()) main();
