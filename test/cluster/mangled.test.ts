/** 10,000 mangled messages to a worker and to a coordinator: none crashes them, none is counted. */

import { ClusterExecutor } from "allcores/cluster";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seeded } from "../../dist/bench/random.js";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { decode, encode } from "../../dist/cluster/message.js";
import { hasRedis, startRedis } from "../support/redis.js";
import { endSite, isEvent, serialRoots, sumRoots, TestWorker } from "./site.js";

const LIMIT = 30_000;
const MESSAGES = 5_000;
const CHUNKS = 40;
/** Where core and prefix keep what belongs to a run. */
const RUN = "allcores:allcores:allcores:run:";

describe.runIf(hasRedis)("mangled messages", () => {
  let redis: RedisServer;
  let worker: TestWorker;
  let client: Redis;

  beforeAll(async () => {
    redis = await startRedis();
    worker = await new TestWorker(redis).ready();
    client = new Redis({ path: redis.url.slice("unix:".length), protocol: 2, maxRetriesPerRequest: null });
    return endSite;
  });
  afterAll(() => client?.disconnect());

  test("to a coordinator, among the results of its workers", { timeout: LIMIT }, async () => {
    await using cluster = new ClusterExecutor({ connection: redis.url, runId: "mangled" });
    // What its worker sends is copied.
    const warmUp = sumRoots(cluster, { chunks: 4, ms: 20 });
    const results = `${RUN}mangled:results`;
    const sent: Buffer[] = [];
    for (let from = "0-0"; sent.length < 2; ) {
      const read = await client.xreadBuffer("BLOCK", 5000, "STREAMS", results, from);
      for (const [id, [, bytes]] of (read as unknown as [Buffer, [Buffer, [Buffer, Buffer]][]][])[0]?.[1] ?? []) {
        sent.push(bytes);
        from = id.toString();
      }
    }
    await warmUp;
    const sum = sumRoots(cluster, { chunks: CHUNKS, ms: 20 });
    await worker.next(isEvent("computed"));
    const random = seeded(1);
    for (let i = 0; i < MESSAGES; i += 500) {
      const pipeline = client.pipeline();
      for (let k = 0; k < 500; k++) {
        const isSigned = random() < 0.5;
        pipeline.xadd(results, "*", "m", isSigned ? wrongResult(pick(sent, random), random) : mangled(sent, random));
      }
      await pipeline.exec();
    }
    expect(await sum).toBe(await serialRoots(CHUNKS));
  });

  test("to a worker, among its claims, and in place of jobs and of inputs", { timeout: LIMIT }, async () => {
    const queue = new Queue("allcores", { connection: client, prefix: "allcores" });
    try {
      await using cluster = new ClusterExecutor({ connection: redis.url });
      const sum = sumRoots(cluster, { chunks: CHUNKS, ms: 20 });
      await worker.next(isEvent("computed"));
      const key = `${RUN}${cluster.runId}:job:0`;
      const job = await client.getBuffer(key);
      if (!job) throw new Error("the job is not where it was");
      const random = seeded(2);
      const names = ["a", "", "__proto__", "../../etc/passwd", "process.exit(1)", "x".repeat(2000)];
      for (let i = 0; i < MESSAGES; i += 500) {
        const jobs = client.pipeline();
        // Each claim is of a job of its own, so that the worker reads each.
        for (let k = i; k < i + 500; k += 4) jobs.set(`${RUN}fuzz${k}:job:0`, mangled([job], random), "PX", 60_000);
        await jobs.exec();
        await queue.addBulk(
          Array.from({ length: 500 }, (_, k) => ({
            name: pick(names, random),
            data: { kernel: { url: "data:text/javascript,process.exit(1)" }, range: { n: random() * 1e9 } },
            opts: {
              jobId: idOf(i + k, cluster.runId, random),
              removeOnFail: true,
              removeOnComplete: true,
              attempts: 1,
            },
          })),
        );
      }
      await queue.add("last", {}, { jobId: "the-last", removeOnFail: true, attempts: 1 });
      expect(await sum).toBe(await serialRoots(CHUNKS));
      while ((await queue.getJobCounts("wait", "active")).wait !== 0) await worker.next(() => true);
      expect(worker.child.exitCode).toBeNull();
      // It still works.
      expect(await sumRoots(cluster, { chunks: 3, ms: 0 })).toBe(await serialRoots(3));
    } finally {
      await queue.close();
    }
  });
});

type Random = () => number;

/** What makes a result no result, though its digest is right. */
const WRONG: readonly object[] = [
  ...[-1, 1.5, Number.NaN, 2 ** 60, "0", null].map((first) => ({ first })),
  ...[-1, 0, 1e9, "1", undefined].map((last) => ({ last })),
  ...[
    null,
    "ab",
    [null],
    [{}],
    [{ first: 0, values: "ab" }],
    [{ first: 0, values: [] }],
    [{ first: 9, values: [1] }],
  ].map((values) => ({ values })),
  ...["1", 1.5, undefined].map((sum) => ({ sum })),
  ...[null, [null], [{ index: 0 }], [{ index: 0, bytes: "ab" }]].map((parts) => ({ parts })),
  ...[-1, "slow"].map((ms) => ({ ms })),
  ...[undefined, -1, "1", 2 ** 40].map((job) => ({ job })),
  ...[undefined, "constructor", "__proto__", 5].map((kind) => ({ kind })),
  ...[undefined, {}, 5].map((worker) => ({ worker })),
  ...[undefined, null, 5, {}, { thrown: {}, further: [] }, { thrown: { properties: 5, held: [] } }].map((failure) => ({
    kind: "failed",
    failure,
  })),
  ...[undefined, 5].map((why) => ({ kind: "refused", why })),
  ...["x", -1, {}].map((changed) => ({ kind: "verdict", changed })),
];

/** A result of the second job of the run, with something wrong. */
function wrongResult(message: Buffer, random: Random): Buffer {
  const result = decode("result", "mangled", message) as object;
  const first = Math.floor(random() * CHUNKS);
  return encode("result", "mangled", { ...result, job: 1, first, last: first + 1, ...pick(WRONG, random) });
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}

/** A message with changed, missing or additional bytes; at times something else altogether. */
function mangled(messages: readonly Buffer[], random: Random): Buffer {
  const message = Buffer.from(pick(messages, random));
  const at = () => Math.floor(random() * message.length);
  switch (Math.floor(random() * 6)) {
    case 0:
      for (let k = 0; k <= random() * 8; k++) message[at()] = Math.floor(random() * 256);
      return message;
    case 1:
      return message.subarray(0, at());
    case 2:
      return Buffer.concat([message, message.subarray(at())]).subarray(0, message.length + 1);
    case 3:
      return Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256)));
    case 4:
      return Buffer.from(JSON.stringify({ kind: "computed", first: 0, last: 1, values: [random()] }));
    default: {
      // A right beginning, and lengths that lie.
      message.writeUInt32LE(Math.floor(random() * 2 ** 32), 20);
      return message;
    }
  }
}

/** Ids that look like claims: of runs that are not there, of this one with chunks that it does not have, and others. */
function idOf(i: number, runId: string, random: Random): string {
  const big = Math.floor(random() * 2 ** 53);
  switch (i % 4) {
    case 0:
      return `fuzz${i}_0_0_1`;
    case 1:
      return `${runId}_0_${CHUNKS + i}_${CHUNKS + i + 1 + (big % 1000)}`;
    case 2:
      return `${runId}_${big}_${big}_${i}`;
    default:
      return `no-claim-${i}-${"_9".repeat(i % 7)}`;
  }
}
