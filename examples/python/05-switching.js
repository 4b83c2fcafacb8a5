// Who gives way? Coroutines do so where they await, and nowhere else: a busy one starves its siblings. The system takes
// turns with threads: a busy one starves nobody.
import { setTimeout as sleep } from "node:timers/promises";
import { jsKernel, toThread } from "allcores";
import { isKernelThread } from "allcores/worker";
import { print, size } from "./support.js";

/** Computes for so long, and awaits nothing. @param {number} ms */
export async function busy(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x = Math.sqrt(x + 2);
  return x;
}

/** A sibling: it asks three times for 10 ms. @returns how many ms it slept each time */
async function sibling() {
  const slept = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await sleep(10);
    slept.push(Math.round(performance.now() - start));
  }
  return slept;
}

async function main() {
  const ms = size(300, 100);

  print("alone", `slept ${await sibling()} ms`);

  const [starved] = await Promise.all([sibling(), busy(ms)]);
  print("beside a busy coroutine", `slept ${starved} ms`);

  const kernel = jsKernel(import.meta.url, "busy");
  await toThread(kernel, [0]); // its thread is up
  const [served] = await Promise.all([sibling(), toThread(kernel, [ms])]);
  print("beside a busy thread", `slept ${served} ms`);
}

if (!isKernelThread()) main();
