/** Slots of static data: what is said when none is left. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { compileKernels } from "allcores/compile";
import { describe, expect, it, onTestFinished } from "vitest";
import { sharedMemory } from "../../dist/memory/heap.js";
import { dropSlot, keepSlot, occupySlot, slotBase } from "../../dist/memory/slots.js";

it("all taken: the file is named, and what to do", async () => {
  const slots = Array.from({ length: 256 }, (_, i) => keepSlot(`${i}`, "k.ts"));
  onTestFinished(() => slots.forEach(dropSlot));
  expect(new Set(slots).size).toBe(256);
  await expect(compileKernels("file:///folder/kernels.ts")).rejects.toThrow(
    /^\S*kernels\.ts: all 256 slots of modules compiled at run time are taken; build .* `allcores build`$/,
  );
});

describe("a slot that another thread is writing", () => {
  const SLOT = 1000;
  const module = new Uint8Array(8);
  const header = () => new Int32Array(sharedMemory().buffer, slotBase(SLOT) - 64, 16);
  const occupy = () => occupySlot({ base: slotBase(SLOT), constants: [] }, module, [], "k.ts");

  it("is awaited, without a busy loop", async () => {
    occupy();
    const state = Atomics.exchange(header(), 0, 1);
    const writer = new Worker(
      `const { workerData: [header, state] } = require("node:worker_threads");
       Atomics.wait(header, 8, 0); // this thread is about to look
       setTimeout(() => { Atomics.store(header, 0, state); Atomics.notify(header, 0); }, 200);`,
      { eval: true, workerData: [header(), state] },
    );
    await once(writer, "online");
    while (Atomics.notify(header(), 8) === 0) await new Promise((resolve) => setImmediate(resolve));
    const before = process.cpuUsage();
    occupy();
    const { user, system } = process.cpuUsage(before);
    expect(Atomics.load(header(), 0)).toBe(state);
    expect((user + system) / 1000).toBeLessThan(150); // 200 ms of waiting
    await once(writer, "exit");
  });

  it("is given up after a second, when that thread has died", () => {
    occupy();
    Atomics.store(header(), 0, 1);
    expect(occupy).toThrow("k.ts: the thread that was loading the same module has died over it");
  });
});
