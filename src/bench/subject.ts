/** A case as the sampler knows it: its function, and the kind of result that its first call showed. */

import { orAbort } from "../abort.js";
import { performance } from "../timers.js";
import { finiteNumber, isThenable } from "../validate.js";

/** One way to do the work: called with nothing, it returns its result, or a promise of it. */
export type Case = () => unknown;

/**
 * The result of a case that measures its time itself, in ms, with the value that is checked: the start of a program and
 * its pipe are no part of its work.
 */
export class OwnTime<T = unknown> {
  readonly ms: number;
  readonly value: T;

  constructor(ms: number, value: T) {
    if (!(finiteNumber("ms", ms) > 0)) throw new RangeError(`ms must be above 0, got ${ms}`);
    this.ms = ms;
    this.value = value;
  }
}

/** A case whose first call is over. */
export interface Subject {
  readonly name: string;
  readonly run: Case;
  /** Whether the case returns promises: each is awaited. */
  readonly isAsync: boolean;
  /** Whether the case returns an OwnTime. */
  readonly hasOwnTime: boolean;
}

/** The first call of a case. */
export interface FirstCall {
  readonly subject: Subject;
  readonly ms: number;
  readonly value: unknown;
}

/** Calls a case for the first time, and times it. */
export async function callFirst(name: string, run: Case, signal: AbortSignal | undefined): Promise<FirstCall> {
  const started = performance.now();
  const returned = run();
  const isAsync = isThenable(returned);
  const result = isAsync ? await orAbort(Promise.resolve(returned), signal) : returned;
  const ms = performance.now() - started;
  const hasOwnTime = result instanceof OwnTime;
  const subject = { name, run, isAsync, hasOwnTime };
  return hasOwnTime ? { subject, ms: result.ms, value: result.value } : { subject, ms, value: result };
}
