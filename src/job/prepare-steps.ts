/** From the steps that a caller gives to what an executor walks through: checked, captured, in one list with its loops. */
import { AllcoresError } from "../errors.js";
import { type AnyArray, elementType, pin } from "../memory/heap.js";
import { show } from "../validate.js";
import { firstRanges, rangesOf, withKernelTypes } from "./element-ranges.js";
import { type PreparedJob, prepareJob } from "./prepare.js";
import { type Count, countSteps, type Loop, type Route } from "./step-walk.js";
import { contentOf, type OneStep } from "./steps.js";
import type { WireJob } from "./wire-job.js";

/** A step as executors run it. */
export interface PreparedStep {
  /** How messages call it: `steps[2]`, or `steps[2].steps[0]` in a list that repeats. */
  readonly name: string;
  readonly job: PreparedJob;
  /** Undefined: one plain call. */
  readonly n: number | Count | undefined;
  readonly grain: number | undefined;
  readonly most: number;
}

export interface PreparedSteps extends Route {
  readonly steps: readonly PreparedStep[];
  /** Steps in all: each of a list that repeats as often as it may. */
  readonly total: number;
  /** Unpins all arrays. */
  release(): void;
}

/** @throws what `prepareJob` throws, with the name of the step */
export async function prepareSteps(given: unknown): Promise<PreparedSteps> {
  if (!Array.isArray(given)) throw new TypeError(`steps must be an array of steps, got ${show(given)}`);
  const flat: { readonly name: string; readonly step: OneStep }[] = [];
  const loops: Loop[] = [];
  const releases: (() => void)[] = [];
  const release = () => {
    for (const one of releases.splice(0)) one();
  };
  try {
    flatten("steps", given, { flat, loops, releases });
    const preparing = flat.map(({ name, step }) => prepareStep(name, step, releases));
    const settled = await Promise.allSettled(preparing);
    const steps = settled.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    });
    return { steps, loops, total: countSteps(0, steps.length, loops), release };
  } catch (error) {
    release();
    throw error;
  }
}

interface Flat {
  readonly flat: { readonly name: string; readonly step: OneStep }[];
  readonly loops: Loop[];
  readonly releases: (() => void)[];
}

function flatten(name: string, steps: readonly unknown[], into: Flat): void {
  for (const [i, one] of steps.entries()) {
    const content = contentOf(`${name}[${i}]`, one);
    if (content.kind === "step") {
      into.flat.push({ name: `${name}[${i}]`, step: content });
      continue;
    }
    const { atMost, until } = content;
    const first = into.flat.length;
    if (atMost === 0) continue;
    flatten(`${name}[${i}].steps`, content.steps, into);
    const end = into.flat.length;
    const pointer = until ? pinned(`${name}[${i}]: until`, until, into.releases).pointer : 0;
    if (end > first) into.loops.push({ first, end, atMost, until: pointer });
  }
}

function pinned(name: string, array: AnyArray, releases: (() => void)[]): Count {
  const unpin = pin(array);
  const type = elementType(array);
  if (!unpin || !type) throw new RangeError(`${name} must be a live array of the heap`);
  releases.push(unpin);
  return { type, pointer: array.byteOffset };
}

async function prepareStep(
  name: string,
  { kernel, n, grain, args }: OneStep,
  releases: (() => void)[],
): Promise<PreparedStep> {
  const count = typeof n === "object" ? pinned(`${name}: n`, n, releases) : n;
  // Of a number that is not yet known, nothing is asked here: it is checked when the step begins.
  const items = typeof count === "object" ? 0 : count;
  const options = { ...(items !== undefined && { n: items }), ...(grain !== undefined && { grain }) };
  try {
    const job = await prepareJob({ kernel, args, ...options }, true);
    releases.push(job.release);
    if (typeof count === "object") checkParts(job);
    return { name, job, n: count, grain, most: job.most ?? Number.MAX_SAFE_INTEGER };
  } catch (error) {
    throw namedError(name, error);
  }
}

/** @throws TypeError where the parts of an array would have to be known before n is */
function checkParts({ typed, wire }: PreparedJob): void {
  const found = typed?.signature.params.find(({ type }) => /^(?:Rows|Blocks)</.test(type));
  if (found)
    throw new TypeError(
      `n must be a number for ${wire.kernel.label}, whose ${found.name} is ${found.type}, got an array`,
    );
}

/** The error as that of a step. It may be others' too: of a module that does not compile, for instance. */
export function namedError<E>(name: string, error: E): E {
  if (error instanceof Error && error.message.startsWith(`${name}:`)) return error;
  if (!(error instanceof AllcoresError || error instanceof TypeError || error instanceof RangeError)) return error;
  const Failed = error.constructor as new (message: string, options?: ErrorOptions) => Error;
  const options = "cause" in error ? { cause: error.cause } : undefined;
  return new Failed(`${name}: ${error.message}`, options) as E;
}

/** What a step is in messages: the kernel's name behind its own. */
export function labelOfStep({ name, job }: PreparedStep): string {
  return `${name}: ${job.wire.kernel.label}`;
}

/** A step over n items as a job of its own. */
export function jobOfStep(step: PreparedStep, n: number, grain: number): PreparedJob {
  const { job } = step;
  const { wire, typed } = job;
  const kernel = { ...wire.kernel, label: labelOfStep(step) };
  if (step.n === undefined) return { ...job, wire: { ...wire, kernel } };
  const range = { n, grain, partial: "none" } as const;
  // Arrays have room for the greatest n that may come: whether the one that came divides their length means nothing.
  const ranges = typeof step.n === "object" ? firstRanges : rangesOf;
  const arrays = wire.arrays.map((array): WireJob["arrays"][number] => {
    const plain = { ...array, elements: array.role === "in" ? undefined : ranges(array.length, range) };
    return typed ? withKernelTypes(plain, { ...typed, range }) : plain;
  });
  return { ...job, chunks: Math.ceil(n / grain), wire: { ...wire, kernel, range, arrays } };
}

/** Why a step can't begin. */
export function wrongCount({ name, job, most }: PreparedStep, n: number): RangeError {
  const limit = most === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : most;
  return new RangeError(
    `${name}: n must be a whole number from 0 to ${limit} for ${job.wire.kernel.label} and its arrays when the step ` +
      `begins, got ${n}`,
  );
}
