/** A claim that is in the queue, or with a worker, and what it means that its message has failed without a result. */
import { type AllcoresError, ClusterError, WorkerCrashedError } from "../../errors.js";
import type { Chunks } from "./chunk-set.js";

export interface Outstanding {
  readonly chunks: Chunks;
  /** Looks for which it was neither waiting nor active. */
  misses: number;
  /** How often it was put into the queue. */
  added: number;
}

/** BullMQ's reason for a message whose workers lost their locks too often. */
const STALLED = /stalled more than/;

/**
 * @param why BullMQ's reason
 * @returns makes the error of the job, by what the message was about; undefined where it is tried again
 */
export function lostClaimError(
  why: string | undefined,
  added: number,
  attempts: number,
): ((what: string) => AllcoresError) | undefined {
  if (why && STALLED.test(why))
    return (what) => new WorkerCrashedError(`${what}: the workers that held it died, or were cut off: ${why}`);
  if (added < attempts) return undefined;
  return (what) => new ClusterError(`${what}: failed ${attempts} times: ${why ?? "the message is unreadable"}`);
}
