// A scene for each primitive of Python's threading and queue. The threads block; the program awaits.
import { AsyncExecutor, jsKernel } from "allcores";
import { Barrier, Condition, Counter, Event, Queue, Semaphore, Timer } from "allcores/sync";
import { isKernelThread } from "allcores/worker";
import { print } from "./support.js";

/** @param {Queue["handle"]} queue */
export function cook(queue) {
  for (const dish of ["soup", "fish", "cake"]) Queue.from(queue).put(dish);
}
/** @param {import("allcores/sync").ConditionHandle} shop @param {Counter["handle"]} stock */
export function buy(shop, stock) {
  const [condition, loaves] = [Condition.from(shop), Counter.from(stock)];
  condition.acquire();
  condition.waitFor(() => loaves.value > 0); // others have the lock while it waits
  loaves.add(-1);
  condition.release();
}
export const race = (/** @type {Event["handle"]} */ shot) => Event.from(shot).wait();
/** @param {Semaphore["handle"]} parking @param {Counter["handle"]} cars */
export function park(parking, cars) {
  Semaphore.from(parking).acquire();
  const inside = Counter.from(cars).add(1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10); // time.sleep(0.01)
  Counter.from(cars).add(-1);
  Semaphore.from(parking).release();
  return inside;
}
export const dine = (/** @type {Barrier["handle"]} */ table) => Barrier.from(table).wait();

async function main() {
  const pool = new AsyncExecutor({ workers: 4 });
  await pool.ready();
  /** In so many threads. @param {string} name @param {number} count @param {unknown[]} handles */
  const all = (name, count, ...handles) =>
    Promise.all(Array.from({ length: count }, () => pool.submit(jsKernel(import.meta.url, name), handles)));
  const [queue, shop, loaves] = [new Queue(), new Condition(), new Counter()];
  const [shot, parking, cars, table] = [new Event(), new Semaphore(2), new Counter(), new Barrier(3)];

  all("cook", 1, queue.handle);
  print("queue", [await queue.getAsync(), await queue.getAsync(), await queue.getAsync()]);
  const bought = all("buy", 2, shop.handle, loaves.handle);
  await shop.acquireAsync();
  loaves.add(2);
  shop.notifyAll();
  shop.release();
  print("condition", `${(await bought).length} bought, ${loaves.value} loaves are left`);
  const raced = all("race", 3, shot.handle);
  shot.set();
  print("event", `started: ${await raced}`);
  const inside = await all("park", 4, parking.handle, cars.handle);
  print("semaphore of 2, 4 cars", `at most ${Math.max(...inside.map(Number))} inside`);
  print("barrier of 3", `seats ${(await all("dine", 3, table.handle)).sort()}`);
  const [tea, coffee] = [new Timer(20, () => {}), new Timer(10_000, () => {})];
  for (const timer of [tea, coffee]) timer.start();
  print("timer", `cancelled: ${coffee.cancel()}, fired: ${await tea.waitAsync()}`);
  await pool.shutdown();
}

if (!isKernelThread()) main();
