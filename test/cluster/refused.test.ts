/** Jobs that workers can't take, and results that do not fit: each is an error that says what is missing, never a silence. */
import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { jsKernel, UnsupportedError } from "allcores";
import { ClusterExecutor, type ClusterStore } from "allcores/cluster";
import { Redis } from "ioredis";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { decode, encode } from "../../dist/cluster/message.js";
import { until } from "../cli/run.js";
import { hasRedis, startRedis } from "../support/redis.js";
import { temporaryFolder } from "../support/system.js";
import { ADD, endSite, gatedCount, isEvent, KERNELS, localWorker } from "./site.js";

const LIMIT = 15_000;
const filled = jsKernel<(bytes: number, value: number) => Uint8Array>(KERNELS, "filled");
/** Of one result, above what goes through Redis. */
const RESULT_BYTES = 8.1e6;

/** What a job rejects with. */
function failureOf(job: Promise<unknown>): Promise<Error> {
  return job.then(
    () => expect.fail("the job was fulfilled"),
    (reason: Error) => reason,
  );
}

describe.runIf(hasRedis)("what a cluster can't do", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
    return endSite;
  });

  test("a kernel that is not registered, or differs, is refused by name, each time the run is made", {
    timeout: LIMIT,
  }, async () => {
    await localWorker(redis);
    const folder = temporaryFolder();
    const other = join(folder, "cluster-kernels.mjs");
    writeFileSync(other, "export function gatedCount(begin, end) {\n  return begin - end;\n}\n");
    const unknown = join(folder, "unknown.mjs");
    writeFileSync(unknown, "export function gatedCount() {\n  return 0;\n}\n");
    const refusedTwice = async (file: string, runId: string) => {
      const kernel = jsKernel<(begin: number, end: number) => number>(pathToFileURL(file), "gatedCount");
      for (const time of ["first", "second"]) {
        await using cluster = new ClusterExecutor({ connection: redis.url, runId });
        const error = await failureOf(cluster.parallelReduce(kernel, 20, [], { ...ADD, grain: 10 }));
        expect(error, time).toBeInstanceOf(UnsupportedError);
        expect(error.message, time).toContain("gatedCount");
        expect(error.message, time).toContain("--kernels");
      }
    };
    await Promise.all([refusedTwice(other, "other"), refusedTwice(unknown, "unknown")]);
  });

  test("the same file at another place is the same kernel", { timeout: LIMIT }, async () => {
    await localWorker(redis);
    const copy = join(temporaryFolder(), "copy.mjs");
    copyFileSync(KERNELS, copy);
    await using cluster = new ClusterExecutor({ connection: redis.url });
    expect(await cluster.submit(jsKernel(pathToFileURL(copy), "filled"), [3, 7])).toEqual(new Uint8Array([7, 7, 7]));
  });

  test("a job of another version is refused by it", { timeout: LIMIT }, async () => {
    const place = { connection: redis.url, queue: "versions" };
    const client = new Redis({ path: redis.url.slice("unix:".length), protocol: 2 });
    onTestFinished(() => client.disconnect());
    await using cluster = new ClusterExecutor({ ...place, runId: "old" });
    const failed = failureOf(cluster.submit(filled, [3, 7]));
    const key = "allcores:versions:allcores:run:old:job:0";
    await until(async () => (await client.exists(key)) === 1);
    const { value } = decode("job", "old/0", (await client.getBuffer(key)) as Buffer);
    await client.set(key, encode("job", "old/0", { ...(value as object), version: "0.0.1" }), "PX", 60_000);
    await localWorker(redis, place);
    const error = await failed;
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain("allcores 0.0.1");
  });

  test("what one worker refuses another one computes", { timeout: LIMIT }, async () => {
    const place = { connection: redis.url, queue: "some" };
    const [without] = await Promise.all([localWorker(redis, { ...place, kernels: [] }), localWorker(redis, place)]);
    await using cluster = new ClusterExecutor(place);
    const gate = join(temporaryFolder(), "gate");
    const count = cluster.parallelReduce(gatedCount, 20, [0, gate], { ...ADD, grain: 1 });
    await without.seen(isEvent("refused"));
    await without.end();
    writeFileSync(gate, "");
    expect(await count).toBe(20);
  });

  test("a folder carries a large result, and is empty in the end", { timeout: LIMIT }, async () => {
    const place = { connection: redis.url, queue: "large", store: temporaryFolder() };
    // It is computed once: what a worker that was taken for lost sends after the end stays in the store.
    await localWorker(redis, { ...place, lockDuration: 15_000 });
    const cluster = new ClusterExecutor(place);
    const result = await cluster.submit(filled, [RESULT_BYTES, 7]);
    expect([result.length, result[0], result.at(-1)]).toEqual([RESULT_BYTES, 7, 7]);
    await cluster.shutdown();
    expect(readdirSync(place.store)).toEqual([]);
  });

  test("what lay in a store is gone when the executor is", { timeout: LIMIT }, async () => {
    const kept = new Map<string, Uint8Array>();
    const store: ClusterStore = {
      put: async (key, bytes) => void kept.set(key, bytes.slice()),
      get: async (key) => kept.get(key),
      // A slow one: longer than a shutdown takes.
      delete: async (key) => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        kept.delete(key);
      },
    };
    const place = { connection: redis.url, queue: "slow", store };
    await localWorker(redis, { ...place, lockDuration: 15_000 });
    const cluster = new ClusterExecutor(place);
    await cluster.submit(filled, [RESULT_BYTES, 7]);
    expect(kept.size).toBe(1);
    await cluster.shutdown();
    expect(kept.size).toBe(0);
  });

  test("a large result without a store, or with one that fails, is an error that says so", {
    timeout: LIMIT,
  }, async () => {
    const place = { connection: redis.url, queue: "storeless" };
    await localWorker(redis, { ...place, store: temporaryFolder() });
    const failing: ClusterStore = {
      put: async () => {},
      get: () => Promise.reject(new Error("403 Forbidden")),
      delete: async () => {},
    };
    const cases = [
      [{}, /store/],
      [{ store: failing }, /403 Forbidden/],
    ] as const;
    for (const [more, message] of cases) {
      await using cluster = new ClusterExecutor({ ...place, ...more });
      expect((await failureOf(cluster.submit(filled, [RESULT_BYTES, 7]))).message).toMatch(message);
    }
    await localWorker(redis, { ...place, queue: "none" });
    await using cluster = new ClusterExecutor({ ...place, queue: "none" });
    expect((await failureOf(cluster.submit(filled, [RESULT_BYTES, 7]))).message).toMatch(/needs a store/);
  });
});
