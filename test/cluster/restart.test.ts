/** A coordinator that is made again while workers have claims of the one before it: each chunk counts once. */
import { writeFileSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { ClusterExecutor } from "allcores/cluster";
import { Redis } from "ioredis";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { hasRedis, startRedis } from "../support/redis.js";
import { temporaryFolder } from "../support/system.js";
import { echo, endSite, gatedCount, isEvent, type LocalWorker, localWorker } from "./site.js";

const LIMIT = 15_000;
const CHUNKS = 12;
/** Chunks from here on are computed when the gate opens. */
const GATED = 10;
const CALLS = ["a", "b"];
/** Results come within this time, in ms, when the gate has opened. */
const HELD_MS = 300;

describe.runIf(hasRedis)("a coordinator that is made again", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
    return endSite;
  });

  test.each([
    ["asks for its checkpoints", ":done:"],
    ["reads the results again", "xrange"],
    ["looks at the queue", "zrange"],
  ])("counts what comes while it %s once", { timeout: LIMIT }, async (name, words) => {
    const runId = name.replaceAll(" ", "-");
    const worker = await localWorker(redis, { workers: 6 });
    const gate = join(temporaryFolder(), "gate");
    const way = new Relay(redis);
    const before = new ClusterExecutor({ connection: way.connection, runId });
    onTestFinished(() => before.shutdown({ cancel: true }));
    for (const job of Object.values(begun(before, gate)).flat()) job.catch(() => {});
    await allAreHeld(worker);
    // As one that was killed: it is heard no more, and its lease is over.
    way.cut();
    const client = new Redis({ path: redis.url.slice("unix:".length), protocol: 2 });
    await client.del(`allcores:allcores:allcores:run:${runId}:owner`);
    client.disconnect();
    const again = new Relay(redis);
    again.hold(words, () => writeFileSync(gate, ""));
    await using after = new ClusterExecutor({ connection: again.connection, runId });
    const { sum, values, calls } = begun(after, gate);
    expect(await Promise.all([sum, values, ...calls])).toEqual([BigInt(CHUNKS), CHUNKS, ...CALLS]);
    expect(again.hasHeld).toBe(true);
  });
});

function begun(cluster: ClusterExecutor, gate: string) {
  const args: [number, string] = [GATED, gate];
  return {
    sum: cluster.run({ kernel: gatedCount, n: CHUNKS, grain: 1, args, partial: "sum" }),
    values: cluster.parallelReduce(gatedCount, CHUNKS, args, { combine: (a, b) => a + b, initial: 0, grain: 1 }),
    calls: CALLS.map((value) => cluster.submit(echo, [value, gate])),
  };
}

/** Resolves when the worker has computed all but what waits for the gate, and has begun that. */
async function allAreHeld(worker: LocalWorker): Promise<void> {
  const chunks = (claims: readonly string[]) =>
    claims.reduce((sum, claim) => {
      const [first = 0, last = 0] = claim.slice(claim.lastIndexOf(" ")).split("-").map(Number);
      return sum + last - first;
    }, 0);
  const all = 2 * CHUNKS + CALLS.length;
  while (chunks(worker.claims("claimed")) < all) await worker.next(isEvent("claimed"));
}

/** A way to the server that can be cut, and that holds back replies for a while. It is closed with the test. */
class Relay {
  readonly connection: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #words = "";
  #onHeld = () => {};
  hasHeld = false;

  constructor({ url }: RedisServer) {
    const path = join(temporaryFolder(), "relay.sock");
    this.connection = `unix:${path}`;
    this.#server = createServer((near) => this.#join(near, createConnection(url.slice("unix:".length)))).listen(path);
    onTestFinished(() => this.cut());
  }

  /** The replies to the first command that has these words come late. @param onHeld is called when it goes to the server */
  hold(words: string, onHeld: () => void): void {
    this.#words = words;
    this.#onHeld = onHeld;
  }

  #join(near: Socket, far: Socket): void {
    near.on("data", (bytes) => {
      if (!this.hasHeld && this.#words && bytes.includes(this.#words)) {
        this.hasHeld = true;
        far.pause();
        this.#onHeld();
        setTimeout(() => far.resume(), HELD_MS);
      }
      far.write(bytes);
    });
    far.on("data", (bytes) => near.write(bytes));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => {}).on("close", () => other.destroy());
    }
  }

  cut(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
