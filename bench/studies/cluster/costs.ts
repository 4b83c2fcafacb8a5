/** What a cluster costs: the first result, a chunk, a call, memory in Redis, and how it grows. */
import { estimatePi } from "allcores";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { quantile } from "../../../dist/bench/statistics.js";
import { resting, Site, secondsOf } from "./site.js";

const CALLS = 200;
const MESSAGES = 10_000;
const work = { samples: 1e6, seed: 1 };

export async function firstResults(rounds: number): Promise<void> {
  const ms: Record<string, number[]> = { "from nothing": [], "workers are there": [], "the next job": [] };
  for (let round = 0; round < rounds; round++) {
    await using site = await Site.start();
    const cold = site.executor();
    const started = performance.now();
    const result = estimatePi({ ...work, executor: cold });
    await Promise.all([site.worker(), site.worker(), result]);
    ms["from nothing"]?.push(performance.now() - started);
    await using warm = site.executor();
    ms["workers are there"]?.push(1e3 * (await secondsOf(() => estimatePi({ ...work, executor: warm }))));
    ms["the next job"]?.push(1e3 * (await secondsOf(() => estimatePi({ ...work, executor: warm }))));
    await cold.shutdown();
  }
  console.log(`\nfirst result, ms: median, least and greatest of ${rounds}`);
  for (const [name, times] of Object.entries(ms))
    console.log(`  ${name.padEnd(24)} ${[0.5, 0, 1].map((q) => quantile(times, q).toFixed(0).padStart(7)).join("")}`);
}

/** Jobs of chunks without work: what is left is the way there and back. */
export async function growth(sizes: readonly number[]): Promise<void> {
  await using site = await Site.start();
  await Promise.all([site.worker(), site.worker()]);
  await using cluster = site.executor();
  const redis = clientOf(site);
  await resting(cluster, 1000, 0);
  console.log("\njobs of empty chunks on 2 workers");
  for (const chunks of sizes) {
    await redis.config("RESETSTAT");
    const seconds = await secondsOf(() => resting(cluster, chunks, 0));
    const peak = Number(/used_memory_peak:(\d+)/.exec(await redis.info("memory"))?.[1]) / 2 ** 20;
    const us = (1e6 * seconds) / chunks;
    console.log(
      `  ${String(chunks).padStart(7)} chunks ${seconds.toFixed(3).padStart(8)} s ${us.toFixed(1).padStart(8)} us a chunk,` +
        ` greatest memory of Redis ${peak.toFixed(1)} MB`,
    );
  }
  const calls: number[] = [];
  const [server, caller] = [await cpuMs(redis), process.cpuUsage()];
  for (let call = 0; call < CALLS; call++) calls.push(1e3 * (await secondsOf(() => resting(cluster, 1, 0))));
  const { user, system } = process.cpuUsage(caller);
  const [ofServer, ofCaller] = [(await cpuMs(redis)) - server, (user + system) / 1e3];
  console.log(
    `  a job of one chunk ${[0.5, 0.9].map((q) => quantile(calls, q).toFixed(2)).join(", ")} ms (median, 90%) of ${CALLS};` +
      ` processor time of Redis ${(ofServer / CALLS).toFixed(2)} ms, of the coordinator ${(ofCaller / CALLS).toFixed(2)} ms`,
  );
  redis.disconnect();
}

export async function memoryOfWaiting(): Promise<void> {
  await using site = await Site.start();
  const redis = clientOf(site);
  const queue = new Queue("allcores", { connection: redis, prefix: "allcores" });
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
  const name = { run: crypto.randomUUID(), job: 0 };
  const opts = { attempts: 3, removeOnComplete: true, removeOnFail: { age: 3600 }, stackTraceLimit: 1 };
  await queue.add("chunks", {}, { ...opts, jobId: `${name.run}_0_0_1` });
  const before = await used();
  await queue.addBulk(
    Array.from({ length: MESSAGES }, (_, k) => ({
      name: "chunks",
      data: {},
      opts: { ...opts, jobId: `${name.run}_0_${k + 1}_${k + 2}` },
    })),
  );
  const bytes = ((await used()) - before) / MESSAGES;
  console.log(`\nmemory of Redis for a claim that waits: ${bytes.toFixed(0)} bytes (${MESSAGES} of them)`);
  await queue.close();
  redis.disconnect();
}

/** Processor time of the server so far. */
async function cpuMs(redis: Redis): Promise<number> {
  const info = await redis.info("cpu");
  const seconds = ["user", "sys"].map((kind) => Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(info)?.[1]));
  return 1e3 * seconds.reduce((a, b) => a + b, 0);
}

function clientOf(site: Site): Redis {
  return new Redis({ path: site.redis.url.slice("unix:".length), protocol: 2, maxRetriesPerRequest: null });
}
