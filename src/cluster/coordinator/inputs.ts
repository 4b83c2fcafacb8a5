/**
 * The content of input arrays: it goes up once a run, by its hash, and stays while a job of the run needs it. The coordinator
 * keeps a copy meanwhile, since results come into the same arrays, and a server that has lost its keys gets them again.
 */
import { UnsupportedError } from "../../errors.js";
import type { Connection } from "../connection.js";
import { hashOf } from "../job-message.js";
import { DATA_BYTES, RENEWED_MS, storeDataKey } from "../keys.js";

interface Held {
  readonly bytes: Uint8Array;
  /** Jobs that need it. */
  jobs: number;
  putting?: Promise<void> | undefined;
}

export class Inputs {
  readonly #held = new Map<string, Held>();

  constructor(
    private readonly connection: Connection,
    private readonly run: string,
  ) {}

  /**
   * Holds the content for one more job.
   * @param name what messages call the array @returns its hash
   * @throws UnsupportedError for what needs a store where there is none
   */
  hold(name: string, content: Uint8Array): string {
    const { store, label } = this.connection.place;
    if (content.length > DATA_BYTES && !store)
      throw new UnsupportedError(
        `${name} has ${content.length} bytes: more than ${DATA_BYTES} do not go through Redis at ${label}; give store to ` +
          "the executor and to all workers",
      );
    const hash = hashOf(content);
    const held = this.#held.get(hash) ?? { bytes: content.slice(), jobs: 0 };
    held.jobs++;
    this.#held.set(hash, held);
    return hash;
  }

  /** Resolves when workers find these contents. @param isAnew whether they are put again: something may be wrong with them */
  async put(hashes: readonly string[], isAnew = false): Promise<void> {
    for (const hash of hashes) {
      const held = this.#held.get(hash);
      if (!held) continue; // its job is over
      if (isAnew) held.putting = undefined;
      held.putting ??= this.#put(hash, held.bytes);
      await held.putting.catch((error) => {
        held.putting = undefined;
        throw error;
      });
    }
  }

  async #put(hash: string, bytes: Uint8Array): Promise<void> {
    const { redis, keys, place } = this.connection;
    if (bytes.length > DATA_BYTES) await place.store?.put(storeDataKey(this.run, hash), bytes);
    else await redis.set(keys.data(this.run, hash), Buffer.from(bytes.buffer), "PX", RENEWED_MS);
  }

  /** Keeps the keys for longer, and puts those again that the server has lost. @returns whether there were some */
  async renew(): Promise<boolean> {
    const { redis, keys } = this.connection;
    const hashes = [...this.#held].filter(([, { bytes, putting }]) => putting && bytes.length <= DATA_BYTES);
    const replies = await Promise.all(hashes.map(([hash]) => redis.pexpire(keys.data(this.run, hash), RENEWED_MS)));
    const lost = hashes.filter((_, i) => replies[i] === 0).map(([hash]) => hash);
    await this.put(lost, true);
    return lost.length > 0;
  }

  /** A job that held them is over: what no other one needs is dropped. */
  async release(hashes: readonly string[]): Promise<void> {
    const { redis, keys, place } = this.connection;
    for (const hash of hashes) {
      const held = this.#held.get(hash);
      if (!held || --held.jobs > 0) continue;
      this.#held.delete(hash);
      if (held.bytes.length > DATA_BYTES) await place.store?.delete(storeDataKey(this.run, hash));
      else await redis.del(keys.data(this.run, hash));
    }
  }
}
