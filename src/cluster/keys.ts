/**
 * The names of what a cluster keeps in Redis beside BullMQ's queue, and for how long. `<run>` is an executor's runId, `<k>`
 * the number of one of its jobs.
 *
 *   <prefix>:<queue>:allcores:workers               set: ids of workers
 *                            :worker:<id>           JSON: what a worker says of itself, every second
 *                            :runs, :run:<run>      the same of coordinators
 *                            :run:<run>:owner       the coordinator that goes on with a run
 *                            :run:<run>:job:<k>     the job, as long as it is wanted
 *                            :run:<run>:ends:<k>    workers are to look for lost changes
 *                            :run:<run>:results     stream: the results of chunks
 *                            :run:<run>:part:...    results that are too large for the stream
 *                            :run:<run>:done:<k>    checkpoint of the job
 *                            :run:<run>:data:<hash> content of an input array
 *                            :news                  channel: workers look at once whether their jobs are still wanted
 */

/** How long what a coordinator renews stays without it, in ms. */
export const RENEWED_MS = 60_000;
/** How long what a restarted coordinator goes on from stays, in ms. */
export const RESUME_MS = 24 * 3600_000;
/** How long a worker or a coordinator is believed to be there, in ms; each says so every second. */
export const PRESENT_MS = 6_000;
/** How long a coordinator is the only one of its run, in ms. */
export const OWNER_MS = 5_000;

/** Bytes of a message that a stream's entry holds, that a key holds, and that the content of an input array's key holds. */
export const ENTRY_BYTES = 64 * 1024;
export const PART_BYTES = 8e6;
export const DATA_BYTES = 64e6;

export class Keys {
  readonly #base: string;

  constructor(prefix: string, queue: string) {
    this.#base = `${prefix}:${queue}:allcores`;
  }

  get workers(): string {
    return `${this.#base}:workers`;
  }
  worker(id: string): string {
    return `${this.#base}:worker:${id}`;
  }
  get runs(): string {
    return `${this.#base}:runs`;
  }
  run(run: string): string {
    return `${this.#base}:run:${run}`;
  }
  owner(run: string): string {
    return `${this.run(run)}:owner`;
  }
  job({ run, job }: JobName): string {
    return `${this.run(run)}:job:${job}`;
  }
  ends({ run, job }: JobName): string {
    return `${this.run(run)}:ends:${job}`;
  }
  results(run: string): string {
    return `${this.run(run)}:results`;
  }
  part(chunks: ChunkName): string {
    return `${this.run(chunks.run)}:part:${chunks.job}:${chunks.first}-${chunks.last}`;
  }
  done({ run, job }: JobName): string {
    return `${this.run(run)}:done:${job}`;
  }
  data(run: string, hash: string): string {
    return `${this.run(run)}:data:${hash}`;
  }
  get news(): string {
    return `${this.#base}:news`;
  }
}

/** One job of a run. */
export interface JobName {
  readonly run: string;
  readonly job: number;
}

/** Consecutive chunks of a job, [first, last): what a message of the queue asks for. */
export interface ChunkName extends JobName {
  readonly first: number;
  readonly last: number;
}

/** What names of runs, queues and prefixes are made of: BullMQ parts its keys by colons, and a store may be a folder. */
export const NAME = /^[\w.-]{1,100}$/;

/** The id of a message of the queue: BullMQ allows no colon in it. */
export function claimId({ run, job, first, last }: ChunkName): string {
  return `${run}_${job}_${first}_${last}`;
}

/** What an id names; undefined for other people's. */
export function claimOf(id: string): ChunkName | undefined {
  const [, run, ...numbers] = /^(.+)_(\d+)_(\d+)_(\d+)$/.exec(id) ?? [];
  const [job = 0, first = 0, last = 0] = numbers.map(Number);
  return run !== undefined && NAME.test(run) ? { run, job, first, last } : undefined;
}

/** The key of a part in a store, whose keys have no colons. */
export function storeKey(chunks: ChunkName): string {
  return `part_${claimId(chunks)}`;
}

/** The key of an input array's content in a store. */
export function storeDataKey(run: string, hash: string): string {
  return `data_${run}_${hash}`;
}
