/** A run is one coordinator's at a time, and stays what it was where a wrong program is run under its name. */
import { ClusterError } from "allcores";
import { ClusterExecutor } from "allcores/cluster";
import { beforeAll, describe, expect, test } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { hasRedis, startRedis } from "../support/redis.js";
import { endSite, GRAIN, Log, localWorker, serialRoots, sumRoots } from "./site.js";

const LIMIT = 20_000;

describe.runIf(hasRedis)("the coordinators of a run", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
    return endSite;
  });

  test("a second one is refused while the first is there, busy or idle", { timeout: LIMIT }, async () => {
    const worker = await localWorker(redis);
    const [busy, idle] = ["busy", "idle"].map((runId) => ({ connection: redis.url, runId }));
    if (!busy || !idle) throw new Error("there are two");
    await using first = new ClusterExecutor(busy);
    await using rests = new ClusterExecutor(idle);
    expect(await sumRoots(rests, { chunks: 2, ms: 0 })).toBe(await serialRoots(2));
    const long = sumRoots(first, { chunks: 400, ms: 20 });
    long.catch(() => {});
    await worker.next((event) => event.event === "claimed" && event.run === first.runId);
    const refused = [busy, idle].map(async (run) => {
      await using second = new ClusterExecutor(run);
      const error = await sumRoots(second, { chunks: 2, ms: 0 }).then(undefined, (reason: unknown) => reason);
      expect(error, run.runId).toBeInstanceOf(ClusterError);
      expect((error as Error).message).toMatch(
        new RegExp(`the run ${run.runId} .* under way elsewhere: .*${process.pid}`),
      );
    });
    await Promise.all(refused);
    long.cancel();
    // The refused ones took nothing from them.
    expect(await sumRoots(rests, { chunks: 3, ms: 0 })).toBe(await serialRoots(3));
  });

  test("another job under its number leaves it what it has", { timeout: LIMIT }, async () => {
    const worker = await localWorker(redis);
    const run = { connection: redis.url, runId: "kept" };
    const log = new Log();
    const job = { chunks: 30, ms: 20, log };
    const first = new ClusterExecutor(run);
    const sum = sumRoots(first, job);
    await worker.computed(3);
    sum.cancel();
    await expect(sum).rejects.toThrow();
    await first.shutdown();
    const wrong = new ClusterExecutor(run);
    await expect(sumRoots(wrong, { ...job, chunks: 29 })).rejects.toThrow(RangeError);
    await wrong.shutdown();
    await using again = new ClusterExecutor(run);
    const before = log.items;
    expect(await sumRoots(again, job)).toBe(await serialRoots(job.chunks));
    expect(log.items - before).toBeLessThan(job.chunks * GRAIN);
  });
});
