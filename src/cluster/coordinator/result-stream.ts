/** The stream of a run's results, as its coordinator reads it. */
import type { Redis } from "ioredis";
import { setImmediate } from "../../timers.js";
import type { Connection } from "../connection.js";
import { MessageError } from "../message.js";
import { fetchResult, type Reference, type Result, readEntry } from "../results.js";

/** Entries that are read at once, and how long a read waits for the first one, in ms. */
const BATCH = 200;
const BLOCK_MS = 5000;

type Entries = readonly (readonly [id: Buffer, fields: readonly Buffer[]])[];

/** Takes what was read; `reference` says where it lay, if not in the stream. */
export type HearResult = (result: Result, reference: Reference | undefined) => Promise<void>;

export class ResultStream {
  /** The last entry that was heard. */
  heard = "0-0";
  readonly #reader: Redis;
  #isClosed = false;

  constructor(
    private readonly connection: Connection,
    private readonly run: string,
  ) {
    this.#reader = connection.duplicate();
  }

  get reader(): Redis {
    return this.#reader;
  }

  /** Goes on behind what is there. @returns whether there is something */
  async skip(): Promise<boolean> {
    const { redis, keys } = this.connection;
    const [last] = await redis.xrevrange(keys.results(this.run), "+", "-", "COUNT", 1);
    if (last) this.heard = last[0];
    return last !== undefined;
  }

  /** Reads until it is closed. @param afterBatch is called when all entries that were there are heard */
  async follow(hear: HearResult, afterBatch: () => Promise<void>): Promise<void> {
    const key = this.connection.keys.results(this.run);
    while (!this.#isClosed) {
      try {
        const read = await this.#reader.xreadBuffer("COUNT", BATCH, "BLOCK", BLOCK_MS, "STREAMS", key, this.heard);
        const [[, entries] = [key, []]] = (read ?? []) as unknown as [Buffer, Entries][];
        for (const [id, fields] of entries) {
          await this.#read(fields, hear);
          this.heard = id.toString();
        }
        if (entries.length > 0) await afterBatch();
      } catch {
        // The connection was closed, or lost: ioredis is connecting again, and the next read waits for it.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /** Reads what is there of entries behind `from` up to the last one that was heard. */
  async replay(from: string, hear: HearResult): Promise<void> {
    const { redis, keys } = this.connection;
    for (let at = from; ; ) {
      const entries = await redis.xrangeBuffer(keys.results(this.run), `(${at}`, this.heard, "COUNT", BATCH);
      for (const [id, fields] of entries) {
        await this.#read(fields, hear);
        at = id.toString();
      }
      if (entries.length < BATCH) return;
    }
  }

  /** Damaged entries are passed over: their chunks are missed, and computed again. */
  async #read(fields: readonly Buffer[], hear: HearResult): Promise<void> {
    try {
      const found = readEntry(this.run, fields[1] ?? Buffer.alloc(0));
      if ("kind" in found) return await hear(found, undefined);
      const result = await fetchResult(this.connection, found);
      if (result) await hear(result, found);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
    }
  }

  /** Entries that were heard are dropped. */
  async trim(): Promise<void> {
    await this.connection.redis.xtrim(this.connection.keys.results(this.run), "MINID", this.heard);
  }

  /** The server has lost what it had: new entries may have smaller ids. */
  restart(): void {
    this.heard = "0-0";
  }

  close(): void {
    this.#isClosed = true;
    this.#reader.disconnect();
  }
}
