/** Workers that die: the job says so, the pool heals, other jobs do not notice. */
import { heap, WorkerCrashedError } from "allcores";
import { describe, expect, it, vi } from "vitest";
import { add, count, exit, forever, js, type Range, spinItems, whoAmI } from "../support/kernels.js";
import { childrenOf, isAlive, isLinux, run, threadCount, warmThreadPool } from "../support/system.js";
import { executors, shared, withWorkers } from "./all.js";

describe.each(withWorkers)("$kind", (row) => {
  const executor = shared(row);

  it("tells a kernel that exits, with its code", async () => {
    const call = executor.it.submit(exit, [3]);
    await expect(call).rejects.toThrow(WorkerCrashedError);
    await expect(call).rejects.toMatchObject({
      code: "ERR_WORKER_CRASHED",
      message: expect.stringMatching(/exited with code 3$/),
    });
    expect(call.state).toBe("rejected");
    expect(await executor.it.submit(add, [1, 2])).toBe(3);
  });

  // Node warns of more than 10 listeners.
  it("heals 11 crashes in a row", async () => {
    for (let i = 0; i < 11; i++) {
      await expect(executor.it.submit(exit, [i])).rejects.toThrow(`exited with code ${i}`);
      expect(await executor.it.submit(add, [i, 1])).toBe(i + 1);
    }
  });

  it("heals crashes side by side, and loses no job that waits", async () => {
    const calls = Array.from({ length: 12 }, (_, i) =>
      i % 3 === 0 ? executor.it.submit(exit, [7]) : executor.it.submit(add, [i, 0]),
    );
    const outcomes = await Promise.allSettled(calls);
    for (const [i, outcome] of outcomes.entries())
      if (i % 3 === 0)
        expect(outcome).toMatchObject({ reason: { message: expect.stringMatching(/exited with code 7$/) } });
      else expect(outcome).toEqual({ status: "fulfilled", value: i });
    expect(executor.it.pending).toBe(0);
  });

  it("stops the whole range when one of its workers exits, for that reason", async () => {
    using scope = heap.scope();
    const n = 100_000;
    const job = executor.it.parallelFor(js<Range<[number]>>("exitAt"), n, [50_000], { grain: 10 });
    await expect(job).rejects.toMatchObject({
      name: "WorkerCrashedError",
      message: expect.stringMatching(/exited with code 9$/),
    });
    const hits = scope.int32(n);
    await executor.it.parallelFor(count, n, [hits]);
    expect(hits.every((value) => value === 1)).toBe(true);
  });

  it("frees a crashed job's arrays", async () => {
    const before = heap.stats();
    {
      using scope = heap.scope();
      const job = executor.it.parallelFor(js<Range<[number]>>("exitAt"), 100, [50], { grain: 1 });
      const other = executor.it.parallelFor(count, 100, [scope.int32(100)]);
      await expect(job).rejects.toThrow(WorkerCrashedError);
      await Promise.allSettled([other]);
    }
    expect(heap.stats()).toEqual(before);
  });

  // Idle tinypool threads are frozen, timers and all: only workers with an event loop can die there.
  it.skipIf(row.kind === "threads")("replaces a worker that dies while idle", async () => {
    await using one = row.make({ workers: 1 });
    const before = await one.submit(whoAmI);
    await one.submit(js("leaveThrowingTimer"));
    // A call that the dying worker gets just then may fail with it; its successor answers.
    await vi.waitFor(async () => expect(await one.submit(whoAmI)).not.toBe(before), { timeout: 5000, interval: 5 });
    expect(await one.submit(add, [1, 2])).toBe(3);
  });

  it("tells a kernel that runs out of memory", async () => {
    const outcome = await run<{ name: string; message: string; next: number }>(
      `
      import { AsyncExecutor, ProcessExecutor, ThreadExecutor, jsKernel } from "allcores";
      const made = { threads: ThreadExecutor, processes: ProcessExecutor, async: AsyncExecutor };
      const url = new URL("./test/fixtures/kernels.mjs", "file://" + process.cwd() + "/");
      const executor = new made.${row.kind}({ workers: 1 });
      const error = await executor.submit(jsKernel(url, "exhaust")).catch((error) => error);
      const next = await executor.submit(jsKernel(url, "add"), [1, 2]);
      await executor.shutdown();
      console.log(JSON.stringify({ name: error.name, message: error.message, next }));
      `,
      { env: { NODE_OPTIONS: "--max-old-space-size=32" } },
    );
    expect(outcome).toMatchObject({ name: "WorkerCrashedError", next: 3 });
    expect(outcome.message).toMatch(row.kind === "processes" ? /SIGABRT|SIGTRAP|code/ : /memory/);
  });
});

describe.skipIf(!isLinux)("what is left", () => {
  it.each(executors)("$kind: no thread and no child after shutdown", async (row) => {
    await warmThreadPool();
    const before = { threads: threadCount(), children: childrenOf().length };
    const one = row.make({ workers: 3 });
    await one.ready();
    await one.parallelFor(spinItems, 100, [0.1]);
    if (row.workers !== "none") await expect(one.submit(exit, [1])).rejects.toThrow(WorkerCrashedError);
    const loops = row.workers === "none" ? [] : [one.submit(forever, []), one.submit(forever, [])];
    await one.shutdown({ cancel: true });
    await Promise.allSettled(loops);
    expect(threadCount()).toBeLessThanOrEqual(before.threads);
    expect(childrenOf()).toHaveLength(before.children);
  });
});

describe.skipIf(!isLinux)("processes", () => {
  const row = executors.find(({ kind }) => kind === "processes") as (typeof executors)[number];

  it.each<[string, string]>([
    ["a call", "call"],
    ["a range", "range"],
  ])("a child that is killed in the middle of %s is told by its signal", async (_, form) => {
    const before = childrenOf();
    await using one = row.make({ workers: 1 });
    await one.ready();
    const [pid] = childrenOf().filter((child) => !before.includes(child));
    const job =
      form === "call"
        ? one.submit(forever, [])
        : one.parallelFor(js<Range<[mark?: string]>>("foreverRange"), 1000, [], { grain: 1 });
    await vi.waitFor(() => expect(job.state).toBe("running"), { interval: 1 });
    process.kill(pid as number, "SIGKILL");
    await expect(job).rejects.toMatchObject({
      name: "WorkerCrashedError",
      message: `the worker process ${pid} was killed by SIGKILL`,
      suppressed: [],
    });
    expect(await one.submit(add, [1, 2])).toBe(3);
    expect(await isAlive(pid as number)).toBe(false);
  });

  it("a child that is killed while idle is replaced", async () => {
    await using one = row.make({ workers: 1 });
    const pid = Number((await one.submit(whoAmI)).split("/")[0]);
    process.kill(pid, "SIGKILL");
    await vi.waitFor(async () => expect(await one.submit(whoAmI)).not.toContain(`${pid}/`), { timeout: 5000 });
  });

  it("of two at one job, the other stays when one is killed", async () => {
    await using one = row.make({ workers: 2 });
    await one.ready();
    const seen = new Set<string>();
    while (seen.size < 2)
      for (const who of await Promise.all([one.submit(whoAmI), one.submit(whoAmI), one.submit(whoAmI)])) seen.add(who);
    const [first, second] = [...seen] as [string, string];
    const job = one.parallelFor(spinItems, 1_000_000, [1], { grain: 1 });
    await vi.waitFor(() => expect(job.state).toBe("running"), { interval: 1 });
    process.kill(Number(first.split("/")[0]), "SIGKILL");
    await expect(job).rejects.toThrow(/killed by SIGKILL/);
    const after = new Set<string>();
    while (after.size < 2)
      for (const who of await Promise.all([one.submit(whoAmI), one.submit(whoAmI), one.submit(whoAmI)])) after.add(who);
    expect(after).toContain(second);
    expect(after).not.toContain(first);
  });
});
