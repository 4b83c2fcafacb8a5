/** Kernels that work in place, whose claims are computed more than once, and kernels that write where they may not. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { heap, jsKernel, UnsupportedError } from "allcores";
import { ClusterExecutor } from "allcores/cluster";
import { Redis } from "ioredis";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { hasRedis, startRedis } from "../support/redis.js";
import { temporaryFolder } from "../support/system.js";
import { claimText, endSite, isEvent, KERNELS, localWorker } from "./site.js";

const LIMIT = 15_000;
const inPlace = jsKernel<(begin: number, end: number, y: Int32Array, flag: string) => void>(KERNELS, "inPlace");
const inHalves = jsKernel<(begin: number, end: number, y: Int32Array, gate: string) => void>(KERNELS, "inHalves");
const elsewhere = jsKernel<(begin: number, end: number, y: Int32Array) => void>(KERNELS, "elsewhere");

describe.runIf(hasRedis)("claims that are computed twice", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
    return endSite;
  });

  /** 0, 1, 2, ... on the heap for one test. */
  function counted(length: number): Int32Array {
    const y = heap.int32(length);
    onTestFinished(() => heap.free(y));
    for (let i = 0; i < length; i++) y[i] = i;
    return y;
  }

  test("find their part as it was given, after one that failed in its midst", { timeout: LIMIT }, async () => {
    const worker = await localWorker(redis);
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const y = counted(40);
    await cluster.parallelFor(inPlace, 40, [y, join(temporaryFolder(), "flag")], { grain: 10 });
    expect(worker.claims("failed").length).toBeGreaterThan(0);
    expect(Array.from(y)).toEqual(Array.from(y, (_, i) => 3 * i + 1));
  });

  test("do not mix with one on the same chunks that was taken for lost", { timeout: LIMIT }, async () => {
    const worker = await localWorker(redis, { workers: 2 });
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const gate = join(temporaryFolder(), "gate");
    const y = counted(10);
    const done = cluster.parallelFor(inHalves, 1, [y, gate]);
    const claim = await worker.seen(isEvent("claimed"));
    const client = new Redis({ path: redis.url.slice("unix:".length), protocol: 2 });
    // As if its worker had not been heard of: the message goes back to the queue, and comes to it once more.
    const text = claimText(claim);
    await client.del(`allcores:allcores:${cluster.runId}_0_0_1:lock`);
    client.disconnect();
    await worker.seen(() => worker.claims("claimed").filter((one) => one === text).length === 2);
    writeFileSync(gate, "");
    await done;
    expect(Array.from(y)).toEqual(Array.from(y, (_, i) => 3 * i + 1));
  });

  test("a kernel that writes outside of its items is refused, and again where the run goes on", {
    timeout: LIMIT,
  }, async () => {
    await localWorker(redis);
    for (const time of ["first", "second"]) {
      await using cluster = new ClusterExecutor({ connection: redis.url, runId: "elsewhere" });
      const error = await cluster
        .parallelFor(elsewhere, 100, [counted(100)], { grain: 10 })
        .then(undefined, (reason: unknown) => reason);
      expect(error, time).toBeInstanceOf(UnsupportedError);
      expect((error as Error).message, time).toContain("elsewhere");
    }
  });
});
