/** What a coordinator that is restarted goes on from: of a job, which chunks are done, and what they came to. */
import { type ChunkValues, joinPartials, type Partials } from "../../job/partials.js";
import { optionsObject, wholeNumber } from "../../validate.js";
import type { Connection } from "../connection.js";
import { type JobName, RESUME_MS } from "../keys.js";
import { decode, encode, MessageError } from "../message.js";
import type { Chunks } from "./chunk-set.js";

export interface Checkpoint {
  /** Of the job. */
  readonly fingerprint: string;
  /** The last entry of the stream that is in it; later ones are read again. */
  readonly upTo: string;
  /** Those that have computed chunks of the job. */
  readonly workers: readonly string[];
  /** Whether the job was fulfilled. */
  readonly isOver: boolean;
  /** Empty for a job whose results go into arrays: they are read again, too. */
  readonly done: readonly Chunks[];
  readonly sum: bigint;
  readonly values: readonly ChunkValues[];
}

export async function saveCheckpoint(
  { redis, keys }: Connection,
  name: JobName,
  checkpoint: Checkpoint,
): Promise<void> {
  await redis.set(keys.done(name), encode("checkpoint", aboutOf(name), checkpoint), "PX", RESUME_MS);
}

/** Undefined where there is none that can be read: the job begins anew. */
export async function loadCheckpoint({ redis, keys }: Connection, name: JobName): Promise<Checkpoint | undefined> {
  const bytes = await redis.getBuffer(keys.done(name));
  if (!bytes) return undefined;
  try {
    return checked(decode("checkpoint", aboutOf(name), bytes).value as Checkpoint);
  } catch (error) {
    if (error instanceof MessageError || error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

const aboutOf = ({ run, job }: JobName) => `${run}/${job}`;

function checked(checkpoint: Checkpoint): Checkpoint {
  optionsObject("checkpoint", checkpoint);
  const { fingerprint, upTo, done, sum, values } = checkpoint;
  if (typeof fingerprint !== "string" || !/^\d+-\d+$/.test(upTo)) throw new TypeError("no checkpoint");
  if (!Array.isArray(checkpoint.workers)) throw new TypeError("no checkpoint");
  if (typeof checkpoint.isOver !== "boolean") throw new TypeError("no checkpoint");
  if (typeof sum !== "bigint" || !Array.isArray(done) || !Array.isArray(values)) throw new TypeError("no checkpoint");
  let from = 0;
  for (const [first, last] of done) {
    wholeNumber("first", first, from, Number.MAX_SAFE_INTEGER);
    from = wholeNumber("last", last, first + 1, Number.MAX_SAFE_INTEGER);
  }
  return checkpoint;
}

/** The sum, and the values of these ranges of chunks, in fewer pieces than they came in. */
export function valuesOf(partials: readonly Partials[], ranges: readonly Chunks[]): Pick<Checkpoint, "sum" | "values"> {
  const { sum, values } = joinPartials(partials);
  let from = 0;
  const pieces = ranges.map(([first, last]) => {
    from += last - first;
    return { first, values: values.slice(from - (last - first), from) };
  });
  return { sum, values: pieces };
}
