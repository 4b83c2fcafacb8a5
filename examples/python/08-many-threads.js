// 99 threads at once, as the system sees them. Each sleeps until an event lets all of them go.
import { jsKernel } from "allcores";
import { Event } from "allcores/sync";
import { activeCount, enumerate, mainThread, Thread } from "allcores/threading";
import { isKernelThread } from "allcores/worker";
import { print, size } from "./support.js";

/** @param {Event["handle"]} handle */
export function waitFor(handle) {
  Event.from(handle).wait();
}

async function main() {
  const count = size(99, 4);
  const event = new Event();
  const kernel = jsKernel(import.meta.url, "waitFor");
  const threads = Array.from({ length: count }, (_, i) => new Thread(kernel, [event.handle], { name: `sleeper-${i}` }));

  print("before", `activeCount() = ${activeCount()}`);
  for (const thread of threads) thread.start();
  for (const thread of threads) await thread.ready(); // then it has its native id
  print("while they sleep", `activeCount() = ${activeCount()}`);

  const [first, second, third] = enumerate();
  print("enumerate()", `${first?.name}, ${second?.name}, ${third?.name}, ...`);
  print(
    "ident",
    [mainThread, ...threads].slice(0, 4).map(({ ident }) => ident),
  );
  const natives = new Set([mainThread, ...threads].map(({ nativeId }) => nativeId));
  print("nativeId", `${natives.size} different ones, main thread's ${mainThread.nativeId}`);

  event.set();
  for (const thread of threads) await thread.joinAsync();
  print("after", `activeCount() = ${activeCount()}`);
}

if (!isKernelThread()) main();
