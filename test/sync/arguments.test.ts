/** Primitives as arguments of jobs, and what they are made on: each form that can't work is told which does. */
import { heap, jsKernel, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";
import { Barrier, Condition, Counter, Event, Latch, Lock, Queue, RLock, Semaphore } from "allcores/sync";
import { describe, expect, it } from "vitest";
import { add, wasm } from "../support/kernels.js";
import { refuses } from "../support/refuses.js";

const play = jsKernel<(...args: unknown[]) => unknown>(new URL("../fixtures/sync.mjs", import.meta.url), "play");
const divide = wasm<(...args: unknown[]) => unknown>("divide");
const made = [new Lock(), new RLock(), new Event(), new Semaphore(), new Counter(), new Latch(1), new Barrier(1)];
const primitives = [...made, new Condition(), new Queue()].map((one) => ({ name: one.constructor.name, one }));

describe("a primitive as an argument", { timeout: 20_000 }, () => {
  it.each(primitives)("itself is refused: $name", async ({ name, one }) => {
    await using serial = new SerialExecutor();
    await using threads = new ThreadExecutor({ workers: 1 });
    for (const executor of [serial, threads]) {
      const submitted = executor.submit(play, [1, one]).catch((error: unknown) => error);
      const error = (await submitted) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(new RegExp(`^args\\[1\\] is an? ${name} itself, .*: pass \\w+\\.handle`, "i"));
      expect(error.message).toContain(`${name}.from(handle)`);
      await expect(executor.parallelFor(play as never, 10, [one] as never)).rejects.toThrow(/^args\[0\] .* itself/);
    }
  });

  it("is told what a Wasm kernel takes", async () => {
    await using serial = new SerialExecutor();
    const lock = new Lock();
    const words = /pass lock\.words of one made by new Lock\(\{ on: heap \}\)$/;
    for (const [given, what] of [
      [lock, /^args\[0\] is a Lock itself/],
      [lock.handle, /^args\[0\] is the handle of a Lock, which is for JS/],
      [lock.words, /^args\[0\] is the words of a Lock that is not on the shared heap/],
      [Lock.from(lock.handle).words, /^args\[0\] is the words of a Lock that is not/],
    ] as const) {
      const submitted = serial.submit(divide, [given]);
      await expect(submitted).rejects.toThrow(TypeError);
      await expect(submitted).rejects.toThrow(what);
      await expect(submitted).rejects.toThrow(words);
    }
    await expect(serial.submit(divide, [new Event().handle])).rejects.toThrow(/the handle of an Event/);
    await expect(serial.submit(divide, [new Queue()])).rejects.toThrow(/a Wasm kernel takes the words of a Lock, /);
    await expect(serial.submit(divide, [new Int32Array(4)])).rejects.toThrow(/must lie on the shared heap/);
  });

  it("does not reach processes", async () => {
    await using pool = new ProcessExecutor({ workers: 1 });
    const lock = new Lock({ on: heap });
    const said = /locks and the other primitives of allcores\/sync, do not reach other processes; use threads$/;
    for (const given of [lock.handle, { lock: lock.handle }, lock.words]) {
      await expect(pool.submit(play, [given])).rejects.toThrow(said);
      await expect(pool.parallelFor(play as never, 10, [given] as never)).rejects.toThrow(said);
    }
    await expect(pool.submit(divide, [lock.words, 1])).rejects.toThrow(/^args\[0\].* is the words of a Lock: /);
    expect(await pool.submit(add, [1, 2])).toBe(3);
    heap.free(lock.words);
  });
});

it("primitives are made on the heap, or nowhere in particular", async () => {
  for (const on of [5, {}, "heap", null, [], new Int32Array(4)])
    for (const make of [
      () => new Lock({ on } as never),
      () => new Counter(0, { on } as never),
      () => new Semaphore(1, { on } as never),
      () => new Barrier(2, { on } as never),
    ])
      await refuses(make, TypeError, "on");
  expect(new Lock({ on: undefined }).locked).toBe(false);
  using scope = heap.scope();
  expect(new Lock({ on: scope }).words.buffer).toBe(scope.int32(1).buffer);
});
