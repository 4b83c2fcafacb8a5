/**
 * The gate before the clock: every case is called once, and what it computed is compared with the first case's. Wrong
 * cases get no times. The call is each case's first, so its time is kept.
 */
import { show } from "../validate.js";
import { difference, exactly, within } from "./difference.js";
import { copy, fill, isFilled } from "./outcome.js";
import { type Case, callFirst, type FirstCall } from "./subject.js";

/**
 * How outcomes are compared with the first case's: `"equal"` to the last bit; numbers no further apart than a tolerance,
 * in their own unit, with the reason why they may be; or a function of both.
 */
export type Check<T = unknown> =
  | "equal"
  | { readonly tolerance: number; readonly reason: string }
  | ((a: T, b: T) => boolean);

/** A case that computed something else. */
export interface WrongCase {
  readonly name: string;
  readonly why: string;
}

export interface Gate {
  readonly firsts: readonly FirstCall[];
  readonly wrong: readonly WrongCase[];
}

/** What is compared. */
export interface Compared {
  readonly check: Check<never>;
  /** What the cases write into; without it, what they return is compared. */
  readonly output?: (() => unknown) | undefined;
  /** What stands for the output where a case can't write into it. */
  readonly digest?: ((output: never) => unknown) | undefined;
}

/**
 * Calls each case once and compares.
 * @throws TypeError if there is nothing to compare
 */
export async function passGate(
  cases: Readonly<Record<string, Case>>,
  { check, output, digest }: Compared,
  signal: AbortSignal | undefined,
): Promise<Gate> {
  const firsts: FirstCall[] = [];
  const wrong: WrongCase[] = [];
  let expected: Outcome | undefined;
  for (const [name, run] of Object.entries(cases)) {
    signal?.throwIfAborted();
    if (output) fill(output(), 0);
    const first = await callFirst(name, run, signal);
    // Whatever it returned is not kept alive: it may be large.
    firsts.push({ ...first, value: undefined });
    const brings = digest !== undefined && first.subject.hasOwnTime;
    if ((output === undefined || brings) && first.value === undefined)
      throw new TypeError(
        `cases.${name} must return its result, got undefined; or name what the cases write into as output: () => array`,
      );
    const outcome = { value: output && !brings ? output() : first.value, isDigest: brings };
    if (expected === undefined) expected = { ...outcome, value: copy(outcome.value) };
    else {
      const why = disagreement(...alike(outcome, expected, digest), check);
      if (why !== undefined) wrong.push({ name, why });
    }
    const isWrong = wrong.some((other) => other.name === name);
    if (output && !brings && !isWrong && (await writesNothing(run, output, signal)))
      wrong.push({ name, why: "it writes nothing into output()" });
  }
  return { firsts, wrong };
}

/** What a case computed, or what stands for it. */
interface Outcome {
  readonly value: unknown;
  readonly isDigest: boolean;
}

/** Both as they are, or the digests of both. */
function alike(ours: Outcome, theirs: Outcome, digest: Compared["digest"]): [unknown, unknown] {
  const isByDigest = ours.isDigest || theirs.isDigest;
  const asCompared = ({ value, isDigest }: Outcome) => (isByDigest && !isDigest ? digest?.(value as never) : value);
  return [asCompared(ours), asCompared(theirs)];
}

function disagreement(outcome: unknown, expected: unknown, check: Check<never>): string | undefined {
  if (typeof check === "function") {
    const agree: unknown = check(expected as never, outcome as never);
    if (typeof agree !== "boolean") throw new TypeError(`check must return true or false, got ${show(agree)}`);
    return agree ? undefined : `check does not accept it: ${show(outcome)} beside ${show(expected)}`;
  }
  return difference(outcome, expected, check === "equal" ? exactly : within(check.tolerance));
}

/** An output of zeros may be the right answer, or that of a case that left it as it was: another filling tells. */
async function writesNothing(run: Case, output: () => unknown, signal: AbortSignal | undefined): Promise<boolean> {
  if (!isFilled(output(), 0)) return false;
  fill(output(), 1);
  if (isFilled(output(), 0)) return false; // no elements at all
  await callFirst("", run, signal);
  return isFilled(output(), 1);
}
