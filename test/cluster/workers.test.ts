/** Workers that are killed, come late, leave, or are cut off: the answer is that of a SerialExecutor. */
import { ClusterExecutor } from "allcores/cluster";
import { beforeAll, describe, expect, test } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { hasRedis, startRedis } from "../support/redis.js";
import { claimText, endSite, GRAIN, isEvent, Log, serialRoots, sumRoots, TestWorker } from "./site.js";

const LIMIT = 30_000;

describe.runIf(hasRedis)("workers of a cluster", () => {
  let redis: RedisServer;
  let steady: TestWorker;
  let other: TestWorker;
  let expected: number;
  const CHUNKS = 60;

  beforeAll(async () => {
    redis = await startRedis();
    [steady, other] = await Promise.all([new TestWorker(redis).ready(), new TestWorker(redis).ready()]);
    expected = await serialRoots(CHUNKS);
    return endSite;
  });

  test("one that is killed costs its own claims, which another one computes", { timeout: LIMIT }, async () => {
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const sum = sumRoots(cluster, { chunks: CHUNKS, ms: 20 });
    await other.computed(2);
    const lost = await other.next(isEvent("claimed"));
    await other.end("SIGKILL");
    const killed = performance.now();
    expect(await sum).toBe(expected);
    expect(steady.claims("computed")).toContain(claimText(lost));
    expect(performance.now() - killed).toBeLessThan(15_000); // not the default times
  });

  test("one that comes late takes part, one that leaves finishes its claims", { timeout: LIMIT }, async () => {
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const late = new TestWorker(redis);
    do expect(await sumRoots(cluster, { chunks: CHUNKS, ms: 10 })).toBe(expected);
    while (late.claims("computed").length === 0);
    const log = new Log();
    const sum = sumRoots(cluster, { chunks: CHUNKS, ms: 20, log });
    await steady.next(isEvent("computed"));
    expect(await steady.end("SIGTERM")).toBe(0);
    expect(steady.open).toEqual([]);
    expect(steady.events.at(-1)?.event).toBe("closed");
    expect(await sum).toBe(expected);
    expect(log.items).toBe(CHUNKS * GRAIN); // none twice
    other = late;
  });

  test("of one that was cut off, results that come late do not count twice", { timeout: LIMIT }, async () => {
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const slow = await new TestWorker(redis).ready();
    const log = new Log();
    const sum = sumRoots(cluster, { chunks: CHUNKS, ms: 20, log });
    await slow.computed(2);
    await slow.next(isEvent("claimed"));
    slow.child.kill("SIGSTOP");
    // What it had begun is with the other one: now it goes on, too.
    const [claim = ""] = slow.open;
    await other.seen(isEvent("claimed", claim));
    slow.child.kill("SIGCONT");
    expect(await sum).toBe(expected);
    expect(log.items).toBeGreaterThan(CHUNKS * GRAIN);
    expect(await slow.end("SIGTERM")).toBe(0);
  });
});
