/** The file of a job on processes is kept for the next job, unless a process may still write to it. */
import { readdirSync, readlinkSync, statSync } from "node:fs";
import { type Future, heap, inout, input, KernelError, out, ProcessExecutor, WorkerCrashedError } from "allcores";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { closeKept, keepFile, takeFile } from "../../dist/executors/process/kept-files.js";
import type { SharedFile } from "../../dist/executors/process/shared-file.js";
import { add, fill, js, KERNELS, type Range } from "../support/kernels.js";
import { isLinux, run } from "../support/system.js";

const scale = js<Range<[y: Float64Array, x: Float64Array, a: number]>>("scale");

/** The files without a name that this process has open, by numbers that no later file gets. */
function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = `/proc/self/fd/${fd}`;
      if (!/\/allcores-[^/]*\/job \(deleted\)$/.test(readlinkSync(path))) return [];
      const { dev, ino } = statSync(path);
      return [`${dev}:${ino}`];
    } catch {
      return []; // closed since
    }
  });
}

/** The one that says which tasks have begun. */
let begun: string[] = [];
const jobFiles = () => openFiles().filter((file) => !begun.includes(file));

beforeAll(async () => {
  await using pool = new ProcessExecutor({ workers: 1 });
  await pool.submit(add, [1, 2]);
  if (isLinux) begun = openFiles();
});

async function untilClosed(file: string): Promise<void> {
  while (jobFiles().includes(file)) await new Promise((resolve) => setImmediate(resolve));
}

/** Fills an array of `n` in processes, and looks whether it is right. */
async function fillOne(pool: ProcessExecutor, n: number): Promise<void> {
  const array = heap.float64(n);
  await pool.parallelFor(fill, n, [out(array)], { grain: Math.ceil(n / 4) });
  expect(array.findIndex((value, i) => value !== i + 1)).toBe(-1);
  heap.free(array);
}

afterEach(closeKept);

describe.runIf(isLinux)("jobs", { timeout: 30_000 }, () => {
  it("one after the other have one file, whatever the one before left in it", async () => {
    await using pool = new ProcessExecutor({ workers: 2 });
    await fillOne(pool, 200_000);
    const files = jobFiles();
    const [x, y] = [heap.float64(40_000).fill(3), heap.float64(40_000).fill(1)];
    await pool.parallelFor(scale, 40_000, [inout(y), input(x), 2]);
    expect([y[0], y[39_999]]).toEqual([6, 6]);
    await fillOne(pool, 1000);
    await fillOne(pool, 200_000);
    expect(jobFiles()).toEqual(files);
    expect(files.length).toBe(1);
    heap.free(x);
    heap.free(y);
  });

  it("at the same time have one each", async () => {
    await using pool = new ProcessExecutor({ workers: 2 });
    for (let round = 0; round < 2; round++) {
      await Promise.all([20_000, 30_000, 20_000].map((n) => fillOne(pool, n)));
      expect(jobFiles().length).toBe(3);
    }
  });

  it("that are larger than what is kept have a new one, and the room of the others", async () => {
    await using pool = new ProcessExecutor({ workers: 2 });
    await fillOne(pool, 10_000);
    const [first = ""] = jobFiles();
    await fillOne(pool, 20_000);
    expect(jobFiles()).not.toContain(first);
    expect(jobFiles().length).toBe(1);
  });

  it("that need far less than what is kept leave it, and have one of their own", async () => {
    await using pool = new ProcessExecutor({ workers: 2 });
    await fillOne(pool, 1_000_000);
    const [large = ""] = jobFiles();
    await fillOne(pool, 1000);
    await fillOne(pool, 1000);
    expect(jobFiles()).toContain(large);
    expect(jobFiles().length).toBe(2);
  });

  const stopped = async (future: Future<unknown>) => {
    while (future.state === "pending") await new Promise((resolve) => setImmediate(resolve));
    future.cancel();
    await future;
  };
  const range = (name: string) => js<Range<unknown[]>>(name);
  it.each([
    ["is cancelled", (pool) => stopped(pool.parallelFor(range("untilCancelledRange"), 4, [])), { name: "AbortError" }],
    ["is ended", (pool) => stopped(pool.parallelFor(range("foreverRange"), 4, [])), { name: "AbortError" }],
    ["throws", (pool) => pool.parallelFor(range("failAt"), 4, [2], { grain: 1 }), KernelError],
    ["crashes", (pool) => pool.parallelFor(range("exitAt"), 4, [2], { grain: 1 }), WorkerCrashedError],
    [
      "writes elsewhere",
      (pool) => pool.parallelFor(range("outside"), 4, [heap.float64(4)]),
      { name: "UnsupportedError" },
    ],
  ] satisfies [string, (pool: ProcessExecutor) => Promise<unknown>, unknown][])(
    "leave no file to the next one: a job that %s",
    async (_, job, error) => {
      await using pool = new ProcessExecutor({ workers: 2 });
      await fillOne(pool, 10_000);
      const [file = ""] = jobFiles();
      const ended = expect(job(pool)).rejects;
      await (typeof error === "function" ? ended.toThrow(error) : ended.toMatchObject(error));
      expect(jobFiles()).not.toContain(file);
      await fillOne(pool, 10_000);
    },
  );

  it("give it back with their executor", async () => {
    const pool = new ProcessExecutor({ workers: 1 });
    await fillOne(pool, 10_000);
    const [file = ""] = jobFiles();
    await pool.shutdown();
    expect(jobFiles()).not.toContain(file);
  });

  it("give it back after 5 s, and a program does not wait for that", async () => {
    const answers = await run<{ files: number[]; lastMs: number }>(`
      import { readdirSync, readlinkSync } from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      import timers from "node:timers";
      const { setTimeout } = timers;
      const due = [];
      timers.setTimeout = (call, ms, ...args) => {
        if (ms === 5000) due.push(call);
        return setTimeout(call, ms, ...args);
      };
      syncBuiltinESMExports();
      const { heap, jsKernel, out, ProcessExecutor } = await import("allcores");
      const links = () => readdirSync("/proc/self/fd").flatMap((fd) => {
        try { return readlinkSync("/proc/self/fd/" + fd); } catch { return []; }
      });
      const count = () => links().filter((path) => path.endsWith("/job (deleted)")).length;
      const pool = new ProcessExecutor({ workers: 1 });
      const job = () => pool.parallelFor(jsKernel("${KERNELS.href}", "fill"), 100, [out(heap.float64(100))]);
      await job();
      const files = [count()];
      due[0]();
      while (count() === files[0]) await new Promise((resolve) => setImmediate(resolve));
      files.push(count());
      await job();
      files.push(count());
      const last = performance.now();
      process.once("exit", () => console.log(JSON.stringify({ files, lastMs: performance.now() - last })));
    `);
    expect(answers.files).toEqual([2, 1, 2]); // one says which tasks have begun
    expect(answers.lastMs).toBeLessThan(4000);
  });
});

describe.runIf(isLinux)("of all idle files", { timeout: 10_000 }, () => {
  /** A file made for so many bytes, of which none is written. */
  async function take(bytes: number): Promise<SharedFile> {
    const file = await takeFile(bytes, []);
    if (!file) throw new Error("no folder has the room");
    return file;
  }
  const numberOf = ({ path }: SharedFile) => {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  };

  it("256 MB are kept, those that were used last", async () => {
    const files = [await take(100e6), await take(100e6), await take(100e6)];
    const [first, ...others] = files.map(numberOf) as [string, string, string];
    for (const file of files) keepFile(file);
    await untilClosed(first);
    expect(jobFiles().sort()).toEqual(others.sort());
    const large = await take(257e6);
    const number = numberOf(large);
    const [kept] = [await take(1)];
    keepFile(kept);
    keepFile(large);
    await untilClosed(number);
    expect(numberOf(kept)).toBe(numberOf(await take(1)));
    await kept.close();
  });

  it("a job gets the smallest that it fits in, with its cancel byte cleared", async () => {
    const [small, large] = [await take(2000), await take(9000)];
    await small.cancel();
    keepFile(large);
    keepFile(small);
    expect(await take(1000)).toBe(small);
    expect(small.byteAt(0)).toBe(0);
    expect(await take(1000)).toBe(large);
    await small.close();
    await large.close();
  });
});
