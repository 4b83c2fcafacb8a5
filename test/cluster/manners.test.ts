/** How a cluster behaves in its users' programs: they end, no secret is shown, and nothing stays of what is over. */
import { heap, jsKernel } from "allcores";
import { ClusterExecutor } from "allcores/cluster";
import { Redis } from "ioredis";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { hasRedis, startRedis } from "../support/redis.js";
import { start } from "../support/system.js";
import { echo, endSite, GRAIN, KERNELS, Log, localWorker, serialRoots, sumRoots, triple } from "./site.js";

const LIMIT = 15_000;
/** No job that is cancelled takes as long, in ms: the times after which something is tried again are longer. */
const AT_ONCE = 1000;
const filledItems = jsKernel<(begin: number, end: number, bytes: number) => Uint8Array>(KERNELS, "filledItems");

describe.runIf(hasRedis)("a cluster", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
    return endSite;
  });

  function clientOf({ url }: RedisServer): Redis {
    const client = new Redis({ path: url.slice("unix:".length), protocol: 2 });
    onTestFinished(() => client.disconnect());
    return client;
  }

  test("lets a program that asks for its status end", { timeout: LIMIT }, async () => {
    const { ended } = start(`
      import { ClusterExecutor } from "allcores/cluster";
      const { chunks } = await new ClusterExecutor({ connection: ${JSON.stringify(redis.url)} }).status();
      console.log(chunks.waiting);`);
    expect(await ended).toMatchObject({ code: 0, stdout: "0\n", stderr: "" });
  });

  test("carries text as it is, halves of characters, too", { timeout: LIMIT }, async () => {
    await localWorker(redis);
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const texts = ["\ud800a", "a\udfff", "\udc00\ud800", "\u{1f600}\0\u2028"];
    expect(await cluster.submit(echo, [texts, ""])).toEqual(texts);
  });

  test("computes what it is asked, whatever becomes of a worker's log", { timeout: LIMIT }, async () => {
    const thrown = new Set<string>();
    await localWorker(redis, {
      onEvent: ({ event }) => {
        if ((event === "claimed" || event === "computed") && thrown.size < thrown.add(event).size)
          throw new Error("the disk is full");
      },
    });
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const log = new Log();
    expect(await sumRoots(cluster, { chunks: 20, ms: 0, log })).toBe(await serialRoots(20));
    expect(log.items).toBe(20 * GRAIN);
    expect(thrown).toEqual(new Set(["claimed", "computed"]));
  });

  test.each([
    "http://user:s3cret@localhost",
    "redis://user:s3cret@localhost:99999",
    "redis://user:s3c/s3cret@localhost",
    "redis://:s3cret@@localhost:x",
    "redis://user:s3cret@localhost/first",
    "user:s3cret@localhost:6379",
  ])("refuses %s without its password", (url) => {
    expect(() => new ClusterExecutor({ connection: url })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("s3cret") }),
    );
  });

  test("takes no client of ioredis for its options, and shows no password that is wrong", {
    timeout: LIMIT,
  }, async () => {
    const client = clientOf(redis);
    expect(() => new ClusterExecutor({ connection: client })).toThrow(TypeError);
    await client.config("SET", "requirepass", "right");
    onTestFinished(async () => void (await client.config("SET", "requirepass", "")));
    await using cluster = new ClusterExecutor({
      connection: { path: redis.url.slice("unix:".length), password: "s3cret" },
    });
    const error = await cluster.status().then(undefined, (reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(Error);
    for (let one = error as unknown; one instanceof Error; one = one.cause)
      expect(`${one.message} ${JSON.stringify(one)}`).not.toContain("s3cret");
  });

  test("leaves no key of a run that is over", { timeout: LIMIT }, async () => {
    await localWorker(redis);
    const client = clientOf(redis);
    const cluster = new ClusterExecutor({ connection: redis.url, runId: "over" });
    const longer = (a: Uint8Array, b: Uint8Array) => (a.length > b.length ? a : b);
    const options = { combine: longer, initial: new Uint8Array(1), grain: 1 };
    expect(await cluster.parallelReduce(filledItems, 4, [100_000], options)).toHaveLength(100_000);
    const y = heap.int32(100_000);
    await cluster.parallelFor(triple, y.length, [y, 0, ""], { grain: 50_000 });
    expect(y[99_999]).toBe(299_997);
    heap.free(y);
    await cluster.shutdown();
    const keys = await client.keys("*");
    expect(keys.filter((key) => key.includes("over") || key.includes(":data:"))).toEqual([]);
  });

  test("settles what is cancelled at once while its server is away", { timeout: LIMIT }, async () => {
    const away = await startRedis();
    await using cluster = new ClusterExecutor({ connection: away.url });
    await using named = new ClusterExecutor({ connection: away.url, runId: "named" });
    await Promise.all([cluster.status(), named.status()]);
    await away.kill();
    for (const executor of [cluster, named]) {
      const stop = new AbortController();
      const jobs = [
        sumRoots(executor, { chunks: 5, ms: 0 }),
        executor.submit(echo, [1, ""], { signal: stop.signal }),
      ] as const;
      // They have gone as far as they get.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const stopped = performance.now();
      jobs[0].cancel(new Error("enough"));
      stop.abort(new Error("enough"));
      for (const job of jobs) await expect(job).rejects.toThrow("enough");
      expect(performance.now() - stopped).toBeLessThan(AT_ONCE);
    }
  });
});
