/** A Redis that dies, comes back, comes back empty, or refuses. */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { ClusterExecutor } from "allcores/cluster";
import { Redis } from "ioredis";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { hasRedis, startRedis } from "../support/redis.js";
import { endSite, GRAIN, isEvent, Log, serialRoots, sumRoots, TestWorker } from "./site.js";

const LIMIT = 30_000;
const CHUNKS = 50;

const pathOf = ({ url }: RedisServer) => url.slice("unix:".length);

describe.runIf(hasRedis)("the server of a cluster", () => {
  let redis: RedisServer;
  let worker: TestWorker;
  let expected: number;

  beforeAll(async () => {
    redis = await startRedis({ appendonly: "always" });
    worker = await new TestWorker(redis).ready();
    expected = await serialRoots(CHUNKS);
    return endSite;
  });

  /** Begins a job, and resolves in the midst of it. */
  async function begun(cluster: ClusterExecutor, log: Log) {
    const sum = sumRoots(cluster, { chunks: CHUNKS, ms: 20, log });
    sum.catch(() => {});
    await worker.computed(worker.claims("computed").length + 2);
    await worker.next(isEvent("claimed"));
    return { sum };
  }

  test("killed with an append-only file: what is done stays done", { timeout: LIMIT }, async () => {
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const log = new Log();
    const { sum } = await begun(cluster, log);
    const lost = worker.next(isEvent("error"));
    await redis.kill();
    await lost;
    const inFlight = worker.open.map(chunksOf).reduce((a, b) => a + b, 0);
    await redis.restart();
    expect(await sum).toBe(expected);
    expect(log.items).toBeLessThanOrEqual((CHUNKS + inFlight) * GRAIN);
  });

  test("come back empty: the coordinator adds again what is missing", { timeout: LIMIT }, async () => {
    await using cluster = new ClusterExecutor({ connection: redis.url });
    const { sum } = await begun(cluster, new Log());
    await redis.kill();
    rmSync(join(dirname(pathOf(redis)), "appendonlydir"), { recursive: true });
    await redis.restart();
    expect(await sum).toBe(expected);
  });

  test("a wrong password and none are refused by name", { timeout: LIMIT }, async () => {
    const client = await settings({ requirepass: "secret" });
    for (const [password, reply] of [
      ["wrong", /WRONGPASS/],
      [undefined, /NOAUTH/],
    ] as const) {
      const connection = { path: pathOf(redis), ...(password && { password }) };
      await using cluster = new ClusterExecutor({ connection });
      await expect(sumRoots(cluster, { chunks: 1, ms: 0 })).rejects.toMatchObject({
        name: "ClusterError",
        code: "ERR_CLUSTER",
        message: expect.stringMatching(reply),
      });
      await expect(cluster.status()).rejects.toThrow(pathOf(redis));
    }
    await client.config("SET", "requirepass", "");
    await using cluster = new ClusterExecutor({ connection: redis.url });
    expect(await cluster.status()).toMatchObject({ workers: [{ threads: 1 }] });
  });

  test("a policy that drops keys is a warning", { timeout: LIMIT }, async () => {
    await settings({ "maxmemory-policy": "allkeys-lru" });
    const warning = once(process, "warning");
    await using cluster = new ClusterExecutor({ connection: redis.url });
    await cluster.ready();
    const [{ message }] = await warning;
    expect(message).toMatch(/maxmemory-policy is allkeys-lru.*noeviction/);
  });

  test("no worker is a warning after 5 s, not an eternal silence", { timeout: LIMIT }, async () => {
    const warning = once(process, "warning");
    await using cluster = new ClusterExecutor({ connection: redis.url, queue: "nobody" });
    const sum = sumRoots(cluster, { chunks: 1, ms: 0 });
    const [{ message }] = await warning;
    expect(message).toMatch(/no worker .*queue nobody/);
    sum.cancel();
    await expect(sum).rejects.toThrow();
  });

  /** Changes settings of the server for one test. */
  async function settings(values: Record<string, string>): Promise<Redis> {
    const client = new Redis({ path: pathOf(redis), protocol: 2 });
    const before = { requirepass: "", "maxmemory-policy": "noeviction" };
    for (const [name, value] of Object.entries(values)) await client.config("SET", name, value);
    onTestFinished(async () => {
      for (const [name, value] of Object.entries(before)) await client.config("SET", name, value);
      client.disconnect();
    });
    return client;
  }
});

test.each([
  ["6.0.16", /is version 6\.0\.16; 6\.2 or later is needed/],
  ["5.0.7", /5\.0\.7/],
])("a server of version %s is refused", { timeout: LIMIT }, async (version, message) => {
  const info = `redis_version:${version}\r\nmaxmemory_policy:noeviction\r\n`;
  const server = createServer((socket) => {
    // Clients ask for a few things first, for which OK is answer enough.
    socket.on("data", (data) => {
      for (const [, command] of String(data).matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g))
        socket.write(command?.toLowerCase() === "info" ? `$${info.length}\r\n${info}\r\n` : "+OK\r\n");
    });
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await using cluster = new ClusterExecutor({ connection: `redis://127.0.0.1:${port}` });
  await expect(cluster.status()).rejects.toThrow(message);
});

function chunksOf(claim: string): number {
  const [first = 0, last = 0] = claim
    .slice(claim.lastIndexOf(" ") + 1)
    .split("-")
    .map(Number);
  return last - first;
}
