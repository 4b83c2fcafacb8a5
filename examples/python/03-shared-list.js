// Two threads append to one list. In Python it is any list; here threads share no objects: the list is an array on the
// shared heap, whose length is known beforehand, and a counter that gives each item a place of its own.
import { heap, jsKernel } from "allcores";
import { Barrier, Counter } from "allcores/sync";
import { Thread } from "allcores/threading";
import { isKernelThread } from "allcores/worker";
import { print, size } from "./support.js";

/**
 * @param {Int32Array} list
 * @param {{ length: Counter["handle"], start: Barrier["handle"] }} handles
 * @param {readonly number[]} items
 */
export function append(list, handles, items) {
  const length = Counter.from(handles.length);
  Barrier.from(handles.start).wait(); // neither begins before the other one is there
  for (const item of items) list[length.add() - 1] = item;
}

async function main() {
  const times = size(10, 10);
  const list = heap.int32(2 * times);
  const length = new Counter();
  const start = new Barrier(2);
  const handles = { length: length.handle, start: start.handle };

  const kernel = jsKernel(import.meta.url, "append");
  const threads = [0, 100].map((first) => {
    const items = Array.from({ length: times }, (_, i) => first + i);
    return new Thread(kernel, [list, handles, items]);
  });
  for (const thread of threads) thread.start();
  for (const thread of threads) await thread.joinAsync();

  print("the list", list.join(" "));
  print("its length", length.value);
  heap.free(list);
}

if (!isKernelThread()) main();
