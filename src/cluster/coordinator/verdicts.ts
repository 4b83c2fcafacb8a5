/**
 * The end of a job whose kernel might have changed what no item owns: every worker that took part looks, since such a change
 * is lost without a word.
 */
import { performance } from "../../timers.js";
import type { Connection } from "../connection.js";
import { type JobName, RENEWED_MS } from "../keys.js";
import type { ClusterMember } from "../status.js";

/** How long verdicts are awaited, in ms: a worker that has lost the job meanwhile has none. */
const VERDICT_MS = 10_000;

export class Verdicts {
  /** Workers whose verdict is awaited. */
  readonly #awaited: Set<string>;
  readonly #until = performance.now() + VERDICT_MS;

  /** @param workers those that have computed chunks of the job */
  constructor(
    private readonly connection: Connection,
    private readonly name: JobName,
    workers: ReadonlySet<string>,
  ) {
    this.#awaited = new Set(workers);
  }

  get areThere(): boolean {
    return this.#awaited.size === 0;
  }

  /** Asks the workers, or asks them again where the server has lost that. */
  async ask(): Promise<void> {
    const { redis, keys } = this.connection;
    await redis.set(keys.ends(this.name), "1", "PX", RENEWED_MS);
    spread(this.connection);
  }

  /** @returns whether it was awaited */
  hear(worker: string): boolean {
    return this.#awaited.delete(worker);
  }

  /** Awaits none of workers that have died: what they changed is lost with them. */
  passOver(alive: readonly ClusterMember[]): void {
    const isLate = performance.now() > this.#until;
    for (const worker of this.#awaited)
      if (isLate || !alive.some(({ id }) => id === worker)) this.#awaited.delete(worker);
  }
}

/** Has workers look at their jobs at once. Without channels, as under an ACL that has none, they look every 200 ms. */
export function spread({ redis, keys }: Connection): void {
  redis.publish(keys.news, "").catch(() => {});
}
