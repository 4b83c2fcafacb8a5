/** A coordinator that is killed and run again with the same runId goes on where it was. */
import { heap } from "allcores";
import { ClusterExecutor } from "allcores/cluster";
import { beforeAll, describe, expect, test } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { hasRedis, startRedis } from "../support/redis.js";
import { start } from "../support/system.js";
import { endSite, GRAIN, Log, serialRoots, sumRoots, TestWorker, triple } from "./site.js";

const LIMIT = 30_000;
const CHUNKS = 60;

describe.runIf(hasRedis)("a coordinator that was killed", () => {
  let redis: RedisServer;
  let worker: TestWorker;

  beforeAll(async () => {
    redis = await startRedis();
    worker = await new TestWorker(redis).ready();
    return endSite;
  });

  /** A program that makes both jobs as this one does, and is killed in the midst of the second. */
  async function killedWithin(runId: string, [sums, triples]: readonly [Log, Log]): Promise<void> {
    const program = start(`
      import { heap, jsKernel } from "allcores";
      import { ClusterExecutor } from "allcores/cluster";
      const url = new URL("test/fixtures/cluster-kernels.mjs", "file://" + process.cwd() + "/");
      const cluster = new ClusterExecutor({ connection: ${JSON.stringify(redis.url)}, runId: ${JSON.stringify(runId)} });
      const combine = (a, b) => a + b;
      const args = [0.2, ${JSON.stringify(sums.path)}];
      const sum = await cluster.parallelReduce(jsKernel(url, "roots"), 200, args, { combine, initial: 0, grain: 10 });
      console.log(sum);
      const y = heap.int32(${CHUNKS * 10});
      const onProgress = ({ done }) => done > 100 && console.log(done);
      const more = [y, 2, ${JSON.stringify(triples.path)}];
      await cluster.parallelFor(jsKernel(url, "triple"), y.length, more, { grain: 10, onProgress });`);
    expect(Number(await program.line())).toBe(await serialRoots(20));
    await program.line();
    program.process.kill("SIGKILL");
    expect((await program.ended).signal).toBe("SIGKILL");
  }

  test("does not compute again what is done", { timeout: LIMIT }, async () => {
    const logs = [new Log(), new Log()] as const;
    await killedWithin("again", logs);
    expect(logs[1].items).toBeLessThan(CHUNKS * GRAIN);
    await using cluster = new ClusterExecutor({ connection: redis.url, runId: "again" });
    expect(await sumRoots(cluster, { chunks: 20, ms: 2, log: logs[0] })).toBe(await serialRoots(20));
    const y = heap.int32(CHUNKS * 10);
    await cluster.parallelFor(triple, y.length, [y, 2, logs[1].path], { grain: 10 });
    expect(Array.from(y)).toEqual(Array.from(y, (_, i) => 3 * i));
    heap.free(y);
    // The worker has not noticed: each chunk was computed once.
    expect(logs.map(({ items }) => items)).toEqual([20 * GRAIN, CHUNKS * GRAIN]);
    expect(worker.open).toEqual([]);
  });

  test("another job under its number is refused", { timeout: LIMIT }, async () => {
    const run = { connection: redis.url, runId: "other" };
    const log = new Log();
    const first = new ClusterExecutor(run);
    const sum = sumRoots(first, { chunks: 50, ms: 20, log });
    await worker.computed(worker.claims("computed").length + 1);
    sum.cancel();
    await expect(sum).rejects.toThrow();
    await first.shutdown();
    await using second = new ClusterExecutor(run);
    await expect(sumRoots(second, { chunks: 49, ms: 20, log })).rejects.toThrow(/runId: job other\/0/);
  });
});
