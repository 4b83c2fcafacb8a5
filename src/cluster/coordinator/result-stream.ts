/** The stream of a run's results, as its coordinator reads it. */
import type { Redis } from "ioredis";
import { setTimeout } from "../../timers.js";
import type { Connection } from "../connection.js";
import { packFailure } from "../failures.js";
import { MessageError } from "../message.js";
import { fetchPart, type Reference, type Result, readEntry, readResult } from "../results.js";

/** Entries that are read at once, and how long a read waits for the first one, in ms. */
const BATCH = 200;
const BLOCK_MS = 5000;
const RETRY_MS = 100;

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

  /**
   * Reads until it is closed.
   * @param afterBatch is called when all entries that were there are heard
   * @param onError is called with what a read fails with
   */
  async follow(hear: HearResult, afterBatch: () => Promise<void>, onError: (error: unknown) => void): Promise<void> {
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
      } catch (error) {
        // Where the connection was lost, ioredis connects again, and the next read waits for it.
        if (!this.#isClosed) onError(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
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
    const found = unlessDamaged(() => readEntry(this.run, fields[1] ?? Buffer.alloc(0)));
    if (!found) return;
    if ("kind" in found) return hear(found, undefined);
    const result = await this.#fetch(found);
    if (result) await hear(result, found);
  }

  /** What can't be fetched fails the job: it would be computed for ever. */
  async #fetch(reference: Reference): Promise<Result | undefined> {
    try {
      const bytes = await fetchPart(this.connection, reference);
      return bytes && unlessDamaged(() => readResult(this.run, bytes));
    } catch (error) {
      const { job, first, last } = reference;
      return { kind: "failed", worker: "", job, first, last, failure: packFailure(error as Error) };
    }
  }

  /** Drops the entries before one that was heard. */
  async trim(before: string): Promise<void> {
    await this.connection.redis.xtrim(this.connection.keys.results(this.run), "MINID", before);
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

function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}
