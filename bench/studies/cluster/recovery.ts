/** How long each fault takes, from the fault until work that it had stopped goes on. */
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterEvent } from "allcores/cluster";
import { resting, Site } from "./site.js";

const CHUNKS = 4000;
const MS = 5;

/** Resolves with the next event for which it is so. */
class Listening {
  readonly #waiting = new Set<(event: ClusterEvent) => void>();
  readonly hear = (event: ClusterEvent): void => {
    for (const listener of this.#waiting) listener(event);
  };

  next(isIt: (event: ClusterEvent) => boolean): Promise<ClusterEvent> {
    return new Promise((resolve) => {
      const listener = (event: ClusterEvent) => {
        if (!isIt(event)) return;
        this.#waiting.delete(listener);
        resolve(event);
      };
      this.#waiting.add(listener);
    });
  }
}

const print = (what: string, ms: number) => console.log(`  ${what.padEnd(72)} ${(ms / 1e3).toFixed(2).padStart(6)} s`);
const idOf = (event: ClusterEvent) =>
  "first" in event ? `${event.run} ${event.job} ${event.first} ${event.last}` : "";

export async function killedWorker(lock: string, stalled: string): Promise<void> {
  await using site = await Site.start();
  const [dying, living] = [new Listening(), new Listening()];
  const times = ["--lock-duration", lock, "--stalled-interval", stalled];
  const first = await site.worker(times, dying.hear);
  await using cluster = site.executor();
  const job = resting(cluster, CHUNKS, MS);
  job.catch(() => {});
  await dying.next(({ event }) => event === "computed");
  await site.worker(times, living.hear);
  const lost = await dying.next(({ event }) => event === "claimed");
  const killed = performance.now();
  const taken = living.next((event) => event.event === "claimed" && idOf(event) === idOf(lost));
  await first.kill();
  await taken;
  print(`a worker killed, lock ${lock}, stalled interval ${stalled}: its claim is taken`, performance.now() - killed);
  job.cancel();
}

/** @param awayMs how long the server is away, @param isEmpty whether it comes back without what it had */
export async function killedServer(awayMs: number, isEmpty: boolean): Promise<void> {
  await using site = await Site.start({ appendonly: "everysec" });
  const listening = new Listening();
  await site.worker([], listening.hear);
  await using cluster = site.executor();
  const job = resting(cluster, CHUNKS, MS);
  job.catch(() => {});
  await listening.next(({ event }) => event === "computed");
  await delay(1500); // the append-only file is written once a second
  await site.redis.kill();
  if (isEmpty) rmSync(join(dirname(site.redis.url.slice("unix:".length)), "appendonlydir"), { recursive: true });
  await delay(awayMs);
  const next = listening.next(({ event }) => event === "claimed");
  await site.redis.restart();
  const back = performance.now();
  await next;
  const how = isEmpty ? ", and came back empty" : "";
  print(`Redis killed, away for ${awayMs / 1e3} s${how}: the next claim is taken`, performance.now() - back);
  job.cancel();
}

/** The coordinator is one of this process, whose run another one goes on with. */
export async function resumed(): Promise<void> {
  await using site = await Site.start();
  await Promise.all([site.worker(), site.worker()]);
  const first = site.executor({ runId: "study" });
  const chunks = CHUNKS / 4;
  const stopped = resting(first, chunks, MS);
  stopped.catch(() => {});
  await delay((chunks * MS) / 4);
  await first.shutdown({ cancel: true });
  const started = performance.now();
  let firstProgress = 0;
  await using second = site.executor({ runId: "study" });
  await second.ready();
  const job = resting(second, chunks, MS);
  await job;
  firstProgress = performance.now() - started;
  print(`a run that was stopped after a quarter, and goes on: all ${(chunks * MS) / 2e3} s of it took`, firstProgress);
}

export async function cancelled(): Promise<void> {
  await using site = await Site.start();
  await site.worker();
  await using cluster = site.executor();
  const job = resting(cluster, CHUNKS, MS);
  job.catch(() => {});
  await delay(1000);
  const started = performance.now();
  job.cancel();
  for (;;) {
    const { waiting, active } = (await cluster.status()).chunks;
    if (waiting + active === 0) break;
  }
  print("a job cancelled: nothing of it waits or is computed", performance.now() - started);
}
