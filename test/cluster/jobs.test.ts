/** Jobs that fail, kill, are cancelled, and share the workers. */
import { heap, KernelError, WorkerCrashedError } from "allcores";
import { ClusterExecutor } from "allcores/cluster";
import { Redis } from "ioredis";
import { beforeAll, describe, expect, test } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { until } from "../cli/run.js";
import { hasRedis, startRedis } from "../support/redis.js";
import { endSite, failsAt, isEvent, killsAt, Log, serialRoots, sumRoots, TestWorker, triple } from "./site.js";

const LIMIT = 30_000;

describe.runIf(hasRedis)("jobs of a cluster", () => {
  let redis: RedisServer;
  let worker: TestWorker;

  beforeAll(async () => {
    redis = await startRedis();
    worker = await new TestWorker(redis).ready();
    return endSite;
  });

  test("a chunk that fails is tried three times, and its error names the items", { timeout: LIMIT }, async () => {
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const log = new Log();
    const error = await cluster
      .parallelFor(failsAt, 40, [25, log.path], { grain: 10 })
      .then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(KernelError);
    expect((error as KernelError).message).toMatch(
      /failsAt.* failed on items \[2\d, \d+\): RangeError: item 25 has no root/,
    );
    expect((error as KernelError).cause).toBeInstanceOf(RangeError);
    expect(log.calls.filter(([begin, end]) => begin <= 25 && 25 < end)).toHaveLength(3);
  });

  test("cancel drops what waits within a second, and what is computed at its next chunk", {
    timeout: LIMIT,
  }, async () => {
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const sum = sumRoots(cluster, { chunks: 1000, ms: 20 });
    await worker.next(isEvent("computed"));
    await worker.next(isEvent("claimed"));
    sum.cancel(new Error("enough"));
    const cancelled = performance.now();
    await expect(sum).rejects.toThrow("enough");
    await until(async () => {
      const { chunks } = await cluster.status();
      return chunks.waiting + chunks.active === 0;
    });
    expect(performance.now() - cancelled).toBeLessThan(1000);
    expect(worker.open).toEqual([]);
    const before = worker.claims("claimed").length;
    expect(await sumRoots(cluster, { chunks: 3, ms: 0 })).toBe(await serialRoots(3));
    expect(worker.claims("claimed").length - before).toBeLessThanOrEqual(3);
  });

  test("two coordinators share the workers, and a short job does not wait for a long one", {
    timeout: LIMIT,
  }, async () => {
    await using first = new ClusterExecutor({ connection: redis.url });
    await using second = new ClusterExecutor({ connection: redis.url });
    let done = 0;
    const y = heap.int32(1000);
    const long = first.parallelFor(triple, 1000, [y, 2, ""], {
      grain: 10,
      onProgress: (progress) => {
        done = progress.done;
      },
    });
    await worker.next(isEvent("computed"));
    expect(await sumRoots(second, { chunks: 5, ms: 20 })).toBe(await serialRoots(5));
    expect(done).toBeLessThan(900);
    const { runs } = await second.status();
    expect(runs.map(({ id }) => id)).toContain(first.runId);
    await long;
    heap.free(y);
  });

  test("prefixes keep users apart, and nothing stays of what is over", { timeout: LIMIT }, async () => {
    const client = new Redis({ path: redis.url.slice("unix:".length), protocol: 2 });
    try {
      await using stranger = new ClusterExecutor({ connection: redis.url, prefix: "stranger" });
      expect(await stranger.status()).toMatchObject({ workers: [], runs: [] });
      const mine = new ClusterExecutor({ connection: redis.url, runId: "mine" });
      const y = heap.int32(100);
      await mine.parallelFor(triple, 100, [y, 0, ""], { grain: 10 });
      expect(y[99]).toBe(297);
      heap.free(y);
      await mine.shutdown();
      const keys = await client.keys("*");
      expect(keys.filter((key) => !key.startsWith("allcores:allcores:"))).toEqual(["stranger:allcores:meta"]);
      const left: string[] = [];
      for (const key of keys) if ((await client.pttl(key)) < 0) left.push(key.slice("allcores:allcores:".length));
      // What BullMQ keeps of a queue, whatever went through it, and that there is a worker. Failed claims have an hour.
      expect(left.filter((key) => !/^(meta|id|events|failed|allcores:workers|[\w-]+_\d+_\d+_\d+)$/.test(key))).toEqual(
        [],
      );
    } finally {
      client.disconnect();
    }
  });

  test("a chunk whose workers keep dying rejects the job", { timeout: LIMIT }, async () => {
    const queue = ["--queue", "deadly", "--lock-duration", "300ms", "--stalled-interval", "150ms"];
    const workers = [1, 2, 3, 4, 5].map(() => new TestWorker(redis, queue));
    await using cluster = new ClusterExecutor({ connection: redis.url, queue: "deadly" });
    // One chunk: of several that a worker holds when it dies, BullMQ fails any first.
    const error = await cluster
      .parallelFor(killsAt, 10, [5], { grain: 10 })
      .then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkerCrashedError);
    expect((error as Error).message).toMatch(/killsAt.*\[0, 10\).*died/);
    const killed = await Promise.all(workers.map(({ child }) => child.signalCode));
    expect(killed.filter((signal) => signal === "SIGKILL")).toHaveLength(4);
  });
});
