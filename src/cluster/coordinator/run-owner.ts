/** A run that the user has named is one coordinator's: two would trim the stream under each other's reading. */
import { randomUUID } from "node:crypto";
import { ClusterError } from "../../errors.js";
import { performance, setTimeout } from "../../timers.js";
import type { Connection } from "../connection.js";
import { OWNER_MS } from "../keys.js";
import { here } from "../members.js";

const LOOK_MS = 200;

export class RunOwner {
  readonly #token = JSON.stringify({ ...here, id: randomUUID() });

  constructor(
    private readonly connection: Connection,
    private readonly run: string,
  ) {}

  /** @throws ClusterError while another coordinator has the run */
  async take(signal: AbortSignal): Promise<void> {
    const { redis, keys, place } = this.connection;
    const key = keys.owner(this.run);
    // The coordinator whose run goes on may have been killed a moment ago.
    const until = performance.now() + 1.5 * OWNER_MS;
    while ((await redis.set(key, this.#token, "PX", OWNER_MS, "NX")) === null) {
      const other = await redis.get(key);
      if (other !== null && isDead(other)) await redis.del(key);
      else if (performance.now() > until)
        throw new ClusterError(`the run ${this.run} at ${place.label} is under way elsewhere: ${other}`);
      else await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      signal.throwIfAborted();
    }
  }

  /** @returns false when another coordinator has taken the run, after an outage */
  async renew(): Promise<boolean> {
    const { redis, keys } = this.connection;
    const key = keys.owner(this.run);
    const [mine, other] = [await redis.set(key, this.#token, "PX", OWNER_MS, "NX"), await redis.get(key)];
    if (mine === null && other !== this.#token) return false;
    await redis.pexpire(key, OWNER_MS);
    return true;
  }

  async giveBack(): Promise<void> {
    const { redis, keys } = this.connection;
    const key = keys.owner(this.run);
    if ((await redis.get(key)) === this.#token) await redis.del(key);
  }
}

/** Whether it was a process of this machine that is no more. */
function isDead(token: string): boolean {
  try {
    const { host, pid } = JSON.parse(token) as { host?: unknown; pid?: unknown };
    if (host !== here.host || typeof pid !== "number" || pid === here.pid) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
